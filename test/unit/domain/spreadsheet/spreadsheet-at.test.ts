import { expect } from 'chai';
import { spreadsheetAt } from '../../../../src/domain/spreadsheet/spreadsheet-at.ts';

describe('the name of a spreadsheet at its provider', () => {
  const named = (baseUrl: string | undefined): string => spreadsheetAt(baseUrl, 'sheet');

  it('is its id at Google, however that is addressed', () => {
    for (const baseUrl of [
      undefined,
      'https://sheets.googleapis.com',
      'https://sheets.googleapis.com./',
      'https://SHEETS.googleapis.com:443/v4',
      'https://sheets-ours.p.googleapis.com',
    ])
      expect(named(baseUrl), baseUrl).to.equal('sheet');
  });

  it('is another one at every other origin, and the same for all paths of one', () => {
    const bases = ['https://a.example', 'http://a.example', 'https://a.example:8443', 'https://b.example'];
    const names = bases.map(named);
    expect(new Set([...names, 'sheet']).size).to.equal(5);
    expect(named('https://A.example:443/path')).to.equal(names[0]);
    expect(named('https://notgoogleapis.com')).to.not.equal('sheet');
    expect(named('https://googleapis.com.example')).to.not.equal('sheet');
  });

  it('cannot be made to look like that of another id', () => {
    expect(spreadsheetAt('https://a.example', 'one')).to.match(/^one https:/);
  });
});
