import { readFileSync } from 'node:fs';

type Endpoint = { readonly ip4?: string; readonly ip6?: string; readonly port: number };
type Handle = {
  readonly type: string;
  readonly is_active: boolean;
  readonly is_referenced: boolean;
  readonly pid?: number;
  readonly localEndpoint?: Endpoint | null;
  readonly remoteEndpoint?: Endpoint | null;
};

/** Milliseconds after the last test in which connections can close and servers stop, even on a busy machine. */
const PATIENCE_MS = 10_000;
/** Handles that are listed individually, with address or process id. */
const TOLD_ONE_BY_ONE = /^(TCP|Process)/;

/** From Node's diagnostic report, the documented way to list handles. */
const openHandles = (): readonly Handle[] => {
  // Otherwise the report would look up the host names of peers. Not in the type definitions yet.
  Object.assign(process.report, { excludeNetwork: true });
  const { libuv } = process.report.getReport() as unknown as { readonly libuv: readonly Handle[] };
  return libuv.filter((handle) => handle.is_active && handle.is_referenced);
};

const commandOf = (pid: number): string => {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
  } catch {
    return 'gone, or not on Linux';
  }
};

const placeOf = ({ ip4, ip6, port }: Endpoint): string => `${ip4 ?? `[${ip6}]`}:${port}`;

const described = ({ type, pid, localEndpoint: here, remoteEndpoint: there }: Handle): readonly string[] => {
  if (type === 'process' && pid !== undefined) return [`process ${pid} (${commandOf(pid)})`];
  if (type !== 'tcp' || !here) return [];
  return [there ? `connection ${placeOf(here)} to ${placeOf(there)}` : `server on ${placeOf(here)}`];
};

/** Handles that are only counted: timers, pipes, workers. */
const counted = (): readonly string[] => {
  const counts = new Map<string, number>();
  for (const name of process.getActiveResourcesInfo())
    if (!TOLD_ONE_BY_ONE.test(name)) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts].map(([name, count]) => `${count} ${name}`);
};

/**
 * Ends this process if it has not ended by itself within `patienceMs`: a failed test can leave connections, servers and
 * child processes behind that would keep it, and whoever waits for it, running for ever. Reports what they are, and
 * kills those child processes. The exit code remains the one set by the tests.
 */
export const endAtLast = (say: (text: string) => void, patienceMs = PATIENCE_MS): void => {
  const end = (): void => {
    const handles = openHandles();
    const lines = [...handles.flatMap(described), ...counted()].map((line) => `  ${line}\n`);
    say(`${patienceMs / 1000} s after the last test, still open:\n${lines.join('')}`);
    for (const { pid } of handles) if (pid !== undefined) process.kill(pid, 'SIGKILL');
    process.exit();
  };
  // Unreferenced, so that this timer does not keep the process alive.
  setTimeout(end, patienceMs).unref();
};
