import { expect } from 'chai';
import fc from 'fast-check';
import type { Sandbox } from '../../sandbox/sandbox.ts';
import type { Course } from './course.ts';
import { logOf, noteCall } from './course-calls.ts';
import type { Party } from './course-party.ts';
import { asker, key, step, type Step } from './course-step.ts';
import type { Cells, Updated } from './sheets-gateway.ts';
import type { Meta } from './wire.ts';

type Row = readonly [string, string];
type Written = Updated & { readonly updates?: Updated };

const SCOPES = ['sheets'];
const PATH = '/sheets/{spreadsheet_id}/values/{range}';
const UNLIMITED = {
  account_reads_per_minute: 1_000_000,
  account_writes_per_minute: 1_000_000,
  project_reads_per_minute: 1_000_000,
  project_writes_per_minute: 1_000_000,
};
const word = fc.constantFrom('a', 'b', 'c', '7', '=1+1');
const rows = fc.array(fc.tuple(word, word), { minLength: 1, maxLength: 2 });

/** An empty spreadsheet of the tenant. */
export const opensSheet = async (sandbox: Sandbox, course: Course, party: Party): Promise<void> => {
  const credentials = sandbox.sheets.serviceAccount();
  const body = {
    service_name: 'sheets',
    provider: 'google_sheets',
    service_type: 'spreadsheet',
    base_url: sandbox.sheetsBaseUrl,
    credentials,
    config: { token_url: sandbox.tokenUrl, ...UNLIMITED },
  };
  const answer = await course.ask(party, 'POST', '/services', { scopes: [], body });
  expect(answer?.status).to.equal(201);
  party.sheet.id = sandbox.sheets.addSpreadsheet({
    sheets: [{ title: 'Sheet1' }],
    shared_with: [credentials.client_email],
  });
};

const noted = async (course: Course, party: Party, id: string, word: string): Promise<void> => {
  const log = await logOf(course, party, id);
  expect([log.status, log.service_name]).to.deep.equal([word, 'sheets']);
  noteCall(party, log);
};

/** The database stalled for a moment, so the outcome of a write is unknown: the course is given up. */
const isKnown = (status: number): void => fc.pre(status !== 503 && status !== 504);

type Wish = {
  readonly method: string;
  readonly path: string;
  readonly range: string;
  readonly body?: object;
};

/** The answer, with its call noted; undefined where the credential or the idempotency key decided the answer. */
const written = async (
  course: Course,
  party: Party,
  { by, key: once }: { readonly by: Parameters<Course['ask']>[3]['by']; readonly key: string | undefined },
  { method, path, range, body }: Wish,
): Promise<Written | undefined> => {
  const asked = {
    ...(by && { by }),
    scopes: SCOPES,
    id: [party.sheet.id, range],
    key: once,
    isAnybodys: true,
  };
  const answer = await course.ask<Written>(party, method, path, { ...asked, ...(body && { body }) });
  if (answer === undefined) return undefined;
  isKnown(answer.status);
  expect(answer.status, answer.text).to.equal(200);
  const { meta } = answer.body as unknown as { readonly meta: Meta };
  await noted(course, party, meta.log_id, 'success');
  return answer.body.data;
};

const place = (party: Party, first: number, values: readonly Row[]): void =>
  values.forEach((row, n) => (party.sheet.rows[first + n] = row));
const EMPTY: Row = ['', ''];
const lastRow = ({ sheet }: Party): number =>
  sheet.rows.findLastIndex((row) => row?.some((cell) => cell !== ''));

const writes = step(
  'writes cells',
  fc.record({ by: asker, key, first: fc.nat(5), values: rows }),
  async (course, party, { first, values, ...asked }) => {
    const range = `Sheet1!A${first + 1}`;
    const done = await written(course, party, asked, { method: 'PUT', path: PATH, range, body: { values } });
    if (done === undefined) return;
    expect(done.updated_cells).to.equal(values.length * 2);
    place(party, first, values);
  },
);

const clears = step(
  'clears cells',
  fc.record({ by: asker, key, first: fc.nat(5), count: fc.integer({ min: 1, max: 3 }) }),
  async (course, party, { first, count, ...asked }) => {
    const range = `Sheet1!A${first + 1}:B${first + count}`;
    const path = `${PATH}/clear`;
    if ((await written(course, party, asked, { method: 'POST', path, range })) === undefined) return;
    place(
      party,
      first,
      Array.from({ length: count }, () => EMPTY),
    );
  },
);

const firstOf = (range: string): number => Number(/!A(\d+)/.exec(range)?.[1]) - 1;

const appends = step(
  'appends rows',
  fc.record({ by: asker, keys: fc.array(key, { minLength: 1, maxLength: 3 }), values: rows }),
  async (course, party, { by, keys, values }) => {
    const before = lastRow(party);
    const path = `${PATH}/append`;
    // Two concurrent writes under one key would be refused.
    const apart = keys.filter((one, n) => one === undefined || keys.indexOf(one) === n);
    const wish = { method: 'POST', path, range: 'Sheet1', body: { values } };
    const all = await Promise.all(apart.map((one) => written(course, party, { by, key: one }, wish)));
    const landed = all.flatMap((done) => (done?.updates ? [firstOf(done.updates.updated_range)] : []));
    const expected = landed.map((_, n) => before + 1 + n * values.length);
    expect(landed).to.have.members(expected);
    landed.forEach((first) => place(party, first, values));
  },
);

const reads = step('reads cells', fc.record({ by: asker }), async (course, party, { by }) => {
  const id = [party.sheet.id, 'Sheet1!A1:B200'];
  const answer = await course.ask<Cells['data']>(party, 'GET', PATH, { by, scopes: SCOPES, id });
  if (answer === undefined) return;
  isKnown(answer.status);
  expect(answer.status, answer.text).to.equal(200);
  const { meta } = answer.body as unknown as { readonly meta: Meta };
  await noted(course, party, meta.log_id, meta.cache.status === 'hit' ? 'cache_hit' : 'success');
  const expected = Array.from({ length: lastRow(party) + 1 }, (_, n) => party.sheet.rows[n] ?? EMPTY);
  const values = (answer.body.data.values as readonly (readonly string[])[]) ?? [];
  expect(values.map(([one = '', other = '']) => [one, other])).to.deep.equal(expected);
});

export const sheetSteps: readonly fc.Arbitrary<Step>[] = [writes, clears, appends, appends, reads, reads];
