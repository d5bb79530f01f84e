import type { Batch } from './outbox-rows.ts';

/**
 * Doubling is allowed below this: twice the batch takes at most twice as long, and must be confirmed within ten
 * seconds. No broker can be farther away: RabbitMQ allows ten seconds for a handshake of two and a half round trips.
 */
export const DOUBLED_IN_TIME_MS = 4_000;

/** A batch that failed after so long was too much for the connection; one that failed sooner was refused. */
export const isTooMuch = (publishMs: number): boolean => publishMs >= DOUBLED_IN_TIME_MS;

/** A broker that hangs loses its connection, by missed heartbeats, before one row fails this often. */
const SURE_ATTEMPTS = 5;
const NOT_CARRIED = 'one row by itself, tried five times or more, and all others wait behind it';

/**
 * A batch cannot be smaller than one row. A row that is too large for the connection is published again and again, so
 * the error tells the operator.
 */
export const explained = (met: unknown, { found, attempts }: Batch, publishMs: number): unknown =>
  found === 1 && isTooMuch(publishMs) && attempts + 1 >= SURE_ATTEMPTS && met instanceof Error
    ? new Error(`${met.message}: ${NOT_CARRIED}`, { cause: met })
    : met;
