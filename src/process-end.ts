import type { Config } from './infrastructure/config/config.ts';
import { crashFields, errorFields, type Logger } from './infrastructure/telemetry/winston-logger.ts';

/** Ends the process: why, with which exit code, and how. */
export type EndOnce = (reason: string, code: number, how: () => Promise<void>) => void;

/** Time beyond drain and grace for flushing what is in memory. */
const LAST_WRITES_MS = 15_000;

/** Milliseconds after which an orderly end is cut short. */
export const stopPatience = ({
  shutdownDrainMs,
  shutdownGraceMs,
}: Pick<Config, 'shutdownDrainMs' | 'shutdownGraceMs'>): number =>
  shutdownDrainMs + shutdownGraceMs + LAST_WRITES_MS;

/**
 * Ends this process once, in order, for whichever reason comes first; later reasons change nothing. After a crash some
 * promise may never settle, and a supervisor that did not ask for the end does not limit its time: so it is cut short
 * after a while.
 */
export const endOnce = (logger: Logger, patienceMs: number): EndOnce => {
  let isEnding = false;
  return (reason, code, how) => {
    if (isEnding) return;
    isEnding = true;
    logger.info('stopping', { reason });
    setTimeout(() => {
      logger.error('not stopped in time, exiting all the same', { after_ms: patienceMs });
      process.exit(code === 0 ? 1 : code);
    }, patienceMs).unref();
    how().then(
      () => process.exit(code),
      (error: unknown) => {
        logger.error('stop failed', errorFields(error));
        process.exit(1);
      },
    );
  };
};

/** Logging may be what fails, when nobody reads the output any more: it must not go on for ever. */
const MOST_TOLD = 3;

/**
 * An uncaught exception leaves the process in an unknown state: log one line, end in order with whatever can still be
 * answered and written, and exit with a code that makes a supervisor start it again. Unhandled rejections arrive here
 * too (Node's default, `--unhandled-rejections=throw`).
 */
export const onCrash = (logger: Logger, end: (reason: string) => void): void => {
  let told = 0;
  process.on('uncaughtException', (error, origin) => {
    told += 1;
    if (told <= MOST_TOLD) logger.error('uncaught', { origin, ...crashFields(error) });
    end(origin);
  });
};

/** Until the start is complete there is nothing to stop in order. */
export const startFailed =
  (logger: Logger) =>
  (error: unknown): never => {
    logger.error('start failed', errorFields(error));
    process.exit(1);
  };
