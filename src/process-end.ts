import type { Config } from './infrastructure/config/config.ts';
import { crashFields, errorFields, type Logger } from './infrastructure/telemetry/winston-logger.ts';

/** Why a process ends, and with which code. */
export type EndOnce = (reason: string, code: number, how: () => Promise<void>) => void;

/** What an end may take beyond its drain and grace times, to write down what is in memory. */
const LAST_WRITES_MS = 15_000;

/** Milliseconds after which an end that was to be in order is none. */
export const stopPatience = ({
  shutdownDrainMs,
  shutdownGraceMs,
}: Pick<Config, 'shutdownDrainMs' | 'shutdownGraceMs'>): number =>
  shutdownDrainMs + shutdownGraceMs + LAST_WRITES_MS;

/**
 * Ends this process once, in order, whatever asks first; whatever asks later changes nothing. After a crash something
 * may never settle that the order waits for, and no supervisor counts the time of an end that nobody asked for: then
 * it ends all the same.
 */
export const endOnce = (logger: Logger, patienceMs: number): EndOnce => {
  let isEnding = false;
  return (reason, code, how) => {
    if (isEnding) return;
    isEnding = true;
    logger.info('stopping', { reason });
    setTimeout(() => {
      logger.error('not stopped in time, ending all the same', { after_ms: patienceMs });
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

/** To tell may be what fails, when nobody reads the output any more: it must not go on for ever. */
const MOST_TOLD = 3;

/**
 * An exception that nobody caught leaves the process in a state that nobody knows: one line, an orderly end
 * with what can still be answered and written, and a code that makes a supervisor start it again. Rejections
 * that nobody caught arrive here too (Node's `--unhandled-rejections=throw`, the default).
 */
export const onCrash = (logger: Logger, end: (reason: string) => void): void => {
  let told = 0;
  process.on('uncaughtException', (error, origin) => {
    told += 1;
    if (told <= MOST_TOLD) logger.error('uncaught', { origin, ...crashFields(error) });
    end(origin);
  });
};

/** A start that is not complete has nothing to stop in order. */
export const startFailed =
  (logger: Logger) =>
  (error: unknown): never => {
    logger.error('start failed', errorFields(error));
    process.exit(1);
  };
