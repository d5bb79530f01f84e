import { expect } from 'chai';
import { appendLanes, type AppendLanes } from '../../../../src/application/spreadsheet/append-lanes.ts';
import type { AppendedRows } from '../../../../src/application/spreadsheet/append-parts.ts';
import type { ProviderAccess } from '../../../../src/domain/provider/provider-access.ts';
import type { ProviderError } from '../../../../src/domain/provider/provider-error.ts';
import { isLeft, left, type AsyncResult } from '../../../../src/domain/shared/fp.ts';
import type { WriterTurn } from '../../../../src/domain/spreadsheet/spreadsheet-writers.ts';
import { MemorySpreadsheetWriters } from '../../../../src/infrastructure/memory/memory-spreadsheet-writers.ts';
import { fixedClock, type FixedClock } from '../../../support/fixed-clock.ts';
import { aLaneAppend } from '../../../support/lane-append.ts';
import { anAccess } from '../../../support/provider-access.ts';
import { racingSheet, type RacingSheet } from '../../../support/racing-sheet.ts';

const CALL_MS = 1_000;
const SHEET = 'sheet-1';

/** A provider that takes a second: a caller that allows less never learns what became of the rows. */
const slowSheet = (clock: FixedClock): RacingSheet => {
  const sheet = racingSheet(clock.sleep, () => CALL_MS);
  const unknown: ProviderError = { kind: 'outcome-unknown', message: 'm' };
  return {
    ...sheet,
    append: async (access, request) => {
      const answer = sheet.append(access, request);
      if (access.timeoutMs >= CALL_MS) return answer;
      await clock.sleep(access.timeoutMs);
      return left(unknown);
    },
  };
};

describe('an append of a caller in a hurry, where others write to the spreadsheet', () => {
  let clock: FixedClock;
  let lanes: AppendLanes;
  let others: WriterTurn;
  beforeEach(async () => {
    clock = fixedClock();
    const writers = new MemorySpreadsheetWriters(clock);
    const turn = await writers.hold(SHEET, 600_000, 0);
    if (turn === 'busy') throw new Error('nobody else is there');
    others = turn;
    const sweep = async () => undefined;
    lanes = appendLanes({ spreadsheet: slowSheet(clock), writers, sweep, clock, sleep: clock.sleep });
  });

  const append = (text: string, timeoutMs: ProviderAccess['timeoutMs']) =>
    lanes.append(anAccess({ timeoutMs }), aLaneAppend(text, { spreadsheetId: SHEET }));
  const ended = async (work: AsyncResult<ProviderError, AppendedRows>): Promise<string | undefined> => {
    const outcome = await work;
    return isLeft(outcome) ? outcome.left.kind : outcome.right.update?.updatedRange;
  };

  it('does not take the turn from a later caller that has time to wait for it', async () => {
    const hasty = append('hasty', 1_000);
    await clock.run(700);
    const patient = append('patient', 6_000);
    await clock.run(900);
    expect(await ended(hasty)).to.equal('breaker-open');
    await others.release();
    await clock.run(CALL_MS + 100);
    expect(await ended(patient)).to.equal('Sheet1!A1');
  });

  it('is not sent with what is left of its time when its turn comes so late', async () => {
    const hasty = append('hasty', 1_000);
    await clock.run(700);
    await others.release();
    await clock.run(400);
    expect(await ended(hasty)).to.equal('breaker-open');
    const patient = append('patient', 6_000);
    await clock.run(CALL_MS + 100);
    expect(await ended(patient)).to.equal('Sheet1!A1');
  });

  it('leaves the call as much time as those have who go along', async () => {
    const hasty = append('hasty', 400);
    await clock.run(100);
    const patient = append('patient', 6_000);
    await clock.run(50);
    await others.release();
    await clock.run(CALL_MS + 100);
    expect(await ended(hasty)).to.equal('outcome-unknown');
    expect(await ended(patient)).to.equal('Sheet1!A2');
  });
});
