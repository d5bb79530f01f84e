import { expect } from 'chai';
import fc from 'fast-check';
import { apiClient, type Answer } from './api-client.ts';
import { nth, type KnownToken, type Party } from './course-party.ts';
import type { DocumentJudge } from './openapi-judge.ts';
import { LOST } from './patient-client.ts';
import type { Data, PageOf, Problem } from './wire.ts';

/**
 * Who sends a request: an administrator, the holder of the nth token, nobody, or an administrator of the other tenant.
 */
export type Asker = 'administrator' | 'nobody' | 'stranger' | { readonly token: number };

export type Asked = {
  readonly by?: Asker;
  /** A token needs one of these. */
  readonly scopes: readonly string[];
  /** One value for each parameter of the path. */
  readonly id?: string | readonly string[];
  readonly query?: string;
  readonly body?: object;
  readonly headers?: { readonly [name: string]: string };
  /** An Idempotency-Key. */
  readonly key?: string | undefined;
  /** The key is shared by the whole tenant, whoever sends it. */
  readonly isAnybodys?: boolean;
};

/** The answer, or undefined where the credential or the idempotency key decide it: that case is checked here. */
type Ask = <D>(
  party: Party,
  method: string,
  path: string,
  asked: Asked,
) => Promise<Answer<Data<D> & PageOf<unknown> & Problem> | undefined>;

/** One service process and two tenants that know nothing of each other. */
export type Course = {
  readonly url: string;
  readonly parties: readonly [Party, Party];
  readonly ask: Ask;
  /** Resolves when the trail contains all answered calls. */
  readonly shipped: () => Promise<void>;
  /** The ids of the deliveries whose events were given to the bus for the tenant. */
  readonly heard: (tenant: string) => Promise<readonly string[]>;
};

export const otherThan = ({ parties: [first, second] }: Pick<Course, 'parties'>, party: Party): Party =>
  party === first ? second : first;

const holderOf = (party: Party, by: Asker): KnownToken | undefined =>
  typeof by === 'object' ? nth(party.tokens, by.token) : undefined;

const credentialOf = (course: Pick<Course, 'parties'>, party: Party, by: Asker): string =>
  holderOf(party, by)?.token ?? (by === 'stranger' ? otherThan(course, party) : party).jwt;

/** The refusal expected for this credential, if any. */
const denied = (party: Party, by: Asker, scopes: readonly string[]): readonly unknown[] | undefined => {
  const holder = holderOf(party, by);
  if (by === 'nobody' || (holder && party.revoked.has(holder.id))) return [401, 'unauthenticated'];
  const isAllowed = holder === undefined || scopes.some((scope) => holder.scopes.includes(scope));
  return by === 'stranger' || !isAllowed ? [403, 'forbidden'] : undefined;
};

const RETOLD = ['etag', 'location'];

/**
 * Whether the idempotency key decided: a repeat gets exactly the stored answer, and any other request under the key
 * gets a refusal.
 */
const isRetold = (
  party: Party,
  key: string,
  wish: string,
  { status, text, headers, body }: Answer<Problem>,
) => {
  const known = party.keys.get(key);
  const answer = [status, text, ...RETOLD.map((name) => headers.get(name))];
  expect(headers.get('idempotency-replayed')).to.equal(known?.wish === wish ? 'true' : null);
  if (known?.wish === wish) expect(answer).to.deep.equal(known.answer);
  else if (known !== undefined) expect([status, body.code]).to.deep.equal([422, 'idempotency-mismatch']);
  else if (status < 300) party.keys.set(key, { wish, answer });
  return known !== undefined;
};

/**
 * Sends a request and checks the answer against the OpenAPI document, the credential and the idempotency key, in this
 * order.
 */
export const asking =
  (course: Pick<Course, 'url' | 'parties'>, judge: DocumentJudge): Ask =>
  async <D>(party: Party, method: string, path: string, asked: Asked) => {
    const { by = 'administrator', scopes, id = '', query, body, headers, key, isAnybodys = false } = asked;
    const credential = credentialOf(course, party, by);
    const api = apiClient({ url: course.url, tenant: party.tenant, credential });
    const ids = [id].flat();
    const place = path.replaceAll(/\{\w+\}/g, () => encodeURIComponent(ids.shift() ?? ''));
    const target = place + (query === undefined ? '' : `?${query}`);
    const answer = await api.ask<Data<D> & PageOf<unknown> & Problem>(method, target, {
      ...(body !== undefined && { body }),
      headers: {
        ...headers,
        ...(key !== undefined && { 'idempotency-key': key }),
        ...(by === 'nobody' && { authorization: null }),
      },
    });
    // The database stalled for a moment: whether the request was carried out is unknown, and the course is given up.
    fc.pre(!(answer.status === 503 && answer.text.includes(LOST)));
    await judge.holds(method, path, { ...answer, text: async () => answer.text });
    const refusal = denied(party, by, scopes);
    if (refusal !== undefined) {
      expect([answer.status, answer.body.code], target).to.deep.equal(refusal);
      return undefined;
    }
    const wish = JSON.stringify([method, target, body, isAnybodys || holderOf(party, by)?.id]);
    return key !== undefined && isRetold(party, key, wish, answer) ? undefined : answer;
  };

/** All rows of a list, page by page; undefined if the credential has no right to read it. */
export const allPages = async <R>(
  { ask }: Pick<Course, 'ask'>,
  party: Party,
  path: string,
  asked: Asked & { readonly query: string },
): Promise<readonly R[] | undefined> => {
  const rows: R[] = [];
  for (let cursor: string | null = ''; cursor !== null;) {
    const query: string = `${asked.query}${cursor && `&cursor=${cursor}`}`;
    const page: Answer<Data<readonly R[]> & PageOf<unknown>> | undefined = await ask<readonly R[]>(
      party,
      'GET',
      path,
      { ...asked, query },
    );
    if (page === undefined) return undefined;
    rows.push(...page.body.data);
    cursor = page.body.page.next_cursor;
  }
  return rows;
};

/** Checks the status and code of a refusal. */
export const expectProblem = (
  { status, body }: Answer<Problem>,
  ...expected: readonly [status: number, code: string]
): void => {
  expect([status, body.code]).to.deep.equal(expected);
};

export type Condition = 'right' | 'any' | 'old' | 'none';

export const ifMatch = (condition: Condition, version: number): { readonly [name: string]: string } => {
  if (condition === 'none') return {};
  if (condition === 'any') return { 'if-match': '*' };
  return { 'if-match': `"${condition === 'old' ? version - 1 : version}"` };
};

/** Whether a change had to be refused, and was: the resource does not exist, the ETag is missing or outdated. */
export const isForbidden = (answer: Answer<Problem>, isThere: boolean, condition: Condition): boolean => {
  if (!isThere) expectProblem(answer, 404, 'not-found');
  else if (condition === 'none') expectProblem(answer, 428, 'precondition-failed');
  else if (condition === 'old') expectProblem(answer, 412, 'precondition-failed');
  else return false;
  return true;
};
