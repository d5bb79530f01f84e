import { createPublicKey, verify } from 'node:crypto';
import type { ProviderAccess } from '../../src/domain/provider/provider-access.ts';
import type { Spreadsheet } from '../../src/domain/provider/spreadsheet.ts';
import { answerSizes } from '../../src/infrastructure/providers/google-sheets/answer-sizes.ts';
import { googleSheets } from '../../src/infrastructure/providers/google-sheets/google-sheets.ts';
import { providerHttp } from '../../src/infrastructure/providers/provider-http.ts';
import { outboundPolicy } from '../../src/infrastructure/security/outbound-policy.ts';
import { fixedClock, type FixedClock } from './fixed-clock.ts';
import { fixtureServer, json, type Exchange, type FixtureServer, type Reply } from './fixture-server.ts';
import { anAccess } from './provider-access.ts';
import { accountKeys, aServiceAccountKey } from './service-account.ts';
import { until } from './until.ts';

/** The real adapter with a loopback server that issues tokens and otherwise answers as the test sets. */
export type SheetsRig = {
  readonly server: FixtureServer;
  readonly clock: FixedClock;
  readonly sheets: Spreadsheet;
  readonly access: (change?: Partial<ProviderAccess>) => ProviderAccess;
  /** Reads one cell, for tests that are not about the content. */
  readonly read: (change?: Partial<ProviderAccess>) => ReturnType<Spreadsheet['read']>;
  readonly write: (change?: Partial<ProviderAccess>) => ReturnType<Spreadsheet['write']>;
  /** How the token endpoint answers; undefined: with a token, numbered from 1. */
  readonly answerTokensWith: (reply: Reply | undefined) => void;
  readonly answerWith: (reply: Reply) => void;
  readonly tokenCalls: () => readonly Exchange[];
  /** All requests except those for tokens. */
  readonly calls: () => readonly Exchange[];
  readonly close: () => Promise<void>;
};

/** The value that `write` writes: it must not appear in any failure. */
export const PLANTED = 'PLANTED-cell-value';
/** A valid answer to `read`. */
export const A_CELL = json(200, { range: 'Sheet1!A1', majorDimension: 'ROWS', values: [['a']] });
/** An error in Google's format. */
export const errorOf = (code: number, message: string, status = 'INVALID_ARGUMENT') => ({
  error: { code, message, status },
});

export const TOKEN_PATH = '/token';
export const tokenReply = (token: string, seconds = 3_599): Reply =>
  json(200, { access_token: token, expires_in: seconds, token_type: 'Bearer' });

type Settings = {
  readonly allowPrivate?: boolean;
  readonly maxAnswerBytes?: number;
  /** For all answers together. */
  readonly mostAnswerBytes?: number;
};

const AMPLE = answerSizes(Number.POSITIVE_INFINITY);

export const sheetsRig = async ({
  allowPrivate = true,
  maxAnswerBytes = AMPLE.one,
  mostAnswerBytes = AMPLE.all,
}: Settings = {}): Promise<SheetsRig> => {
  let tokens: Reply | undefined;
  let reply: Reply = json(500, {});
  let given = 0;
  const server = await fixtureServer((response, exchange) => {
    if (exchange.path !== TOKEN_PATH) return reply(response, exchange);
    if (tokens !== undefined) return tokens(response, exchange);
    given += 1;
    tokenReply(`token-${given}`)(response, exchange);
  });
  const clock = fixedClock();
  const guard = outboundPolicy({ allowPrivate });
  const http = providerHttp({ guard, clock, version: 'test', maxAnswerBytes });
  const isToken = ({ path }: Exchange): boolean => path === TOKEN_PATH;
  const sheets = googleSheets({
    http,
    clock,
    sleep: clock.sleep,
    mostAnswerBytes,
  });
  const access = (change: Partial<ProviderAccess> = {}): ProviderAccess =>
    anAccess({
      apiKey: undefined,
      baseUrl: server.origin,
      credentials: aServiceAccountKey(),
      config: { token_url: `${server.origin}${TOKEN_PATH}` },
      ...change,
    });
  return {
    server,
    clock,
    sheets,
    access,
    read: (change) =>
      sheets.read(access(change), {
        spreadsheetId: '1abc',
        ranges: ['Sheet1!A1'],
        majorDimension: 'ROWS',
        valueRenderOption: 'UNFORMATTED_VALUE',
        dateTimeRenderOption: 'SERIAL_NUMBER',
      }),
    write: (change) =>
      sheets.write(access(change), {
        spreadsheetId: '1abc',
        valueInputOption: 'RAW',
        data: [{ range: 'Sheet1!A1', majorDimension: 'ROWS', values: [[PLANTED]] }],
      }),
    answerTokensWith: (next) => (tokens = next),
    answerWith: (next) => (reply = next),
    tokenCalls: () => server.received.filter(isToken),
    calls: () => server.received.filter((exchange) => !isToken(exchange)),
    close: async () => {
      http.close();
      await server.close();
    },
  };
};

export type Assertion = { readonly header: unknown; readonly claims: unknown; readonly signed: boolean };

/** The claims of a token request, and whether it was signed with the account's key. */
export const assertionIn = ({ body }: Exchange): Assertion => {
  const [header = '', claims = '', signature = ''] = (new URLSearchParams(body).get('assertion') ?? '').split(
    '.',
  );
  const decoded = (part: string): unknown => JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
  return {
    header: decoded(header),
    claims: decoded(claims),
    signed: verify(
      'RSA-SHA256',
      Buffer.from(`${header}.${claims}`),
      createPublicKey(accountKeys().privateKey),
      Buffer.from(signature, 'base64url'),
    ),
  };
};

/** The outcome of an operation that sleeps: the clock advances whenever it does. */
export const withPauses = async <T>({ clock }: Pick<SheetsRig, 'clock'>, outcome: Promise<T>): Promise<T> => {
  let isOver = false;
  const over = outcome.finally(() => (isOver = true));
  const pass = async (): Promise<boolean> => {
    if (clock.pending() > 0) clock.advance(1_000);
    return isOver;
  };
  await Promise.all([over, until(pass, Boolean)]);
  return over;
};
