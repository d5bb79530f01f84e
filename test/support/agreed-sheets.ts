import type { ProviderErrorKind } from '../../src/domain/provider/provider-error.ts';
import { byStatus, entriesOf, fieldsOf, isGood, jsonIn, REASONS } from './agreed-outcomes.ts';
import type { FixtureResponse } from './fixture-server.ts';

type Body = { readonly [name: string]: unknown };
export type SheetsCase = {
  readonly id: string;
  readonly request: {
    readonly method: string;
    readonly path: string;
    readonly query?: Readonly<Record<string, string | readonly string[]>>;
    readonly body?: Body;
  };
  readonly response: FixtureResponse & { readonly body?: Body };
};

/** The server may have done the work before it failed or gave up; any other error status means that it did not. */
const isUnclear = (status: number): boolean => status >= 500 || status === 408 || status === 499;

const ACCOUNT_REASONS = ['ACCESS_TOKEN_SCOPE_INSUFFICIENT', 'accessNotConfigured', 'insufficientPermissions'];

const reasonsIn = (error: Body): readonly string[] =>
  [...entriesOf(error['details']), ...entriesOf(error['errors'])].map((one) =>
    String(fieldsOf(one)['reason']),
  );

/** An account without permissions, or a spreadsheet that is not shared with it. */
const forbidden = (error: Body): ProviderErrorKind => {
  // The one recorded error without a reason; only its text distinguishes it from others.
  const isNobody = String(error['message']).includes('unregistered callers');
  return isNobody || reasonsIn(error).some((reason) => ACCOUNT_REASONS.includes(reason))
    ? 'credentials-rejected'
    : 'request-rejected';
};

const refusal = (httpStatus: number, error: Body): ProviderErrorKind => {
  const known = reasonsIn(error)
    .map((reason) => REASONS[reason])
    .find((kind) => kind !== undefined);
  if (known !== undefined) return known;
  if (httpStatus === 403) return forbidden(error);
  return httpStatus === 404 ? 'resource-not-found' : byStatus(httpStatus);
};

/** How the gateway classifies an answer, by the table of expected behaviour; undefined for a success. */
export const agreedSheetsFailure = ({ request, response }: SheetsCase): ProviderErrorKind | undefined => {
  const { httpStatus } = response;
  const isWrite = request.method !== 'GET';
  const json = jsonIn(response);
  const { error } = fieldsOf(json);
  if (isGood(response)) {
    if (json !== undefined && error === undefined) return undefined;
    return isWrite ? 'outcome-unknown' : 'answer-not-understood';
  }
  if (isWrite && isUnclear(httpStatus)) return 'outcome-unknown';
  return error === undefined ? byStatus(httpStatus) : refusal(httpStatus, fieldsOf(error));
};

type Range = { readonly values?: unknown };
const withValues = (range: Range) => ({ ...range, values: range.values ?? [] });
const withoutId = (update: Body): Body =>
  Object.fromEntries(
    Object.entries(update).filter(([name]) => !['spreadsheetId', 'updatedData'].includes(name)),
  );

const metadataIn = (body: Body): unknown => {
  const { title, locale, timeZone } = fieldsOf(body['properties']);
  const sheets = entriesOf(body['sheets']).map((sheet) => {
    const { gridProperties, hidden, sheetId, title: name } = fieldsOf(fieldsOf(sheet)['properties']);
    const { rowCount, columnCount } = fieldsOf(gridProperties);
    return { sheetId, title: name, rowCount, columnCount, ...(hidden === true ? { isHidden: true } : {}) };
  });
  return { spreadsheetId: body['spreadsheetId'], title, locale, timeZone, sheets };
};

/** The figures of the answer in the port's terms; the request determines the type of answer. */
export const agreedSheetsAnswer = ({ request, response: { body = {} } }: SheetsCase): unknown => {
  const asked = request.path.replace(/^\/v4\/spreadsheets\/[^/:]+/, '');
  if (asked === '') return metadataIn(body);
  if (asked === '/values:batchGet')
    return { valueRanges: (body['valueRanges'] as readonly Range[]).map(withValues) };
  if (asked === '/values:batchUpdate')
    return { updates: (body['responses'] as readonly Body[]).map(withoutId) };
  if (asked === '/values:batchClear') return { clearedRanges: body['clearedRanges'] };
  if (asked.endsWith(':clear')) return { clearedRanges: [body['clearedRange']] };
  if (request.method === 'GET') return { valueRanges: [withValues(body)] };
  if (request.method === 'PUT') return { updates: [withoutId(body)] };
  return {
    ...('tableRange' in body ? { tableRange: body['tableRange'] } : {}),
    update: withoutId(body['updates'] as Body),
  };
};

/** RFC 6749 section 5.2 names errors of the client; these codes name errors of the token endpoint itself. */
const TOKEN_WORDS: { readonly [word: string]: ProviderErrorKind | undefined } = {
  temporarily_unavailable: 'provider-unavailable',
  server_error: 'provider-unavailable',
  internal_failure: 'provider-unavailable',
  rate_limit_exceeded: 'quota-exceeded',
};

/**
 * A caller who asks for a spreadsheet cannot correct the token request, so it is never told that its own request is
 * bad.
 */
export const agreedTokenFailure = (response: FixtureResponse): ProviderErrorKind | undefined => {
  const { error, access_token: token } = fieldsOf(jsonIn(response));
  if (isGood(response) && typeof token === 'string') return undefined;
  const mayRefuse = isGood(response) || [400, 401, 403].includes(response.httpStatus);
  if (mayRefuse && typeof error === 'string') return TOKEN_WORDS[error] ?? 'credentials-rejected';
  const kind = byStatus(response.httpStatus);
  return kind === 'request-rejected' ? 'credentials-rejected' : kind;
};
