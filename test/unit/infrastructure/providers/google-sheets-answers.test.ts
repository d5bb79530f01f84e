import { expect } from 'chai';
import type { ProviderErrorKind } from '../../../../src/domain/provider/provider-error.ts';
import { isLeft } from '../../../../src/domain/shared/fp.ts';
import { json, text, type Reply } from '../../../support/fixture-server.ts';
import { answered } from '../../../support/provider-access.ts';
import { sheetsRig, type SheetsRig } from '../../../support/sheets-rig.ts';

type Kind = ProviderErrorKind | 'ok';
type Case = readonly [what: string, reply: Reply, read: Kind, write: Kind];

const info = (reason: string) => ({ '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason });
const refusal = (code: number, status: string | undefined, message: string, reason?: string): Reply =>
  json(code, {
    error: {
      code,
      message,
      ...(status !== undefined && { status }),
      ...(reason !== undefined && { details: [info(reason)] }),
    },
  });
const told = (
  code: number,
  status: string | undefined,
  message: string,
  read: Kind,
  write: Kind = read,
  reason?: string,
): Case => [`${code} ${status}: ${message}`, refusal(code, status, message, reason), read, write];

const BOTH = '"range":"Sheet1!A1","updatedRange":"Sheet1!A1"';

const cases: readonly Case[] = [
  told(400, 'INVALID_ARGUMENT', 'Invalid values[0][0]: struct_value', 'request-rejected'),
  told(400, 'INVALID_ARGUMENT', 'more than the maximum of 50000 characters', 'request-rejected'),
  told(400, 'INVALID_ARGUMENT', 'above the limit of 10000000 cells.', 'request-rejected'),
  told(400, 'OUT_OF_RANGE', 'x', 'request-rejected'),
  told(400, 'INVALID_ARGUMENT', 'x', 'credentials-rejected', undefined, 'API_KEY_INVALID'),
  told(400, 'INVALID_ARGUMENT', 'API key not valid. Please pass a valid API key.', 'credentials-rejected'),
  told(400, undefined, 'API key expired. Please renew the API key.', 'credentials-rejected'),
  told(401, 'UNAUTHENTICATED', 'x', 'credentials-rejected', undefined, 'ACCESS_TOKEN_EXPIRED'),
  told(403, 'PERMISSION_DENIED', 'x', 'credentials-rejected', undefined, 'ACCESS_TOKEN_SCOPE_INSUFFICIENT'),
  told(403, 'PERMISSION_DENIED', 'API has not been used in project 1', 'credentials-rejected'),
  told(403, 'PERMISSION_DENIED', 'The request is missing a valid API key.', 'credentials-rejected'),
  told(403, undefined, 'The caller does not have permission', 'request-rejected'),
  told(404, 'NOT_FOUND', 'Requested entity was not found.', 'resource-not-found'),
  told(409, 'ABORTED', 'The operation was aborted.', 'provider-unavailable'),
  told(409, 'ALREADY_EXISTS', 'x', 'request-rejected'),
  told(413, 'INVALID_ARGUMENT', 'Request payload size exceeds the limit', 'request-rejected'),
  told(429, 'RESOURCE_EXHAUSTED', 'x', 'quota-exceeded'),
  told(499, 'CANCELLED', 'x', 'provider-unavailable', 'outcome-unknown'),
  told(500, 'INTERNAL', 'Internal error encountered.', 'provider-unavailable', 'outcome-unknown'),
  told(500, undefined, 'Internal error encountered.', 'provider-unavailable', 'outcome-unknown'),
  told(501, 'UNIMPLEMENTED', 'x', 'answer-not-understood', 'outcome-unknown'),
  told(503, 'UNAVAILABLE', 'x', 'provider-unavailable', 'outcome-unknown'),
  told(504, 'DEADLINE_EXCEEDED', 'x', 'provider-unavailable', 'outcome-unknown'),
  ['400 in HTML', text(400, 'text/html', '<html>'), 'request-rejected', 'request-rejected'],
  ['401 in HTML', text(401, 'text/html', '<html>'), 'credentials-rejected', 'credentials-rejected'],
  ['403 in HTML', text(403, 'text/html', '<html>'), 'credentials-rejected', 'credentials-rejected'],
  ['404 in HTML', text(404, 'text/html', '<html>'), 'answer-not-understood', 'answer-not-understood'],
  ['429 in HTML', text(429, 'text/html', '<html>'), 'quota-exceeded', 'quota-exceeded'],
  ['a page', text(200, 'text/html', '<html>'), 'answer-not-understood', 'outcome-unknown'],
  ['half an answer', text(200, 'application/json', `{${BOTH}`), 'answer-not-understood', 'outcome-unknown'],
  ['nothing', text(200, 'application/json', ''), 'answer-not-understood', 'outcome-unknown'],
  ['null', text(200, 'application/json', 'null'), 'answer-not-understood', 'outcome-unknown'],
  ['a list', json(200, []), 'answer-not-understood', 'outcome-unknown'],
  ['plain text', text(200, 'text/plain', `{${BOTH}}`), 'answer-not-understood', 'outcome-unknown'],
  ['no content', text(204, '', ''), 'answer-not-understood', 'outcome-unknown'],
  ['no type', text(200, '', `{${BOTH}}`), 'ok', 'ok'],
  ['a byte order mark', text(200, 'application/json', `\ufeff{${BOTH}}`), 'ok', 'ok'],
];

describe('Google Sheets makes of', () => {
  let rig: SheetsRig;
  beforeEach(async () => (rig = await sheetsRig()));
  afterEach(() => rig.close());

  const spreadsheetId = '1abc';
  const read = () =>
    rig.sheets.read(rig.access(), {
      spreadsheetId,
      ranges: ['Sheet1!A1'],
      majorDimension: 'ROWS',
      valueRenderOption: 'UNFORMATTED_VALUE',
      dateTimeRenderOption: 'SERIAL_NUMBER',
    });
  const write = () =>
    rig.sheets.write(rig.access(), {
      spreadsheetId,
      valueInputOption: 'RAW',
      data: [{ range: 'Sheet1!A1', majorDimension: 'ROWS', values: [['x']] }],
    });

  for (const [what, reply, ofRead, ofWrite] of cases)
    it(`${what}: ${ofRead} of a read, ${ofWrite} of a write`, async () => {
      rig.answerWith(reply);
      const kinds = [await read(), await write()].map((outcome) =>
        isLeft(outcome) ? outcome.left.kind : 'ok',
      );
      expect(kinds).to.deep.equal([ofRead, ofWrite]);
    });

  it('cells what they are: errors, numbers of any size, signs beyond 16 bits, and gaps', async () => {
    const values = [
      ['#REF!', '#N/A', 1e300, 1e-7, true],
      [],
      ['', '🏠', 'e\u0301', '=1+1'],
      ['x'.repeat(50_000)],
      Array.from({ length: 1_000 }, (_, column) => column),
    ];
    rig.answerWith(json(200, { range: 'Sheet1!A1:ALL5', majorDimension: 'ROWS', values }));
    expect(answered(await read()).valueRanges[0]?.values).to.deep.equal(values);
  });
});
