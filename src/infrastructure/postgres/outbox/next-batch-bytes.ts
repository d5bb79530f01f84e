import type { BatchOutcome } from './outbox-batch.ts';
import { BATCH_BYTES } from './outbox-rows.ts';

/**
 * A bus that takes so many milliseconds for a full batch is far away or slow: more is sent at a time, or the wait
 * for its confirms would set the pace.
 */
const SLOW_MS = 150;
/**
 * Twice as much takes twice as long at most, and has to be confirmed in ten seconds. No bus is farther away: RabbitMQ
 * has two and a half answers of a handshake go there and back in ten seconds, or lets nobody in.
 */
const DOUBLED_IN_TIME_MS = 4_000;
const LARGEST_BATCH = 8 * BATCH_BYTES;
/**
 * How much the next batch holds; a row at least. What was not confirmed for so long is more than the way there carries:
 * as it is it would fail each time, and listeners would get it each time. Only a full batch tells that it carries more.
 */
export const nextBatchBytes = (outcome: BatchOutcome, bytes: number): number => {
  const usual = Math.min(bytes, BATCH_BYTES);
  if (outcome.kind === 'failed') return isTooMuch(outcome) ? half(Math.min(outcome.bytes, bytes)) : usual;
  if (outcome.kind !== 'forwarded' || !outcome.isFull) return usual;
  const { publishMs } = outcome;
  if (publishMs >= DOUBLED_IN_TIME_MS) return bytes;
  if (bytes < BATCH_BYTES) return Math.min(bytes * 2, BATCH_BYTES);
  if (publishMs > SLOW_MS) return Math.min(bytes * 2, LARGEST_BATCH);
  return publishMs < SLOW_MS / 2 ? Math.max(half(bytes), BATCH_BYTES) : bytes;
};

const isTooMuch = ({ publishMs }: { readonly publishMs: number }): boolean => publishMs >= DOUBLED_IN_TIME_MS;

const half = (bytes: number): number => Math.ceil(bytes / 2);
