import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect } from 'chai';
import { isRight } from '../../../../src/domain/shared/fp.ts';
import { schemaWriter } from '../../../../src/interfaces/http/openapi/schema-of.ts';
import { writeCommand } from '../../../../src/interfaces/wire/codecs/sheets-write-codecs.ts';

describe('the schema of cells', () => {
  const { schemaOf, components } = schemaWriter();
  schemaOf(writeCommand);
  const fits = new Ajv2020({ strict: false }).compile(components()['SheetsWrite'] as object);

  const asked = { spreadsheet_id: '1'.repeat(44), range: 'A1', value_input_option: 'USER_ENTERED' };
  const both = (change: object): readonly [described: boolean, taken: boolean] => {
    const body = { ...asked, values: [['x']], ...change };
    return [fits(body), isRight(writeCommand.decode(body))];
  };
  const cell = (value: unknown): object => ({ values: [[value]] });

  const taken: readonly (readonly [what: string, body: object])[] = [
    ['a text', cell('x')],
    ['a text of 50,000 characters', cell('x'.repeat(50_000))],
    ['a text of 50,000 characters outside the basic plane', cell('🏠'.repeat(50_000))],
    ['the largest number', cell(Number.MAX_SAFE_INTEGER)],
    ['a fraction', cell(-0.5)],
    ['true', cell(true)],
    ['null', cell(null)],
    ['a formula', cell({ formula: '=A1' })],
    ['a day', cell({ date: '2026-01-31' })],
    ['a time', cell({ date: '2026-01-31T09:30:00.125' })],
    ['several rows', { values: [[1], [2]] }],
    ['a range of 1,000 characters outside the basic plane', { ...cell(1), range: '🏠'.repeat(1000) }],
  ];
  for (const [what, body] of taken)
    it(`takes ${what}, as the service does`, () => expect(both(body)).to.deep.equal([true, true]));

  const refused: readonly (readonly [what: string, body: object])[] = [
    ['a text of 50,001 characters', cell('x'.repeat(50_001))],
    ['a text of 50,001 characters outside the basic plane', cell('🏠'.repeat(50_001))],
    ['a number that JSON has no digits for', cell(2 ** 53)],
    ['a negative one', cell(-(2 ** 53))],
    ['a list', cell([])],
    ['an object', cell({})],
    ['a formula that begins otherwise', cell({ formula: 'A1' })],
    ['a formula beside something else', cell({ formula: '=A1', date: '2026-01-31' })],
    ['a formula that is too long', cell({ formula: `=${'1'.repeat(50_000)}` })],
    ['a day as people write it', cell({ date: '31.01.2026' })],
    ['a time with a zone', cell({ date: '2026-01-31T09:30:00Z' })],
    ['a day beside something else', cell({ date: '2026-01-31', format: 'x' })],
    ['no rows', { values: [] }],
    ['an empty row', { values: [[]] }],
    ['an empty row below another', { values: [[1], []] }],
    ['a cell for a row', { values: [1] }],
    ['no range', { range: '' }],
    ['a range of 1,001 characters', { range: `'${'x'.repeat(999)}'` }],
    ['an address for an id', { spreadsheet_id: 'https://docs.google.com/spreadsheets/d/1/edit' }],
  ];
  for (const [what, body] of refused)
    it(`refuses ${what}, as the service does`, () => expect(both(body)).to.deep.equal([false, false]));
});
