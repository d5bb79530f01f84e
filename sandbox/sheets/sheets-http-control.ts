import { parseJson } from '../routes-request.ts';
import { isRecord, type Call } from '../stand-in.ts';
import type { AccountOptions } from './accounts.ts';
import { fileKinds, roles, type Role, type SpreadsheetOptions } from './drive.ts';
import { Refusal } from './refusal.ts';
import { readSheetsPatch } from './sheets-control.ts';
import type { SheetsStandIn } from './sheets-service.ts';
import { renderOptions } from './values-out.ts';

type Reply = { readonly status: number; readonly value: unknown };

const bodyOf = ({ body }: Call): Readonly<Record<string, unknown>> => {
  const parsed = parseJson(body);
  if (!isRecord(parsed)) throw new TypeError('a JSON object is expected');
  return parsed;
};

const check = (
  body: Readonly<Record<string, unknown>>,
  types: Readonly<Record<string, (value: unknown) => boolean>>,
): void => {
  const wrong = Object.keys(body).filter((name) => !(types[name]?.(body[name]) ?? false));
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

const isSheet = (value: unknown): boolean => isRecord(value) && isText(value['title']);

const isNamedRange = (value: unknown): boolean =>
  isRecord(value) && isText(value['name']) && isText(value['range']);

const readSpreadsheet = (call: Call): SpreadsheetOptions => {
  const body = bodyOf(call);
  check(body, {
    spreadsheet_id: isText,
    title: isText,
    sheets: (value) => Array.isArray(value) && value.length > 0 && value.every(isSheet),
    named_ranges: (value) => Array.isArray(value) && value.every(isNamedRange),
    shared_with: (value) => Array.isArray(value) && value.every(isText),
    kind: (value) => fileKinds.some((kind) => kind === value),
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
