import type { Sleep } from '../../domain/shared/clock.ts';

export type PeriodicJob = {
  readonly name: string;
  readonly everyMs: number;
  /** Delay of the first run, if it differs from `everyMs`. */
  readonly firstAfterMs?: number;
  readonly run: () => Promise<unknown>;
};

export type PeriodicJobs = {
  /**
   * Starts no further run and waits for those under way, for five seconds at most; the rest ends with its database
   * connection.
   */
  readonly stop: () => Promise<void>;
};

/** After an outage there may be millions of rows to remove; whoever runs the job next continues with them. */
const STOP_PATIENCE_MS = 5_000;

/** Runs each job periodically, never twice at a time. A failed run is reported, and the next one comes as usual. */
export const startPeriodicJobs = (
  jobs: readonly PeriodicJob[],
  sleep: Sleep,
  onFailed: (name: string, error: unknown) => void,
  onWorked: (name: string) => void = () => undefined,
): PeriodicJobs => {
  const stopping = new AbortController();
  const loop = async ({ name, everyMs, firstAfterMs = everyMs, run }: PeriodicJob): Promise<void> => {
    for (let waitMs = firstAfterMs; ; waitMs = everyMs) {
      await sleep(waitMs, stopping.signal);
      if (stopping.signal.aborted) return;
      try {
        await run();
        onWorked(name);
      } catch (error) {
        onFailed(name, error);
      }
    }
  };
  const running = jobs.map(loop);
  return {
    stop: async () => {
      stopping.abort();
      const ended = new AbortController();
      await Promise.race([Promise.all(running), sleep(STOP_PATIENCE_MS, ended.signal)]);
      ended.abort();
    },
  };
};
