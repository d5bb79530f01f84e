import { expect } from 'chai';
import { isSpreadsheetId } from '../../../../src/domain/spreadsheet/spreadsheet-id.ts';

describe('isSpreadsheetId', () => {
  it('accepts letters, digits, "-" and "_"', () => {
    expect(isSpreadsheetId('1SANDBOX-aaa_Z9')).to.equal(true);
    expect(isSpreadsheetId('a'.repeat(200))).to.equal(true);
  });

  const refused = [
    '',
    'a'.repeat(201),
    'https://docs.google.com/spreadsheets/d/1abc/edit',
    '1abc/edit',
    '..',
    '1abc:batchUpdate',
    '1abc?x=1',
    '1abc%2F',
    '1abc ',
    '1abc\n',
    '1абв',
  ];
  for (const text of refused) {
    it(`refuses ${text.length > 60 ? `${text.length} characters` : JSON.stringify(text)}`, () => {
      expect(isSpreadsheetId(text)).to.equal(false);
    });
  }
});
