import type { Logger } from './winston-logger.ts';

/** As the alert has it: administrators' tokens are judged to five seconds. */
const APART_MS = 2_000;
/** Less than that, or a clock at the limit would fill the log. */
const TOGETHER_MS = 1_000;

/**
 * One line when this machine's clock and PostgreSQL's are apart, and one when they agree again: who has no eye on the
 * metrics sees tokens and deliveries refused for their times, and no reason. To be called after each look.
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
        'the clocks of this machine and of PostgreSQL are apart: mend the one that is wrong',
        fields,
      );
    else logger.info('the clocks of this machine and of PostgreSQL agree again', fields);
  };
};
