import { crashFields, errorFields, type Logger } from './infrastructure/telemetry/winston-logger.ts';

/** Why a process ends, and with which code. */
export type EndOnce = (reason: string, code: number, how: () => Promise<void>) => void;

/** Ends this process once, in order, whatever asks first; whatever asks later changes nothing. */
export const endOnce = (logger: Logger): EndOnce => {
  let isEnding = false;
  return (reason, code, how) => {
    if (isEnding) return;
    isEnding = true;
    logger.info('stopping', { reason });
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
