import type { Service } from './service.ts';

/** Google Sheets at the sandbox, as a provider of the measured service. */
export type SheetsSandbox = {
  /** Resolves with its id. Every account may use it. */
  readonly addSpreadsheet: (values: readonly (readonly unknown[])[]) => Promise<string>;
  /** Switches the service to an account with unused quotas. Resolves with its e-mail address. */
  readonly useFreshAccount: () => Promise<string>;
  readonly rowsOf: (spreadsheetId: string) => Promise<readonly (readonly unknown[])[]>;
  readonly countersOf: (email: string) => Promise<{
    readonly writes: number;
    readonly mostInAMinute: number;
    readonly refused: number;
  }>;
};

type Key = { readonly client_email: string };
type Counters = {
  readonly counters: {
    readonly accounts: {
      readonly [email: string]: {
        readonly writes: number;
        readonly max_writes_per_minute: number;
        readonly refused_by_quota: number;
      };
    };
  };
};
type Headers = Readonly<Record<string, string>>;

/** Reads are limited on neither side: the cache is measured, and how writes keep to their quota. */
const CONFIG = { account_reads_per_minute: 1_000_000, project_reads_per_minute: 1_000_000 };
const QUOTA = { reads_per_project: null, reads_per_account: null };

export const sheetsSandbox = async (
  providerPort: number,
  { port, administrator }: Service,
  latencyMs: number,
): Promise<SheetsSandbox> => {
  const origin = `http://127.0.0.1:${providerPort}`;
  const control = `${origin}/__control/sheets`;
  let accounts = 0;
  const newKey = (): Promise<Key> => {
    accounts += 1;
    const account = {
      client_email: `bench-${accounts}@bench-${accounts}.iam.gserviceaccount.com`,
      project_id: `bench-${accounts}`,
    };
    return asked<Key>('POST', `${control}/accounts`, account);
  };
  await asked('POST', control, { latency_ms: latencyMs, quota: QUOTA });
  const services = `http://127.0.0.1:${port}/services`;
  const body = {
    service_type: 'spreadsheet',
    service_name: 'google_sheets',
    base_url: origin,
    credentials: await newKey(),
    config: { token_url: `${origin}/token`, ...CONFIG },
  };
  const { data } = await asked<{ data: { id: string } }>('POST', services, body, administrator);
  const service = `${services}/${data.id}`;
  const etagOf = async (url: string): Promise<string> =>
    (await fetch(url, { headers: administrator })).headers.get('etag') ?? '';
  return {
    addSpreadsheet: async (values) => {
      const file = { sheets: [{ title: 'Sheet1', values }] };
      return (await asked<{ spreadsheet_id: string }>('POST', `${control}/spreadsheets`, file))
        .spreadsheet_id;
    },
    useFreshAccount: async () => {
      const credentials = await newKey();
      await asked('PATCH', service, { credentials }, { ...administrator, 'If-Match': await etagOf(service) });
      return credentials.client_email;
    },
    rowsOf: async (id) => {
      const query = new URLSearchParams({ spreadsheet_id: id, sheet: 'Sheet1' });
      return (await asked<{ rows: readonly unknown[][] }>('GET', `${control}/rows?${query.toString()}`)).rows;
    },
    countersOf: async (email) => {
      const account = (await asked<Counters>('GET', control)).counters.accounts[email];
      if (account === undefined) throw new Error('the account was not used');
      const { writes, max_writes_per_minute: mostInAMinute, refused_by_quota: refused } = account;
      return { writes, mostInAMinute, refused };
    },
  };
};

const asked = async <Answer>(
  method: string,
  url: string,
  body?: object,
  headers: Headers = {},
): Promise<Answer> => {
  const answer = await fetch(url, {
    method,
    headers: { ...headers, 'Content-Type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${url}: ${answer.status} ${text}`);
  return JSON.parse(text) as Answer;
};
