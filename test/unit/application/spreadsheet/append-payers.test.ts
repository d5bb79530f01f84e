import { expect } from 'chai';
import type { CallQuota } from '../../../../src/application/provider-call/leave.ts';
import { appendLanes } from '../../../../src/application/spreadsheet/append-lanes.ts';
import type { LaneAppend } from '../../../../src/application/spreadsheet/waiting-append.ts';
import { isLeft, right } from '../../../../src/domain/shared/fp.ts';
import { MemorySpreadsheetWriters } from '../../../../src/infrastructure/memory/memory-spreadsheet-writers.ts';
import { fixedClock } from '../../../support/fixed-clock.ts';
import { freeCalls } from '../../../support/free-calls.ts';
import { aLaneAppend } from '../../../support/lane-append.ts';
import { anAccess } from '../../../support/provider-access.ts';
import { racingSheet } from '../../../support/racing-sheet.ts';

/** Callers of one lane, and the keys to which its calls are attributed, in that order. */
const lane = (
  change: (clock: ReturnType<typeof fixedClock>) => Partial<CallQuota> = () => ({}),
  takesMs = 10,
) => {
  const clock = fixedClock();
  const sheet = racingSheet(clock.sleep, () => takesMs);
  const putDownTo: string[] = [];
  const lanes = appendLanes({
    spreadsheet: sheet,
    writers: new MemorySpreadsheetWriters(clock),
    sweep: async () => undefined,
    clock,
    sleep: clock.sleep,
  });
  const append = (text: string, timeoutMs = 9_000, asked: Partial<LaneAppend> = {}) => {
    const standFor = (): void => void putDownTo.push(text);
    const payCall = async () => right(standFor());
    const payCaller: CallQuota['payCaller'] = async (withCall) => (withCall ? payCall() : right(undefined));
    const quota = { ...freeCalls, payCaller, payCall, standFor, ...change(clock) };
    return lanes.append(anAccess({ timeoutMs }), aLaneAppend(text, { quota, ...asked }));
  };
  return { clock, putDownTo, append };
};

describe('the payer of a call of many appends', () => {
  it('is among those whose rows it carries, also where the rows of others were refused before', async () => {
    const { clock, putDownTo, append } = lane();
    const all = Promise.all([append('refused'), append('taken')]);
    await clock.run(1_000);
    expect((await all).map(({ _tag }) => _tag)).to.deep.equal(['Left', 'Right']);
    expect(putDownTo).to.deep.equal(['refused', 'refused', 'taken']);
  });

  it('is among those who wait still, where rows leave again without those that were refused', async () => {
    const { clock, putDownTo, append } = lane(undefined, 1_000);
    const all = Promise.all([
      append('in a hurry', 400),
      append('taken'),
      append('refused'),
      append('taken, too'),
    ]);
    await clock.run(9_000);
    expect((await all).map(({ _tag }) => _tag)).to.deep.equal(['Left', 'Right', 'Left', 'Right']);
    expect(putDownTo).to.deep.equal(['in a hurry', 'taken', 'refused', 'refused', 'taken, too']);
  });

  it('is distinguished from its representative, where the one that paid could not wait as long as the others', async () => {
    // Another replica is faster: the place comes later than it was paid for.
    const { clock, putDownTo, append } = lane(({ sleep }) => ({
      place: async ({ charge }) => {
        const paid = await charge();
        if (isLeft(paid)) return paid;
        await sleep(1_000);
        return charge();
      },
    }));
    const all = Promise.all([append('in a hurry', 400), append('patient'), append('patient, too')]);
    await clock.run(3_000);
    expect((await all).map(({ _tag }) => _tag)).to.deep.equal(['Left', 'Right', 'Right']);
    expect(putDownTo).to.deep.equal(['in a hurry', 'patient']);
  });

  it('also has a representative where its key was taken over when the call was sent', async () => {
    const { clock, putDownTo, append } = lane();
    const unmarked = { maybeSent: false, sending: async () => false };
    const all = Promise.all([append('taken over', 9_000, { unmarked }), append('written')]);
    await clock.run(1_000);
    expect((await all).map(({ _tag }) => _tag)).to.deep.equal(['Left', 'Right']);
    expect(putDownTo).to.deep.equal(['taken over', 'written']);
  });

  it('is put down to nobody who was told already that its time is over, before it was known who leaves', async () => {
    const { clock, putDownTo, append } = lane();
    const takenOver = { maybeSent: false, sending: async () => false };
    const slow = { maybeSent: false, sending: () => clock.sleep(1_000).then(() => true) };
    const all = Promise.all([
      append('taken over', 9_000, { unmarked: takenOver }),
      append('in a hurry', 400, { unmarked: slow }),
      append('patient'),
    ]);
    await clock.run(3_000);
    expect((await all).map(({ _tag }) => _tag)).to.deep.equal(['Left', 'Left', 'Right']);
    expect(putDownTo).to.deep.equal(['taken over', 'patient']);
  });
});
