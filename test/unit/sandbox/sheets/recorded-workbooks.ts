import type { Sandbox } from '../../../../sandbox/sandbox.ts';
import type { SheetOptions, SpreadsheetOptions } from '../../../../sandbox/sheets/drive.ts';
import type { Scalar } from '../../../../sandbox/sheets/values-in.ts';
import { ask, tokenFor, type Asked } from './sheets-rig.ts';

type Values = readonly (readonly (Scalar | null)[])[];

/** Who asks, and the state of the workbook before a recorded exchange. */
export type Stage = {
  readonly workbook?: SpreadsheetOptions;
  /** Of another request than the file spells. */
  readonly asked?: Partial<Asked>;
  readonly prepare?: (sandbox: Sandbox, id: string) => Promise<void> | void;
  readonly anonymous?: true;
};

const drive = 'sandbox@example.test';

const sheet1 = (values: Values, more: Partial<SheetOptions> = {}): Stage => ({
  workbook: { sheets: [{ title: 'Sheet1', values, ...more }] },
});

const entered: Values = [
  ['=4/2', '2020-01-01', 'string', '53'],
  ['=3/2', '0.12', '1999-01-02'],
];
const four: Values = [['A1', 'B1', null, 'D1'], [null, 'b2'], [], ['A4', 'B4', null, 'D4']];

const spend = (calls: number, limits: Readonly<Record<string, number>>): Stage => ({
  prepare: async (sandbox, id) => {
    sandbox.sheets.control({ quota: limits });
    const token = await tokenFor(sandbox);
    const path = `/v4/spreadsheets/${id}/values/Sheet1!A1`;
    const query = { valueInputOption: 'RAW' };
    for (let call = 0; call < calls; call += 1) {
      await ask(sandbox, token, { method: 'PUT', path, query, body: { values: [['x']] } });
    }
  },
});

const replayed = {
  requests: [
    {
      appendCells: {
        sheetId: 88,
        rows: [{ values: [{ userEnteredValue: { stringValue: 'once' } }] }],
        fields: 'userEnteredValue',
      },
    },
    {
      createDeveloperMetadata: {
        developerMetadata: {
          metadataId: 918273645,
          metadataKey: 'operation',
          metadataValue: 'k-1',
          location: { spreadsheet: true },
          visibility: 'PROJECT',
        },
      },
    },
  ],
};

/** By the id of the case; a case that needs nothing but the usual workbook is not here. */
export const stages: Readonly<Record<string, Stage>> = {
  'values.get/rectangle-ragged': sheet1([
    ['1'],
    [null, null, 'title'],
    [null, null, '2'],
    ['num', 'val', null, '0'],
  ]),
  'values.get/empty-row-inside': sheet1([
    ['A1', 'B1', null, 'D1'],
    [null, 'b2'],
    [],
    ['A4', 'B4', null, 'd4'],
  ]),
  'values.get/whole-sheet': sheet1([[null, 'Dummy']]),
  'values.get/cyrillic-one-word': {
    workbook: { sheets: [{ title: 'Заявки', values: [['id', 'адрес']] }] },
  },
  'values.get/columns': {
    ...sheet1([
      ['a1', null, 'c1'],
      ['a2', null, null],
      [null, null, 'c3'],
    ]),
    // The file asks for A1:B3 and answers for A1:C3: the answer is the one with three columns in it.
    asked: { path: '/v4/spreadsheets/1SANDBOXaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/values/Sheet1!A1:C3' },
  },
  'values.get/formatted': sheet1(entered, { input: 'USER_ENTERED' }),
  'values.get/formula': sheet1(entered, { input: 'USER_ENTERED' }),
  'values.batchGet/two': sheet1(four),
  'values.batchGet/one-empty': sheet1([['x']]),
  'values.append/second-row': sheet1([Array<string>(10).fill('h')]),
  'values.append/DRIFT': sheet1([['v1', null, 'v3']]),
  'values.append/DRIFT-cured': sheet1([['v1', null, 'v3']]),
  'values.append/insert-rows': {
    workbook: { sheets: [{ title: 'Лист 2', values: Array<string[]>(5).fill(['a', 'b', 'c']) }] },
  },
  'spreadsheets.batchUpdate/duplicate-sheet': {
    workbook: { sheets: [{ title: 'Sheet1' }, { title: 'Архив' }] },
  },
  'spreadsheets.batchUpdate/appendCells-replayed': {
    asked: { body: replayed },
    prepare: async (sandbox, id) => {
      const path = `/v4/spreadsheets/${id}:batchUpdate`;
      await ask(sandbox, await tokenFor(sandbox), { method: 'POST', path, body: replayed });
    },
  },
  'error/429-write-user': spend(2, { writes_per_account: 2 }),
  'error/429-write-project': spend(3, { writes_per_project: 3 }),
  'error/403-no-credentials': { anonymous: true },
  'error/403-not-shared': { workbook: { shared_with: [drive] } },
  'error/400-office-file': { workbook: { kind: 'office' } },
  'error/502-html': {
    prepare: ({ sheets }) => sheets.control({ fail_next: { count: 1, mode: '502' } }),
  },
  'error/legacy-errors-array': {
    workbook: { shared_with: [drive] },
    prepare: ({ sheets }) => sheets.control({ legacy_errors: true }),
  },
};

/** The workbook the file says is used unless said otherwise. */
export const usualWorkbook: SpreadsheetOptions = {
  sheets: [
    { title: 'Заявки', sheet_id: 0 },
    { title: 'Лист 2', sheet_id: 77 },
    { title: 'Sheet1', sheet_id: 88 },
  ],
};
