import { readdirSync, readFileSync, writeFileSync } from 'node:fs';

/** Clock ticks of `/proc/<pid>/stat`; 100 a second on every Linux of today. */
const TICKS_PER_SECOND = 100;

type Seen = {
  readonly pid: number;
  readonly parent: number;
  readonly ticks: number;
  /** Of children that have ended, and theirs: PostgreSQL ends sessions while it is measured. */
  readonly ticksOfEnded: number;
};

/** A process and all below it, in the order of their numbers. */
const familyOf = (root: number): readonly number[] => tree(root).map(({ pid }) => pid);

const tree = (root: number): readonly Seen[] => {
  const all = readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? (seen(Number(name)) ?? []) : []));
  const parents = new Map(all.map(({ pid, parent }) => [pid, parent]));
  const isBelow = (pid: number): boolean => {
    for (let at: number | undefined = pid; at !== undefined && at > 1; at = parents.get(at))
      if (at === root) return true;
    return false;
  };
  return all.filter(({ pid }) => isBelow(pid));
};

/** Fields 4 and 14 to 17 of proc_pid_stat(5): parent, time in user and in kernel mode. The name may hold anything. */
const seen = (pid: number): Seen | undefined => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    const [user = 0, kernel = 0, userOfEnded = 0, kernelOfEnded = 0] = fields.slice(11);
    return { pid, parent: fields[1] ?? 0, ticks: user + kernel, ticksOfEnded: userOfEnded + kernelOfEnded };
  } catch {
    return undefined;
  }
};

/**
 * Seconds on a processor so far: of the process itself, and of those it has started (its PostgreSQL), the ended ones
 * included.
 */
export const cpuSeconds = (root: number): { readonly own: number; readonly below: number } => {
  let own = 0;
  let below = 0;
  for (const { pid, ticks, ticksOfEnded } of tree(root)) {
    if (pid === root) own += ticks / TICKS_PER_SECOND;
    else below += ticks / TICKS_PER_SECOND;
    below += ticksOfEnded / TICKS_PER_SECOND;
  }
  return { own, below };
};

/**
 * Resident memory of a process and all below it, in MiB. What they share among each other counts once; what they share
 * with others counts, too: the bench runs on the same Node, whose 50 MiB would be halved.
 */
export const residentMiB = (root: number): number => {
  const pids = familyOf(root);
  const shares = pids.map((pid) => {
    const rollup = textOf(`/proc/${pid}/smaps_rollup`);
    return kiB(rollup, 'Pss_Anon') + kiB(rollup, 'Pss_Shmem');
  });
  const files = new Map<string, number>();
  for (const { place, resident } of pids.flatMap(filesIn))
    files.set(place, Math.max(files.get(place) ?? 0, resident));
  return sum([...shares, ...files.values()]) / 1024;
};

const sum = (numbers: readonly number[]): number => numbers.reduce((all, one) => all + one, 0);

const kiB = (text: string, field: string): number =>
  Number(new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(text)?.[1] ?? 0);

/** The parts of files that a process has in its memory as they are on the disk, in KiB. */
const filesIn = (pid: number): readonly { readonly place: string; readonly resident: number }[] =>
  textOf(`/proc/${pid}/smaps`)
    .split(/^(?=[\da-f]+-[\da-f]+ )/m)
    .flatMap((mapping) => {
      const [, offset, path] = /^\S+ \S+ (\S+) \S+ \S+ +(\/.*)$/m.exec(mapping) ?? [];
      if (offset === undefined || path === undefined || /^\/(?:dev|SYSV)|^\/memfd/.test(path)) return [];
      return [{ place: `${path}@${offset}`, resident: kiB(mapping, 'Rss') - kiB(mapping, 'Anonymous') }];
    });

/** Nothing of a process that has gone. */
const textOf = (path: string): string => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
};

/** Resident memory of one process by itself, in MiB: now, and the most since `forgetPeak`. */
export const ownMiB = (pid: number): number => statusMiB(pid, 'VmRSS');
export const ownPeakMiB = (pid: number): number => statusMiB(pid, 'VmHWM');

/** proc_pid_clear_refs(5): 5 sets the peak to what is resident now. */
export const forgetPeak = (pid: number): void => writeFileSync(`/proc/${pid}/clear_refs`, '5');

const statusMiB = (pid: number, field: string): number => {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(status)?.[1]) / 1024;
};
