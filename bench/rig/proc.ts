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

/** Proportional set size of a process and all below it, in MiB: shared pages are counted once. */
export const residentMiB = (root: number): number =>
  familyOf(root).reduce((sum, pid) => sum + proportionalKiB(pid), 0) / 1024;

const proportionalKiB = (pid: number): number => {
  try {
    return Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1] ?? 0);
  } catch {
    return 0;
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
