import type { Sandbox } from '../../sandbox/sandbox.ts';
import type { Answer, ApiClient } from './api-client.ts';
import { registered } from './gateway.ts';
import type { Meta } from './wire.ts';

export type Cells = {
  readonly data: {
    readonly range: string;
    readonly major_dimension: string;
    readonly values: readonly (readonly unknown[])[];
  };
  readonly meta: Meta;
};
export type Sheet = {
  readonly title: string;
  readonly values?: readonly (readonly (string | number | boolean)[])[];
};

/** A spreadsheet in the sandbox, shared with the account of a newly registered service. */
export const aSpreadsheet = (
  sandbox: Sandbox,
  clientEmail: string,
  sheets: readonly Sheet[] = [{ title: 'Sheet1' }],
): string => sandbox.sheets.addSpreadsheet({ sheets, shared_with: [clientEmail] });

/** The number of requests that Google Sheets and its token endpoint have received so far. */
export const sheetsCalls = ({ sheets }: Sandbox): number =>
  Object.values(sheets.state().counters.calls).reduce((sum, count) => sum + count, 0);

const UNLIMITED_ACCOUNT = {
  account_reads_per_minute: 1_000_000,
  account_writes_per_minute: 1_000_000,
  project_reads_per_minute: 1_000_000,
  project_writes_per_minute: 1_000_000,
} as const;

/** Registers Google Sheets at the sandbox. Resolves with the e-mail address of its service account. */
export const registerSheets = async (
  api: ApiClient,
  sandbox: Sandbox,
  change: object = {},
  account: Parameters<Sandbox['sheets']['serviceAccount']>[0] = {},
): Promise<string> => {
  const key = sandbox.sheets.serviceAccount(account);
  await registered(api, {
    service_name: 'google_sheets',
    service_type: 'spreadsheet',
    base_url: sandbox.sheetsBaseUrl,
    credentials: key,
    config: { token_url: sandbox.tokenUrl },
    ...change,
  });
  return key.client_email;
};

/** Likewise, with no effective limits on our side or in the sandbox. */
export const registerUnlimitedSheets = (
  api: ApiClient,
  sandbox: Sandbox,
  { config = {}, ...change }: { readonly config?: object; readonly base_url?: string } = {},
): Promise<string> => {
  sandbox.sheets.control({ quota: null });
  const settings = { token_url: sandbox.tokenUrl, ...UNLIMITED_ACCOUNT, ...config };
  return registerSheets(api, sandbox, { ...change, config: settings });
};

export const valuesPath = (spreadsheetId: string, range: string): string =>
  `/sheets/${spreadsheetId}/values/${encodeURIComponent(range)}`;

export const readCells = (
  api: ApiClient,
  spreadsheetId: string,
  range: string,
  query = '',
): Promise<Answer<Cells>> => api.get<Cells>(`${valuesPath(spreadsheetId, range)}${query}`);

export type Updated = {
  readonly updated_range: string;
  readonly updated_rows: number;
  readonly updated_columns: number;
  readonly updated_cells: number;
};
export type Appended = { readonly data: { readonly table_range: string | null; readonly updates: Updated } };

export const writeCells = (
  api: ApiClient,
  spreadsheetId: string,
  range: string,
  body: object,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer<{ readonly data: Updated; readonly meta: Meta }>> =>
  api.ask('PUT', valuesPath(spreadsheetId, range), { body, headers });

export const appendRows = (
  api: ApiClient,
  spreadsheetId: string,
  range: string,
  body: object,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer<Appended>> => api.post(`${valuesPath(spreadsheetId, range)}/append`, body, headers);

export const keyed = (key: string): Readonly<Record<string, string>> => ({ 'idempotency-key': key });
