import type { BatchOutcome } from './outbox-batch.ts';
import { BATCH_BYTES } from './outbox-rows.ts';
import { DOUBLED_IN_TIME_MS, isTooMuch } from './too-much.ts';

/**
 * A broker that takes this long for a full batch is far away or slow: larger batches are sent, or waiting for publisher
 * confirms would limit the throughput.
 */
const SLOW_MS = 150;
const LARGEST_BATCH = 8 * BATCH_BYTES;
/**
 * Adapts the batch size to the last outcome: how many bytes the next batch may hold (one row at least). A batch that
 * failed after so long was too much for the connection: unchanged, it would fail each time, and listeners would get its
 * events each time. Only a full batch shows that more would fit.
 */
export const nextBatchBytes = (outcome: BatchOutcome, bytes: number): number => {
  const usual = Math.min(bytes, BATCH_BYTES);
  if (outcome.kind === 'failed')
    return isTooMuch(outcome.publishMs) ? half(Math.min(outcome.bytes, bytes)) : usual;
  if (outcome.kind !== 'forwarded' || !outcome.isFull) return usual;
  const { publishMs } = outcome;
  if (publishMs >= DOUBLED_IN_TIME_MS) return bytes;
  if (bytes < BATCH_BYTES) return Math.min(bytes * 2, BATCH_BYTES);
  if (publishMs > SLOW_MS) return Math.min(bytes * 2, LARGEST_BATCH);
  return publishMs < SLOW_MS / 2 ? Math.max(half(bytes), BATCH_BYTES) : bytes;
};

const half = (bytes: number): number => Math.ceil(bytes / 2);
