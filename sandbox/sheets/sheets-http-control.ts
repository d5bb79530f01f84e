import { flag, listOf, oneOf, shaped, unfit, type Check, type Checks } from '../checks.ts';
import { parseJson } from '../routes-request.ts';
import { isRecord, type Call } from '../stand-in.ts';
import type { AccountOptions } from './accounts.ts';
import { fileKinds, roles, type Role, type SpreadsheetOptions } from './drive.ts';
import { Refusal } from './refusal.ts';
import { readSheetsPatch } from './sheets-control.ts';
import type { SheetsStandIn } from './sheets-service.ts';
import { inputOptions } from './values-in.ts';
import { renderOptions } from './values-out.ts';

type Reply = { readonly status: number; readonly value: unknown };

const bodyOf = ({ body }: Call): Readonly<Record<string, unknown>> => {
  const parsed = parseJson(body);
  if (!isRecord(parsed)) throw new TypeError('a JSON object is expected');
  return parsed;
};

const check = (body: Readonly<Record<string, unknown>>, types: Checks): void => {
  const wrong = unfit(types, body);
  if (wrong.length > 0) throw new TypeError(`unknown or invalid: ${wrong.join(', ')}`);
};

const isText = (value: unknown): boolean => typeof value === 'string';
const isFlag = (value: unknown): boolean => typeof value === 'boolean';

const readAccount = (call: Call): AccountOptions => {
  const body = bodyOf(call);
  const [flags, texts] = [
    ['api_enabled', 'deleted', 'new_key'],
    ['client_email', 'project_id', 'project_number'],
  ];
  check(
    body,
    Object.fromEntries([...flags.map((name) => [name, isFlag]), ...texts.map((name) => [name, isText])]),
  );
  return body;
};

const isIntegerFrom =
  (least: number): Check =>
  (value) =>
    Number.isInteger(value) && Number(value) >= least;
const isCell: Check = (value) => value === null || ['string', 'number', 'boolean'].includes(typeof value);

const isSheet = shaped(
  {
    title: isText,
    sheet_id: isIntegerFrom(0),
    rows: isIntegerFrom(1),
    columns: isIntegerFrom(1),
    values: listOf(listOf(isCell)),
    input: oneOf(inputOptions),
    protected: listOf(isText),
    hidden: flag,
  },
  ['title'],
);
const isNamedRange = shaped({ name: isText, range: isText }, ['name', 'range']);

const readSpreadsheet = (call: Call): SpreadsheetOptions => {
  const body = bodyOf(call);
  check(body, {
    spreadsheet_id: isText,
    title: isText,
    sheets: (value) => listOf(isSheet)(value) && Array.isArray(value) && value.length > 0,
    named_ranges: listOf(isNamedRange),
    shared_with: listOf(isText),
    kind: oneOf(fileKinds),
  });
  return body;
};

const share = (sheets: SheetsStandIn, call: Call): Reply => {
  const body = bodyOf(call);
  const isRole = (value: unknown): value is Role => roles.some((role) => role === value);
  check(body, { spreadsheet_id: isText, client_email: isText, role: isRole });
  const role = body['role'];
  sheets.share(String(body['spreadsheet_id']), String(body['client_email']), isRole(role) ? role : 'writer');
  return { status: 200, value: {} };
};

const rows = (sheets: SheetsStandIn, { query }: Call): Reply => {
  const render = renderOptions.find((option) => option === query.get('render'));
  const title = query.get('sheet') ?? undefined;
  return { status: 200, value: { rows: sheets.rows(query.get('spreadsheet_id') ?? '', title, render) } };
};

const routes: Readonly<Record<string, (sheets: SheetsStandIn, call: Call) => Reply>> = {
  'GET ': (sheets) => ({ status: 200, value: sheets.state() }),
  'POST ': (sheets, call) => {
    sheets.control(readSheetsPatch(parseJson(call.body)));
    return { status: 200, value: sheets.state() };
  },
  'POST /accounts': (sheets, call) => ({ status: 200, value: sheets.serviceAccount(readAccount(call)) }),
  'POST /spreadsheets': (sheets, call) => ({
    status: 200,
    value: { spreadsheet_id: sheets.addSpreadsheet(readSpreadsheet(call)) },
  }),
  'POST /sharing': share,
  'GET /rows': rows,
  'GET /requests': (sheets) => ({ status: 200, value: sheets.lastRequests() }),
};

/** `/__control/sheets` and what is below it; `path` is the rest. */
export const serveSheetsControl = (sheets: SheetsStandIn, call: Call, path: string): Reply => {
  const route = routes[`${call.method} ${path}`];
  if (!route) return { status: 404, value: { problem: 'no such control' } };
  try {
    return route(sheets, call);
  } catch (error) {
    if (!(error instanceof TypeError || error instanceof Refusal)) throw error;
    return { status: 400, value: { problem: error.message } };
  }
};
