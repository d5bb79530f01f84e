import { failureLines, type FailureLines } from './failure-lines.ts';
import type { Logger } from './winston-logger.ts';

/**
 * Log lines for events that stay in the outbox: the outbox relay retries every few seconds for as long as, say, a disk
 * is full.
 */
export const forwardingLines = (logger: Logger, monotonic: () => number): FailureLines =>
  failureLines(logger, monotonic, {
    broken: 'events not forwarded',
    further: 'events still not forwarded, for another reason',
    recovered: 'events are forwarded again',
  });
