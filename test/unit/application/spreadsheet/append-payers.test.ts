import { expect } from 'chai';
import type { CallsAhead } from '../../../../src/application/provider-call/leave.ts';
import { appendLanes } from '../../../../src/application/spreadsheet/append-lanes.ts';
import { right } from '../../../../src/domain/shared/fp.ts';
import { MemorySpreadsheetWriters } from '../../../../src/infrastructure/memory/memory-spreadsheet-writers.ts';
import { fixedClock } from '../../../support/fixed-clock.ts';
import { freeCalls } from '../../../support/free-calls.ts';
import { aLaneAppend } from '../../../support/lane-append.ts';
import { anAccess } from '../../../support/provider-access.ts';
import { racingSheet } from '../../../support/racing-sheet.ts';

describe('who pays for a call of many appends', () => {
  it('is among those whose rows it carries, also where the rows of others were refused before', async () => {
    const clock = fixedClock();
    const sheet = racingSheet(clock.sleep, () => 10);
    const paidBy: string[] = [];
    const lanes = appendLanes({
      spreadsheet: sheet,
      writers: new MemorySpreadsheetWriters(clock),
      sweep: async () => undefined,
      clock,
      sleep: clock.sleep,
    });
    const append = (text: string) => {
      const payCall = async () => {
        paidBy.push(text);
        return right(undefined);
      };
      const payCaller: CallsAhead['payCaller'] = async (withCall) =>
        withCall ? payCall() : right(undefined);
      const quota = { ...freeCalls, payCaller, payCall };
      return lanes.append(anAccess({ timeoutMs: 9_000 }), aLaneAppend(text, { quota }));
    };
    const all = Promise.all([append('refused'), append('taken')]);
    await clock.run(1_000);
    expect((await all).map(({ _tag }) => _tag)).to.deep.equal(['Left', 'Right']);
    expect(paidBy).to.deep.equal(['refused', 'refused', 'taken']);
  });
});
