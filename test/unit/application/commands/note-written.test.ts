import { expect } from 'chai';
import { noteWritten } from '../../../../src/application/commands/note-written.ts';
import type { Answered, CompletedCall } from '../../../../src/application/provider-call/provider-call.ts';
import { left, right } from '../../../../src/domain/shared/fp.ts';
import { aFailedCall, aProviderFailure, aReport } from '../../../support/a-call-report.ts';

const done: Answered<string> = { value: 'done', report: aReport() };

describe('a write that its readers are told of', () => {
  let told: string[];
  beforeEach(() => void (told = []));
  const write = (work: () => CompletedCall<string>): CompletedCall<string> =>
    noteWritten(
      {
        current: () => undefined,
        changed: async (spreadsheet, outcome) => void told.push(`${spreadsheet} ${outcome}`),
      },
      'sheet',
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
      'sheet',
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
    expect(told).to.deep.equal(['sheet unclear', 'sheet unclear']);
  });

  it('tells them nothing when nothing can have been written', async () => {
    await write(async () => left(aProviderFailure({ kind: 'request-rejected', message: 'no' })));
    await write(async () => left(aFailedCall({ kind: 'no-provider', message: 'none' })));
    expect(told).to.deep.equal([]);
  });

  it('is not answered when they cannot be told', async () => {
    const failed = await noteWritten(
      { current: () => undefined, changed: () => Promise.reject(new Error('away')) },
      'sheet',
      async () => right(done),
    ).then(
      () => 'answered',
      (error: unknown) => String(error),
    );
    expect(failed).to.equal('Error: away');
  });
});
