import type { Logger } from './winston-logger.ts';

/** As in the alert: administrators' tokens are judged with a tolerance of five seconds. */
const APART_MS = 2_000;
/** Lower than the limit above (hysteresis), or a clock at the limit would fill the log. */
const TOGETHER_MS = 1_000;

/**
 * One line when this machine's clock and PostgreSQL's differ, and one when they agree again: without it, an operator
 * who does not watch the metrics would see tokens and deliveries refused for their times without a reason. To be called
 * after each comparison.
 */
export const clockLines = (
  logger: Pick<Logger, 'info' | 'warn'>,
  aheadMs: () => number | undefined,
): (() => void) => {
  let areApart = false;
  return () => {
    const ahead = aheadMs();
    if (ahead === undefined) return;
    const wereApart = areApart;
    areApart = Math.abs(ahead) > (wereApart ? TOGETHER_MS : APART_MS);
    if (areApart === wereApart) return;
    const fields = { ahead_seconds: Math.round(ahead / 100) / 10 };
    if (areApart)
      logger.warn(
        'the clocks of this machine and of PostgreSQL differ: correct the one that is wrong',
        fields,
      );
    else logger.info('the clocks of this machine and of PostgreSQL agree again', fields);
  };
};
