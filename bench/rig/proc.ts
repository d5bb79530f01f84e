import { readdirSync, readFileSync, writeFileSync } from 'node:fs';

/** Clock ticks of `/proc/<pid>/stat`; 100 a second on every current Linux. */
const TICKS_PER_SECOND = 100;

type Seen = {
  readonly pid: number;
  readonly parent: number;
  readonly ticks: number;
  /** Ticks of children that have ended, and of theirs: PostgreSQL ends sessions while it is measured. */
  readonly ticksOfEnded: number;
};

/** A process and all its descendants, ordered by process id. */
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

/**
 * Fields 4 and 14 to 17 of proc_pid_stat(5): parent, time in user and in kernel mode. The name may contain any
 * character.
 */
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
 * Seconds of processor time so far: of the process itself, and of its descendants (such as its PostgreSQL), including
 * ended ones.
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
 * Resident memory of a process and its descendants, in MiB. What they share among each other counts once; what they
 * share with other processes counts fully: the bench runs on the same Node, whose 50 MiB would otherwise be halved.
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

/** The parts of files that are mapped unmodified into the memory of a process, in KiB. */
const filesIn = (pid: number): readonly { readonly place: string; readonly resident: number }[] =>
  textOf(`/proc/${pid}/smaps`)
    .split(/^(?=[\da-f]+-[\da-f]+ )/m)
    .flatMap((mapping) => {
      const [, offset, path] = /^\S+ \S+ (\S+) \S+ \S+ +(\/.*)$/m.exec(mapping) ?? [];
      if (offset === undefined || path === undefined || /^\/(?:dev|SYSV)|^\/memfd/.test(path)) return [];
      return [{ place: `${path}@${offset}`, resident: kiB(mapping, 'Rss') - kiB(mapping, 'Anonymous') }];
    });

/** Empty for a process that is gone. */
const textOf = (path: string): string => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
};

/** Resident memory of one process alone, in MiB: now, and the peak since `forgetPeak`. */
export const ownMiB = (pid: number): number => statusMiB(pid, 'VmRSS');
export const ownPeakMiB = (pid: number): number => statusMiB(pid, 'VmHWM');

/** proc_pid_clear_refs(5): 5 resets the peak to the current resident size. */
export const forgetPeak = (pid: number): void => writeFileSync(`/proc/${pid}/clear_refs`, '5');

const statusMiB = (pid: number, field: string): number => {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(status)?.[1]) / 1024;
};
