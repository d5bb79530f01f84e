import { expect } from 'chai';
import { appendOnce, clearOnce, writeOnce } from '../../../../src/application/commands/sheets-once.ts';
import type { FailedCall } from '../../../../src/application/provider-call/complete-operation.ts';
import { plainOptions } from '../../../../src/application/provider-call/call-options.ts';
import type { ProviderError } from '../../../../src/domain/provider/provider-error.ts';
import { a1Range } from '../../../../src/domain/spreadsheet/a1-range.ts';
import { aFailedCall, aProviderFailure } from '../../../support/a-call-report.ts';
import { noServices } from '../../../support/no-services.ts';

const message = 'the sheet is protected';
const refusals: readonly ProviderError[] = [
  { kind: 'request-rejected', message },
  { kind: 'resource-not-found', message },
  { kind: 'credentials-rejected', message },
  { kind: 'not-supported', message },
];
const range = a1Range('Sheet1', { column: 1, row: 1 }, { column: 1, row: 1 });
const spreadsheetId = 's-1';

describe('what is told of a keyed write that failed, where an earlier try may have written', () => {
  const unknown = (failure: FailedCall): FailedCall => ({
    ...failure,
    error: {
      kind: 'call-failed',
      error: {
        kind: 'outcome-unknown',
        message: `an earlier try under this key may have written; this one was refused: ${message}`,
      },
      attempts: failure.report.attempts,
    },
  });
  const write = writeOnce('sheets_write');
  const written = {
    request: { spreadsheetId, valueInputOption: 'RAW', data: [], formulas: false },
    options: plainOptions,
  } as const;
  const toldOfWrite = (failure: FailedCall) => write.inDoubt?.(failure, written, { maybeSent: false });

  it('is that nobody knows, where this one was refused for good', () => {
    const cleared = { request: { spreadsheetId, range }, options: plainOptions };
    const failures = [
      ...refusals.map((error) => aProviderFailure(error)),
      aFailedCall({ kind: 'no-provider', message }),
    ];
    for (const failure of failures) {
      expect(toldOfWrite(failure)).to.deep.equal(unknown(failure));
      expect(clearOnce.inDoubt?.(failure, cleared, { maybeSent: false })).to.deep.equal(unknown(failure));
    }
  });

  it('is the refusal itself where somebody looked, and it is not there', () => {
    const looked = aProviderFailure({ kind: 'request-rejected', isUnwritten: true, message });
    expect(toldOfWrite(looked)).to.equal(looked);
  });

  it('is the failure itself after which its sender comes again anyway', () => {
    const away = aProviderFailure({ kind: 'provider-unavailable', message });
    expect(toldOfWrite(away)).to.equal(away);
  });

  it('is the refusal of an append that carries no mark, unless an earlier try was about to be sent', () => {
    const append = appendOnce(noServices);
    const [refused] = refusals.map((error) => aProviderFailure(error));
    if (refused === undefined) throw new Error('no refusal');
    const told = (valueInputOption: 'RAW' | 'USER_ENTERED', maybeSent: boolean) => {
      const rows = { spreadsheetId, range, rows: [['x']], valueInputOption, formulas: false };
      const query = { request: { ...rows, insertDataOption: undefined }, options: plainOptions };
      return append.inDoubt?.(refused, query, { maybeSent });
    };
    expect(told('USER_ENTERED', false)).to.equal(refused);
    expect(told('USER_ENTERED', true)).to.deep.equal(unknown(refused));
    for (const maybeSent of [false, true]) expect(told('RAW', maybeSent)).to.deep.equal(unknown(refused));
  });
});
