import { sign } from 'node:crypto';

import type { Sandbox } from '../../../../sandbox/sandbox.ts';
import type { AccountOptions, ServiceAccountKey } from '../../../../sandbox/sheets/accounts.ts';
import type { SpreadsheetOptions } from '../../../../sandbox/sheets/drive.ts';

export const scope = 'https://www.googleapis.com/auth/spreadsheets';
const audience = 'https://oauth2.googleapis.com/token';

export type Claims = Readonly<Record<string, unknown>>;

const encoded = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** A signed assertion; `claims` replace those of a good one. */
export const assertionOf = (
  { client_email: iss, private_key: key }: ServiceAccountKey,
  claims: Claims = {},
  nowMs = Date.now(),
): string => {
  const iat = Math.floor(nowMs / 1_000);
  const content = encoded({ iss, scope, aud: audience, iat, exp: iat + 3_600, ...claims });
  const signed = `${encoded({ alg: 'RS256', typ: 'JWT' })}.${content}`;
  return `${signed}.${sign('RSA-SHA256', Buffer.from(signed), key).toString('base64url')}`;
};

export const askToken = (sandbox: Sandbox, assertion: string): Promise<Response> =>
  fetch(sandbox.tokenUrl, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
      assertion,
    }),
  });

export const tokenFor = async (
  sandbox: Sandbox,
  account: AccountOptions = {},
  claims: Claims = {},
): Promise<string> => {
  const response = await askToken(sandbox, assertionOf(sandbox.sheets.serviceAccount(account), claims));
  const { access_token: token } = (await response.json()) as { access_token: string };
  return token;
};

export type Asked = {
  readonly method: string;
  readonly path: string;
  readonly query?: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: unknown;
};

export type Told = {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** What the text is as JSON, or undefined. */
  readonly body: unknown;
};

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/** One call over the socket; without a token for a caller without credentials. */
export const ask = async (sandbox: Sandbox, token: string | undefined, asked: Asked): Promise<Told> => {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(asked.query ?? {})) {
    for (const one of typeof value === 'string' ? [value] : value) query.append(name, one);
  }
  const path = asked.path.split('/').map(encodeURIComponent).join('/').replaceAll('%3A', ':');
  const response = await fetch(
    `${sandbox.sheetsBaseUrl}${path}${query.size > 0 ? `?${query.toString()}` : ''}`,
    {
      method: asked.method,
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        'content-type': 'application/json',
      },
      body: asked.body === undefined ? null : JSON.stringify(asked.body),
    },
  );
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, body: parsed(text) };
};

/** A spreadsheet with calls on it by one account that may write in it. */
export type Book = {
  readonly id: string;
  readonly token: string;
  readonly get: (range: string, query?: Asked['query']) => Promise<Told>;
  readonly put: (range: string, values: unknown, query?: Asked['query']) => Promise<Told>;
  readonly append: (range: string, values: unknown, query?: Asked['query']) => Promise<Told>;
  /** `rest` follows the id: `:batchUpdate`, `/values:batchClear`. */
  readonly post: (rest: string, body: unknown) => Promise<Told>;
};

export const aBook = async (sandbox: Sandbox, options: SpreadsheetOptions = {}): Promise<Book> => {
  const token = await tokenFor(sandbox);
  const id = sandbox.sheets.addSpreadsheet(options);
  const base = `/v4/spreadsheets/${id}`;
  const raw = { valueInputOption: 'RAW' };
  return {
    id,
    token,
    get: (range, query = {}) =>
      ask(sandbox, token, { method: 'GET', path: `${base}/values/${range}`, query }),
    put: (range, values, query = {}) =>
      ask(sandbox, token, {
        method: 'PUT',
        path: `${base}/values/${range}`,
        query: { ...raw, ...query },
        body: { values },
      }),
    append: (range, values, query = {}) =>
      ask(sandbox, token, {
        method: 'POST',
        path: `${base}/values/${range}:append`,
        query: { ...raw, ...query },
        body: { values },
      }),
    post: (rest, body) => ask(sandbox, token, { method: 'POST', path: `${base}${rest}`, body }),
  };
};
