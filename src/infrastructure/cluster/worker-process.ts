export type WorkerEnd = { readonly code: number | null; readonly signal: string | null };

/** One worker as its primary sees it. */
export type WorkerProcess = {
  readonly id: number;
  readonly pid: number;
  /** Resolves with the port it listens on; with undefined when it ended before. */
  readonly ready: Promise<number | undefined>;
  readonly ended: Promise<WorkerEnd>;
  /** How often it has said that it is alive. */
  readonly beats: () => number;
  /** `leave`: take nothing new, finish what runs, end. `stop`: the same after telling the world by readiness. */
  readonly tell: (order: 'leave' | 'stop') => void;
  /** No chance to say goodbye. */
  readonly kill: () => void;
};
