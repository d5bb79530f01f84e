import { expect } from 'chai';
import { json, text, type Reply } from '../../../support/fixture-server.ts';
import { refused } from '../../../support/provider-access.ts';
import { ACCOUNT_EMAIL } from '../../../support/service-account.ts';
import { A_CELL, errorOf, PLANTED, sheetsRig, type SheetsRig } from '../../../support/sheets-rig.ts';

describe('Google Sheets', () => {
  let rig: SheetsRig;
  beforeEach(async () => {
    rig = await sheetsRig();
    rig.answerWith(A_CELL);
  });
  afterEach(() => rig.close());

  for (const [words, reply] of [
    ['says the values back', json(400, errorOf(400, `Invalid value at 'data.values', "${PLANTED}"`))],
    ['says them back cut short', json(400, errorOf(400, `Invalid value, "${PLANTED}`))],
    ['shows them in a page', text(503, 'text/html', `<html>${PLANTED}</html>`)],
    ['shows them in other JSON', json(200, { [PLANTED]: PLANTED })],
  ] satisfies readonly (readonly [string, Reply])[])
    it(`keeps cell values out of its failures when the provider ${words}`, async () => {
      rig.answerWith(reply);
      expect(JSON.stringify(refused(await rig.write()))).to.not.contain('PLANTED');
    });

  for (const error of [
    { code: 403, message: 'Quota', errors: [{ domain: 'usageLimits', reason: 'userRateLimitExceeded' }] },
    {
      code: 403,
      message: 'Quota',
      status: 'PERMISSION_DENIED',
      details: [{ reason: 'RATE_LIMIT_EXCEEDED' }],
    },
    { code: 403, status: 'PERMISSION_DENIED', message: "Quota exceeded for quota metric 'Read requests'" },
    { code: 403, message: 'User Rate Limit Exceeded' },
    { code: 403, message: 'Daily Limit Exceeded. The quota will be reset at midnight Pacific Time (PT).' },
  ])
    it(`recognises a quota refusal with status 403: ${error.message}, ${Object.keys(error).at(-1)}`, async () => {
      rig.answerWith(json(403, { error }));
      expect(refused(await rig.read()).kind).to.equal('quota-exceeded');
    });

  for (const [reason, kind] of [
    ['SERVICE_DISABLED', 'credentials-rejected'],
    ['USER_PROJECT_DENIED', 'credentials-rejected'],
    ['GCP_SUSPENDED', 'credentials-rejected'],
    ['accessNotConfigured', 'credentials-rejected'],
    ['forbidden', 'request-rejected'],
    ['IAM_PERMISSION_DENIED', 'request-rejected'],
  ] as const)
    it(`tells a refusal of the account from a spreadsheet that is not shared: ${reason}`, async () => {
      const message = 'The caller does not have permission';
      const error = { code: 403, message, status: 'PERMISSION_DENIED', details: [{ reason }] };
      rig.answerWith(json(403, { error }));
      const refusal = refused(await rig.read());
      expect(refusal.kind).to.equal(kind);
      expect(refusal.message).to.contain(ACCOUNT_EMAIL);
    });

  for (const [code, status, message, kind] of [
    [403, 'PERMISSION_DENIED', 'The caller does not have permission', 'request-rejected'],
    [404, 'NOT_FOUND', 'Requested entity was not found.', 'resource-not-found'],
  ] as const)
    it(`reads ${status} whatever is wrong with the fields beside it`, async () => {
      for (const change of [
        { code: String(code) },
        { code: null, details: null, errors: null },
        { details: {}, errors: 'none' },
        { status: null },
        { status: 7 },
        { message: null },
      ]) {
        rig.answerWith(json(code, { error: { code, message, status, ...change } }));
        expect(refused(await rig.read()).kind, JSON.stringify(change)).to.equal(kind);
      }
    });

  it('says that who may only read a spreadsheet needs more to write there', async () => {
    rig.answerWith(json(403, errorOf(403, 'The caller does not have permission', 'PERMISSION_DENIED')));
    expect(refused(await rig.write()).message).to.contain(`${ACCOUNT_EMAIL}, who has to be an editor there`);
    expect(refused(await rig.read()).message).to.not.contain('editor');
  });

  for (const error of [
    errorOf(400, 'This operation is not supported for this document', 'FAILED_PRECONDITION').error,
    errorOf(400, 'Precondition check failed.', 'FAILED_PRECONDITION').error,
    { code: 400, message: 'Bad Request', errors: [{ domain: 'global', reason: 'failedPrecondition' }] },
  ])
    it(`says what to do with an Excel file, whatever Google's wording: ${error.message}`, async () => {
      rig.answerWith(json(400, { error }));
      const refusal = refused(await rig.read());
      expect(refusal.kind).to.equal('request-rejected');
      expect(refusal.message).to.contain('convert to Google Sheets');
    });

  for (const [code, status, message, ...isOf] of [
    [403, 'PERMISSION_DENIED', 'The caller does not have permission', 'isOfPlace', 'isOfAccount'],
    [400, 'FAILED_PRECONDITION', 'This operation is not supported for this document', 'isOfPlace'],
    [400, 'INVALID_ARGUMENT', 'Unable to parse range: Sheet2!A1', 'isOfPlace'],
    [400, 'INVALID_ARGUMENT', 'You are trying to edit a protected cell or object.', 'isOfColumns'],
    [400, 'INVALID_ARGUMENT', 'This action would increase the number of cells above the limit of 10000000 cells.', 'isOfSize'], // prettier-ignore
    [400, 'INVALID_ARGUMENT', 'Your input contains more than the maximum of 50000 characters.'],
  ] as const)
    it(`tells what is wrong with the place from what may be wrong with the cells: ${message}`, async () => {
      rig.answerWith(json(code, errorOf(code, message, status)));
      const refusal = refused(await rig.write());
      expect(refusal.kind).to.equal('request-rejected');
      expect(Object.keys(refusal).filter((name) => name.startsWith('is'))).to.deep.equal(isOf);
    });
});
