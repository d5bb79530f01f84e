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

/** Milliseconds after the last test within which connections close and servers stop, also on a busy machine. */
const PATIENCE_MS = 10_000;
/** Told of one by one, with address or number. */
const TOLD_ONE_BY_ONE = /^(TCP|Process)/;

/** By Node's diagnostic report, the documented way to see them. */
const openHandles = (): readonly Handle[] => {
  // It would otherwise ask for the names of the other ends. Not in the types yet.
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

/** What Node only counts: timers, pipes, workers. */
const counted = (): readonly string[] => {
  const counts = new Map<string, number>();
  for (const name of process.getActiveResourcesInfo())
    if (!TOLD_ONE_BY_ONE.test(name)) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts].map(([name, count]) => `${count} ${name}`);
};

/**
 * Ends this process when it has not ended by itself within `patienceMs`: a failed test can leave connections, servers
 * and processes behind that would keep it, and whoever waits for it, for ever. Says what they are, and ends the
 * processes with it. The exit code stays what the tests have made it.
 */
export const endAtLast = (say: (text: string) => void, patienceMs = PATIENCE_MS): void => {
  const end = (): void => {
    const handles = openHandles();
    const lines = [...handles.flatMap(described), ...counted()].map((line) => `  ${line}\n`);
    say(`${patienceMs / 1000} s after the last test, still open:\n${lines.join('')}`);
    for (const { pid } of handles) if (pid !== undefined) process.kill(pid, 'SIGKILL');
    process.exit();
  };
  // Unreferenced: it keeps nobody waiting.
  setTimeout(end, patienceMs).unref();
};
