import { expect } from 'chai';
import { appendLanes, type AppendLanes } from '../../../../src/application/spreadsheet/append-lanes.ts';
import type { ProviderAccess } from '../../../../src/domain/provider/provider-access.ts';
import type { ProviderError } from '../../../../src/domain/provider/provider-error.ts';
import { isLeft } from '../../../../src/domain/shared/fp.ts';
import { MemorySpreadsheetWriters } from '../../../../src/infrastructure/memory/memory-spreadsheet-writers.ts';
import { fixedClock, type FixedClock } from '../../../support/fixed-clock.ts';
import { aLaneAppend } from '../../../support/lane-append.ts';
import { anAccess } from '../../../support/provider-access.ts';
import { racingSheet, type RacingSheet } from '../../../support/racing-sheet.ts';

const CALL_MS = 1_000;
const LOST: ProviderError = { kind: 'outcome-unknown', message: 'lost' };

describe('a call that fails with the rows of several callers', () => {
  let clock: FixedClock;
  let sheet: RacingSheet;
  let lanes: AppendLanes;
  beforeEach(() => {
    clock = fixedClock();
    sheet = racingSheet(clock.sleep, () => CALL_MS);
    const sweep = async () => undefined;
    const writers = new MemorySpreadsheetWriters(clock);
    lanes = appendLanes({ spreadsheet: sheet, writers, sweep, clock, sleep: clock.sleep });
  });

  const append = (
    text: string,
    timeoutMs: ProviderAccess['timeoutMs'],
    mark?: number,
    { signal }: Pick<ProviderAccess, 'signal'> = new AbortController(),
  ) =>
    lanes.append(
      anAccess({ timeoutMs, signal }),
      aLaneAppend(text, {
        marked: mark === undefined ? undefined : { mark, sheetTitle: 'Sheet1', firstColumn: 0 },
      }),
    );
  /** For each, how it ended, and whether its failure counts against the provider. */
  const ends = async (...all: readonly ReturnType<typeof append>[]): Promise<readonly string[]> => {
    await clock.run(CALL_MS * 3);
    return (await Promise.all(all)).map((outcome) =>
      isLeft(outcome) ? `${outcome.left.kind}${outcome.left.isShared === true ? ', shared' : ''}` : 'done',
    );
  };

  for (const [what, marks] of Object.entries({ 'without keys': [], 'under keys': [1, 2, 3] }))
    it(`is a single failure of the provider: ${what}`, async () => {
      sheet.faults.push({ error: LOST, isWritten: true });
      const all = ['a', 'b', 'c'].map((text, n) => append(text, 9_000, marks[n]));
      expect(await ends(...all)).to.deep.equal([
        'outcome-unknown',
        'outcome-unknown, shared',
        'outcome-unknown, shared',
      ]);
    });

  it('is one where some of them have waited no longer, too', async () => {
    sheet.faults.push({ error: LOST, isWritten: true });
    const all = [append('hasty', 500), append('a', 9_000), append('b', 9_000)];
    expect(await ends(...all)).to.deep.equal([
      'outcome-unknown, shared',
      'outcome-unknown',
      'outcome-unknown, shared',
    ]);
  });

  it('is one of a caller who is still there', async () => {
    sheet.faults.push({ error: LOST, isWritten: true });
    const gone = new AbortController();
    const all = [append('gone', 9_000, undefined, gone), append('a', 9_000), append('b', 9_000)];
    await clock.run(CALL_MS / 2);
    gone.abort();
    expect(await ends(...all)).to.deep.equal([
      'outcome-unknown',
      'outcome-unknown',
      'outcome-unknown, shared',
    ]);
  });

  it('is one of a caller who is still there, where nobody waits for its answer', async () => {
    const gone = new AbortController();
    const all = [append('a', 500), append('b', 600), append('gone', 700, undefined, gone)];
    await clock.run(CALL_MS / 4);
    gone.abort();
    expect(await ends(...all)).to.deep.equal([
      'outcome-unknown, shared',
      'outcome-unknown',
      'outcome-unknown',
    ]);
  });

  it('does not count where others learn in time that it was carried out', async () => {
    const all = [append('hasty', 500), append('as hasty', 500), append('patient', 9_000)];
    expect(await ends(...all)).to.deep.equal(['outcome-unknown, shared', 'outcome-unknown, shared', 'done']);
  });

  it('counts where none of them waits for its answer', async () => {
    const all = [append('a', 500), append('b', 600), append('c', 600)];
    expect(await ends(...all)).to.deep.equal([
      'outcome-unknown, shared',
      'outcome-unknown, shared',
      'outcome-unknown',
    ]);
  });

  it('is one for each call', async () => {
    for (const text of ['a', 'b']) {
      sheet.faults.push({ error: LOST, isWritten: false });
      expect(await ends(append(text, 9_000))).to.deep.equal(['outcome-unknown']);
    }
  });
});
