import type { Sleep } from '../../domain/shared/clock.ts';
import type { Logger } from '../telemetry/winston-logger.ts';
import { killHanging, whileStarting } from './heartbeat.ts';
import type { WorkerProcess } from './worker-process.ts';

type Options = {
  readonly size: number;
  readonly fork: () => WorkerProcess;
  readonly sleep: Sleep;
  readonly monotonic: () => number;
  readonly logger: Logger;
  /** Milliseconds after an order to leave or stop until a worker is killed. */
  readonly patienceMs: number;
};

/** A slot of the pool, empty only until a new worker is ready. */
type Place = { worker: WorkerProcess | undefined };

/** Milliseconds before a worker that died young is restarted; doubled each time. */
const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 5_000;
/** A worker that lived this long was healthy: the next one is started at once. */
const GROWN_UP_MS = 10_000;
/** Failed starts in a row, half a minute in all: more than a database takes to come back. */
const MOST_FAILED_STARTS = 10;

/** Keeps a number of workers running, and replaces them on request without a gap. */
export class WorkerPool {
  readonly #options: Options;
  readonly #places: readonly Place[];
  readonly #alive = new Set<WorkerProcess>();
  readonly #stopping = new AbortController();
  readonly #failed = Promise.withResolvers<void>();
  #failedStarts = 0;
  #diedYoung = 0;
  #restarts = 0;
  #replacing: Promise<void> | undefined;

  constructor(options: Options) {
    this.#options = options;
    this.#places = Array.from({ length: options.size }, () => ({ worker: undefined }));
  }

  /**
   * Resolves, never rejects, when workers fail to start again and again and none serves. As long as one serves, even
   * without its database, that is worth more than a restart.
   */
  get failed(): Promise<void> {
    return this.#failed.promise;
  }

  /** Number of workers that serve. */
  serving(): number {
    return this.#places.filter(({ worker }) => worker !== undefined).length;
  }

  /** How often a worker was restarted because one was lost. */
  restarts(): number {
    return this.#restarts;
  }

  /**
   * Starts the first worker alone, since it migrates and registers services, and then the others. Resolves with the
   * port, or with undefined when the first one does not start, since no other would then.
   */
  async start(): Promise<number | undefined> {
    const [first, ...others] = this.#places;
    const worker = this.#fork();
    const port = await worker.ready;
    if (first === undefined || port === undefined) return undefined;
    await this.#settle(first, worker);
    await Promise.all(others.map((place) => this.#fill(place)));
    return port;
  }

  /**
   * One after the other: a new worker serves before the old one leaves. While one round is running, there is no second
   * one.
   */
  replaceAll(): Promise<void> {
    this.#replacing ??= this.#replaceInTurn().finally(() => {
      this.#replacing = undefined;
    });
    return this.#replacing;
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.all([...this.#alive].map((worker) => this.#send(worker, 'stop')));
  }

  get #isStopping(): boolean {
    return this.#stopping.signal.aborted;
  }

  #fork(): WorkerProcess {
    const worker = this.#options.fork();
    this.#alive.add(worker);
    void worker.ended.then(() => this.#alive.delete(worker));
    this.#watch(worker);
    // An order to stop may have come between the decision to fork and this moment.
    if (this.#isStopping) worker.kill();
    return worker;
  }

  /**
   * From the very beginning: a worker that hangs while starting would keep its slot empty and a round of replacement
   * unfinished.
   */
  #watch(worker: WorkerProcess): void {
    const { sleep, logger } = this.#options;
    const who = { worker: worker.id, worker_pid: worker.pid };
    void killHanging(worker, sleep, () => logger.error('worker hangs, killing it', who));
    void whileStarting(worker, sleep, (minutes) =>
      logger.warn('worker is still starting', { ...who, minutes }),
    );
  }

  /** Starts workers for this slot until one serves, or until a round of replacement has filled it. */
  async #fill(place: Place): Promise<void> {
    while (!this.#isStopping && place.worker === undefined) {
      const worker = this.#fork();
      if ((await worker.ready) !== undefined) return this.#settle(place, worker);
      const end = await worker.ended;
      if (this.#isStopping) return;
      this.#failedStarts += 1;
      if (this.#failedStarts >= MOST_FAILED_STARTS && this.serving() === 0) return this.#failed.resolve();
      await this.#waitAfter('worker did not start', worker, end, this.#failedStarts);
    }
  }

  /** Gives the slot to a worker that serves. Resolves when its predecessor has ended. */
  async #settle(place: Place, worker: WorkerProcess): Promise<void> {
    const before = place.worker;
    place.worker = worker;
    this.#failedStarts = 0;
    this.#follow(place, worker);
    if (before !== undefined) await this.#send(before, 'leave');
  }

  /** Fills the slot again when its worker ends. */
  #follow(place: Place, worker: WorkerProcess): void {
    const since = this.#options.monotonic();
    this.#options.logger.info('worker started', { worker: worker.id, worker_pid: worker.pid });
    void worker.ended.then(async (end) => {
      if (place.worker !== worker || this.#isStopping) return;
      place.worker = undefined;
      this.#restarts += 1;
      this.#diedYoung = this.#options.monotonic() - since < GROWN_UP_MS ? this.#diedYoung + 1 : 0;
      await this.#waitAfter('worker lost', worker, end, this.#diedYoung);
      await this.#fill(place);
    });
  }

  async #waitAfter(what: string, { id, pid }: WorkerProcess, end: object, times: number): Promise<void> {
    const wait = times === 0 ? 0 : Math.min(FIRST_WAIT_MS * 2 ** (times - 1), LONGEST_WAIT_MS);
    this.#options.logger.warn(what, { worker: id, worker_pid: pid, ...end, next_in_ms: wait });
    if (wait > 0) await this.#options.sleep(wait, this.#stopping.signal);
  }

  async #replaceInTurn(): Promise<void> {
    const { logger } = this.#options;
    logger.info('replacing workers');
    for (const place of this.#places) {
      // A slot without a worker is about to get a new one anyway.
      if (place.worker === undefined) continue;
      const successor = this.#fork();
      if ((await successor.ready) === undefined) {
        if (!this.#isStopping) logger.error('workers not replaced: a new one did not start, the others stay');
        return;
      }
      // The old worker may have ended meanwhile, and another one have its slot: then that one leaves.
      await this.#settle(place, successor);
    }
    logger.info('workers replaced');
  }

  async #send(worker: WorkerProcess, order: 'leave' | 'stop'): Promise<void> {
    const answered = new AbortController();
    worker.tell(order);
    const late = this.#options.sleep(this.#options.patienceMs, answered.signal).then(() => {
      if (!answered.signal.aborted) worker.kill();
    });
    await worker.ended;
    answered.abort();
    await late;
  }
}
