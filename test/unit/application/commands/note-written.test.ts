import { expect } from 'chai';
import { noteWritten } from '../../../../src/application/commands/note-written.ts';
import type {
  Answered,
  CompletedCall,
} from '../../../../src/application/provider-call/complete-operation.ts';
import { mayHaveWritten } from '../../../../src/application/provider-call/may-have-written.ts';
import { isLeft, left, right } from '../../../../src/domain/shared/fp.ts';
import type { SpreadsheetOfPlan } from '../../../../src/application/spreadsheet/spreadsheet-of-plan.ts';
import { aFailedCall, anAttempt, aProviderFailure, aReport } from '../../../support/a-call-report.ts';
import { anId } from '../../../support/an-external-service.ts';

const done: Answered<string> = { value: 'done', report: aReport() };
/**
 * The spreadsheet at Google, reached through the service of the report and through another one with its own address.
 */
const SHEET: SpreadsheetOfPlan = {
  spreadsheetId: 'sheet',
  services: [
    { id: anId(1), baseUrl: undefined },
    { id: anId(2), baseUrl: 'https://sheets.example.org/google' },
  ],
};

describe('a write that its readers are told of', () => {
  let told: string[];
  beforeEach(() => void (told = []));
  const write = (work: () => CompletedCall<string>): CompletedCall<string> =>
    noteWritten(
      {
        current: () => undefined,
        changed: async (spreadsheet, outcome) => void told.push(`${spreadsheet} ${outcome}`),
      },
      SHEET,
      work,
    );

  it('tells them before its caller', async () => {
    let isAnswered = false;
    const answer = noteWritten(
      {
        current: () => undefined,
        changed: async () => {
          expect(isAnswered).to.equal(false);
          told.push('changed');
        },
      },
      SHEET,
      async () => right(done),
    ).then((result) => {
      isAnswered = true;
      return result;
    });
    expect(await answer).to.deep.equal(right(done));
    expect(told).to.deep.equal(['changed']);
  });

  it('tells them that nobody knows when that is so', async () => {
    await write(async () => left(aProviderFailure({ kind: 'outcome-unknown', message: 'lost' })));
    await write(() => Promise.reject(new Error('the trail is away'))).catch(() => undefined);
    expect(told).to.deep.equal([
      'sheet unclear',
      'sheet unclear',
      'sheet https://sheets.example.org unclear',
    ]);
  });

  it('tells them so of a write that was answered, too, where a try of it may yet arrive', async () => {
    await write(async () => right({ ...done, report: aReport({ mayComeAgain: true }) }));
    expect(told).to.deep.equal(['sheet unclear']);
  });

  it('tells only those who read where it was written, or may have been', async () => {
    const lost = anAttempt({ serviceId: anId(2), outcome: 'outcome-unknown' });
    const answeredBy = (serviceId: string, attempts = [anAttempt({ serviceId })]) =>
      write(async () => right({ ...done, report: aReport({ serviceId, attempts }) }));
    await answeredBy(anId(2));
    await answeredBy(anId(1));
    await answeredBy(anId(1), [lost, anAttempt()]);
    const refused = anAttempt({ serviceId: anId(1), outcome: 'quota-exceeded' });
    const failed = { kind: 'deadline-exceeded', attempts: [refused, lost] } as const;
    await write(async () => left(aFailedCall(failed)));
    expect(told).to.deep.equal([
      'sheet https://sheets.example.org done',
      'sheet done',
      'sheet done',
      'sheet https://sheets.example.org done',
      'sheet https://sheets.example.org unclear',
    ]);
  });

  it('tells them nothing when nothing can have been written', async () => {
    await write(async () => left(aProviderFailure({ kind: 'request-rejected', message: 'no' })));
    await write(async () => left(aFailedCall({ kind: 'no-provider', message: 'none' })));
    expect(told).to.deep.equal([]);
  });

  const failing = (times: number) => {
    let left = times;
    return {
      current: () => undefined,
      changed: async (spreadsheet: string, outcome: string): Promise<void> => {
        left -= 1;
        if (left >= 0) throw new Error('away');
        told.push(`${spreadsheet} ${outcome}`);
      },
    };
  };

  it('is not said to be done when they cannot be told, nor to have failed', async () => {
    const failed = await noteWritten(failing(2), SHEET, async () => right(done));
    if (!isLeft(failed) || failed.left.error.kind !== 'call-failed') throw new Error('no failed call');
    expect(failed.left.error.error.kind).to.equal('outcome-unknown');
    expect(failed.left.error.error.message).to.contain('it was written');
    expect(failed.left.report).to.deep.equal(done.report);
    expect(mayHaveWritten(failed.left.error)).to.equal(true);
  });

  it('tells them at the second try', async () => {
    expect(await noteWritten(failing(1), SHEET, async () => right(done))).to.deep.equal(right(done));
    expect(told).to.deep.equal(['sheet done']);
  });

  it('fails as it did where they cannot be told', async () => {
    const lost = left(aProviderFailure({ kind: 'outcome-unknown', message: 'lost' }));
    expect(await noteWritten(failing(2), SHEET, async () => lost)).to.equal(lost);
    const bug = noteWritten(failing(2), SHEET, () => Promise.reject(new Error('bug')));
    expect(
      await bug.then(
        () => 'answered',
        (error: unknown) => String(error),
      ),
    ).to.equal('Error: bug');
  });
});
