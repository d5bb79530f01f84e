import { expect } from 'chai';
import type { BatchOutcome } from '../../../../src/infrastructure/postgres/outbox/outbox-batch.ts';
import { nextBatchBytes } from '../../../../src/infrastructure/postgres/outbox/next-batch-bytes.ts';

const BATCH = 262_144;
/** The value in RabbitmqEventBus: what is not confirmed by then is sent again. */
const CONFIRM_TIMEOUT_MS = 10_000;

/** An endless backlog, over a connection with this throughput a second and round-trip time. */
const batchesOver = ({ perSecond, roundMs }: { readonly perSecond: number; readonly roundMs: number }) => {
  const batches: { readonly bytes: number; readonly isConfirmed: boolean }[] = [];
  let bytes = BATCH;
  for (let n = 0; n < 50; n += 1) {
    const neededMs = roundMs + (bytes / perSecond) * 1_000;
    const isConfirmed = neededMs < CONFIRM_TIMEOUT_MS;
    batches.push({ bytes, isConfirmed });
    const publishMs = Math.min(neededMs, CONFIRM_TIMEOUT_MS);
    const outcome: BatchOutcome = isConfirmed
      ? { kind: 'forwarded', events: 1, publishMs, isFull: true }
      : { kind: 'failed', error: new Error('late'), bytes, publishMs };
    bytes = nextBatchBytes(outcome, bytes);
  }
  return batches;
};

describe('the size of the next batch', () => {
  for (const perSecond of [1_000, 5_000, 15_000])
    for (const roundMs of [10, 2_000, 3_900])
      it(`is soon one that ${perSecond} bytes a second carry, ${roundMs} ms there and back, and stays so`, () => {
        const failed = batchesOver({ perSecond, roundMs }).flatMap(({ isConfirmed }, n) =>
          isConfirmed ? [] : [n],
        );
        expect(failed).to.deep.equal(failed.map((_, n) => n));
        expect(failed.length).to.be.within(1, 8);
      });

  for (const perSecond of [50_000, 100_000, 300_000, 10_000_000])
    for (const roundMs of [10, 500, 2_000, 3_900])
      it(`never grows beyond what ${perSecond} bytes a second carry, ${roundMs} ms there and back`, () => {
        expect(batchesOver({ perSecond, roundMs }).every(({ isConfirmed }) => isConfirmed)).to.equal(true);
      });

  it('is that of a way which is far and wide, for whose pace each batch waits', () => {
    expect(batchesOver({ perSecond: 10_000_000, roundMs: 2_000 }).at(-1)?.bytes).to.equal(8 * BATCH);
  });

  it('stays when a batch fails at once: that says nothing of the way', () => {
    const refused: BatchOutcome = { kind: 'failed', error: new Error('nacked'), bytes: BATCH, publishMs: 20 };
    expect(nextBatchBytes(refused, BATCH)).to.equal(BATCH);
    expect(nextBatchBytes(refused, 4_096)).to.equal(4_096);
  });

  it('is half of the batch that failed, and never zero', () => {
    const late = (bytes: number): BatchOutcome => ({
      kind: 'failed',
      error: new Error('late'),
      bytes,
      publishMs: CONFIRM_TIMEOUT_MS,
    });
    expect(nextBatchBytes(late(30_001), BATCH)).to.equal(15_001);
    expect(nextBatchBytes(late(900_000), BATCH)).to.equal(BATCH / 2);
    expect(nextBatchBytes(late(1), 1)).to.equal(1);
  });
});
