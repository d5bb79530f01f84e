export type WorkerEnd = { readonly code: number | null; readonly signal: string | null };

/** One worker as its primary sees it. */
export type WorkerProcess = {
  readonly id: number;
  readonly pid: number;
  /** Resolves with the port it listens on; with undefined if it ended before. */
  readonly ready: Promise<number | undefined>;
  readonly ended: Promise<WorkerEnd>;
  /** Number of signs of life so far. */
  readonly beats: () => number;
  /** `leave`: take nothing new, finish what runs, end. `stop`: the same, but withdraw readiness first. */
  readonly tell: (order: 'leave' | 'stop') => void;
  /** Ends it at once, without a chance to clean up. */
  readonly kill: () => void;
};
