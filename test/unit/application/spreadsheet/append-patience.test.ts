import { expect } from 'chai';
import fc from 'fast-check';
import { appendLanes } from '../../../../src/application/spreadsheet/append-lanes.ts';
import type { AppendedRows } from '../../../../src/application/spreadsheet/append-parts.ts';
import type { LaneDeps } from '../../../../src/application/spreadsheet/lane-queue.ts';
import type { ProviderError } from '../../../../src/domain/provider/provider-error.ts';
import { isLeft, left, type Either } from '../../../../src/domain/shared/fp.ts';
import { MemorySpreadsheetWriters } from '../../../../src/infrastructure/memory/memory-spreadsheet-writers.ts';
import { fixedClock, type FixedClock } from '../../../support/fixed-clock.ts';
import { freeCalls } from '../../../support/free-calls.ts';
import { anAccess } from '../../../support/provider-access.ts';
import { racingSheet, type RacingSheet } from '../../../support/racing-sheet.ts';

const PATIENT_MS = 60_000;
const UNKNOWN: ProviderError = { kind: 'outcome-unknown', message: 'not in time' };

/** A call given less time than it needs still does its work, but its outcome is never reported. */
const impatient = (clock: FixedClock, sheet: RacingSheet): LaneDeps['spreadsheet'] => {
  const within = <A>(ms: number, work: Promise<Either<ProviderError, A>>) =>
    Promise.race([work, clock.sleep(ms).then(() => left(UNKNOWN))]);
  return {
    append: (access, request) => within(access.timeoutMs, sheet.append(access, request)),
    appendMarked: (access, request) => within(access.timeoutMs, sheet.appendMarked(access, request)),
  };
};

type Caller = {
  readonly at: number;
  readonly rows: number;
  readonly timeoutMs: number;
  readonly replica: number;
  readonly isMarked: boolean;
};
const caller = fc.record({
  at: fc.nat(3_000),
  rows: fc.integer({ min: 1, max: 3 }),
  timeoutMs: fc.oneof(fc.integer({ min: 20, max: 1_500 }), fc.constant(PATIENT_MS)),
  replica: fc.nat(2),
  isMarked: fc.boolean(),
});
const rowsOf = (n: number, { rows }: Caller) => Array.from({ length: rows }, (_, r) => [`${n}.${r}`]);

type Told = { readonly outcome: Either<ProviderError, AppendedRows>; readonly afterMs: number };

const everybodyTold = async (
  callers: readonly Caller[],
  clock: FixedClock,
  sheet: RacingSheet,
): Promise<readonly Told[]> => {
  const writers = new MemorySpreadsheetWriters(clock);
  const sweep = async () => undefined;
  const spreadsheet = impatient(clock, sheet);
  const replicas = [0, 1, 2].map(() =>
    appendLanes({ spreadsheet, writers, sweep, clock, sleep: clock.sleep }),
  );
  let waiting = callers.length;
  const all = callers.map(async (one, n): Promise<Told> => {
    await clock.sleep(one.at);
    const startedAt = clock.monotonic();
    const outcome = await replicas[one.replica]!.append(anAccess({ timeoutMs: one.timeoutMs }), {
      request: {
        spreadsheetId: 'sheet-1',
        range: 'Sheet1!A:A',
        rows: rowsOf(n, one),
        valueInputOption: 'RAW',
        insertDataOption: 'OVERWRITE',
      },
      marked: one.isMarked ? { mark: n + 1, sheetTitle: 'Sheet1', firstColumn: 0 } : undefined,
      unmarked: undefined,
      quota: freeCalls,
    });
    waiting -= 1;
    return { outcome, afterMs: clock.monotonic() - startedAt };
  });
  while (waiting > 0) await clock.run(5);
  return Promise.all(all);
};

describe('appends of callers who have more and less time', () => {
  it("tell each caller in time what became of its rows, and give none with time left another's time-out", () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(caller, { minLength: 1, maxLength: 25 }),
        fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 5 }),
        async (callers, takes) => {
          const clock = fixedClock();
          let calls = 0;
          const sheet = racingSheet(clock.sleep, () => takes[(calls += 1) % takes.length] ?? 1);
          const told = await everybodyTold(callers, clock, sheet);
          await clock.run(2_000);
          const texts = sheet.rows.map((row) => row?.[0]);
          for (const [n, { outcome, afterMs }] of told.entries()) {
            const one = callers[n]!;
            const standing = texts.filter((text) => text === `${n}.0`).length;
            expect(afterMs, 'told after').to.be.at.most(one.timeoutMs + 10);
            if (one.timeoutMs === PATIENT_MS)
              expect(isLeft(outcome), 'a patient one refused').to.equal(false);
            if (isLeft(outcome)) {
              const most = outcome.left.kind === 'outcome-unknown' ? 1 : 0;
              expect(standing, outcome.left.kind).to.be.at.most(most);
            } else {
              const first = Number(/A(\d+)/.exec(outcome.right.update?.updatedRange ?? '')?.[1]) - 1;
              expect(texts.slice(first, first + one.rows)).to.deep.equal(rowsOf(n, one).flat());
              expect(standing).to.equal(1);
            }
          }
        },
      ),
      { numRuns: 300 },
    ));
});
