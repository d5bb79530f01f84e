import { expect } from 'chai';
import fc from 'fast-check';
import { allPages, expectProblem, type Course } from './course.ts';
import type { KnownAnswer, KnownService, Party } from './course-party.ts';
import { asker, key, step, type Step } from './course-step.ts';
import type { Attempt, Log, Meta } from './wire.ts';

type Question = {
  readonly path: string;
  readonly body: object;
  readonly name: string;
  readonly isVain?: true;
};

const QUESTIONS: readonly Question[] = [
  { path: 'geocode', body: { address: 'Ташкент' }, name: 'town' },
  { path: 'geocode', body: { address: 'Москва, ул. Тверская, 13' }, name: 'house' },
  { path: 'geocode', body: { address: 'Москва, Тверская улица, 13' }, name: 'house' },
  { path: 'geocode', body: { address: 'Атлантида' }, name: 'nowhere', isVain: true },
  { path: 'reverse', body: { latitude: 41.311081, longitude: 69.240562 }, name: 'point' },
];
const DIRECTIVES = [undefined, undefined, undefined, 'no-cache', 'no-store', 'only-if-cached'] as const;
type Directive = (typeof DIRECTIVES)[number];

/** The first by priority, what it falls back to, then the rest. */
const planOf = ({ services }: Party): readonly KnownService[] => {
  const active = services
    .filter(({ is_active }) => is_active)
    .toSorted((a, b) => b.priority - a.priority || services.indexOf(a) - services.indexOf(b));
  const plan = new Set<KnownService>();
  for (let next = active[0]; next !== undefined;) {
    if (next.is_active) plan.add(next);
    const { fallback_service_id: id } = next;
    next = services.find((one) => one.id === id);
  }
  return [...plan, ...active.filter((one) => !plan.has(one))];
};

type Expected = {
  readonly status: number;
  /** In the trail. */
  readonly word: string;
  readonly cache: string | undefined;
  readonly attempts: readonly (readonly [service: string, outcome: string])[];
  readonly cost: number;
  readonly known?: KnownAnswer;
};

/** Asks the services of the plan one after the other, and counts what leaves. */
const providers = (
  party: Party,
  { isVain }: Question,
): Pick<Expected, 'attempts' | 'cost'> & { readonly isAnswered: boolean } => {
  const attempts: (readonly [string, string])[] = [];
  let cost = 0;
  for (const { id, service_name, rate_limit_per_hour, cost_per_call } of planOf(party)) {
    const used = party.used.get(id) ?? 0;
    const isFull = used >= rate_limit_per_hour;
    attempts.push([service_name, isFull ? 'quota-exceeded' : isVain ? 'no-match' : 'ok']);
    if (isFull) continue;
    party.used.set(id, used + 1);
    cost += Number(cost_per_call);
    if (!isVain) break;
  }
  return { attempts, cost, isAnswered: attempts.some(([, outcome]) => outcome !== 'quota-exceeded') };
};

const NOBODY_ASKED = { attempts: [], cost: 0 } as const;

const expectedOf = (party: Party, question: Question, directive: Directive): Expected => {
  const known = party.cache.get(question.name);
  const isLookedUp = directive === undefined || directive === 'only-if-cached';
  if (known !== undefined && isLookedUp)
    return { status: 200, word: 'cache_hit', cache: 'hit', ...NOBODY_ASKED, known };
  if (directive === 'only-if-cached')
    return { status: 504, word: 'rejected', cache: 'none', ...NOBODY_ASKED };
  const { isAnswered, ...asked } = providers(party, question);
  if (isAnswered) {
    const word = question.isVain ? 'no_match' : 'success';
    return { status: 200, word, cache: directive === undefined ? 'miss' : 'bypass', ...asked };
  }
  if (known !== undefined && directive === 'no-cache')
    return { status: 200, word: 'stale', cache: 'stale', ...asked, known };
  if (asked.attempts.length === 0) return { status: 503, word: 'error', cache: 'none', ...asked };
  return { status: 429, word: 'rate_limited', cache: 'none', ...asked };
};

const micros = (amount: number): number => Math.round(amount * 1_000_000);
const outcomes = (attempts: readonly Attempt[]) =>
  attempts.map(({ service_name, outcome }) => [service_name, outcome]);

/** What is in the cache after an answer that may be kept. */
const keep = (party: Party, { name }: Question, log: Log, text: string): void => {
  const by = party.services.find(({ id }) => id === log.service_id);
  expect(by, 'the service of the trail').to.not.equal(undefined);
  if (by !== undefined) party.cache.set(name, { key: log.cache_key ?? '', by, text });
};

const asks = step(
  'asks for a place',
  fc.record({
    by: asker,
    question: fc.constantFrom(...QUESTIONS),
    directive: fc.constantFrom(...DIRECTIVES),
  }),
  async (course, party, { by, question, directive }) => {
    const headers = directive === undefined ? {} : { 'cache-control': directive };
    const asked = { by, scopes: ['geocoding'], body: question.body, headers };
    const answer = await course.ask<object>(party, 'POST', `/geocoding/${question.path}`, asked);
    if (answer === undefined) return;
    const { status, word, cache, attempts, cost, known } = expectedOf(party, question, directive);
    expect(answer.status, answer.text).to.equal(status);
    const { meta } = answer.body as unknown as { readonly meta: Meta };
    expect(outcomes(meta.attempts)).to.deep.equal(attempts);
    expect(micros(Number(meta.cost.amount))).to.equal(micros(cost));
    await course.shipped();
    const row = await course.ask<Log>(party, 'GET', '/logs/{id}', { scopes: [], id: meta.log_id });
    const log = row?.body.data;
    if (log === undefined) return expect.fail('an administrator may read the trail');
    expect([log.status, log.cache_status, outcomes(log.attempts)]).to.deep.equal([word, cache, attempts]);
    expect(log.estimated_cost).to.deep.equal(meta.cost);
    party.calls.push({ id: log.id, status: word, cost });
    const text = JSON.stringify(answer.body.data);
    if (status === 200) expect(meta.cache.status).to.equal(cache);
    if (known !== undefined)
      expect([text, log.cache_key, log.service_id]).to.deep.equal([known.text, known.key, known.by.id]);
    else if (status === 200 && directive !== 'no-store') keep(party, question, log, text);
  },
);

const purges = step(
  'purges the cache',
  fc.record({
    by: asker,
    key,
    service: fc.option(fc.constantFrom('one', 'two', 'three')),
    operation: fc.constantFrom(null, 'geocode', 'reverse_geocode'),
  }),
  async (course, party, { by, key: once, service, operation }) => {
    const body = { ...(service && { service_name: service }), ...(operation && { operation }) };
    const asked = { by, scopes: ['cache:manage'], body, key: once };
    const answer = await course.ask(party, 'POST', '/cache/invalidations', asked);
    if (answer === undefined) return;
    expect(answer.status).to.equal(204);
    const now = party.services.find(({ service_name }) => service_name === service)?.id;
    for (const [name, { by: loader }] of party.cache) {
      const isOfService = service === null || loader.service_name === service || loader.id === now;
      const isOfOperation = operation === null || (operation === 'geocode') === (name !== 'point');
      if (isOfService && isOfOperation) party.cache.delete(name);
    }
  },
);

const forgets = step(
  'forgets one answer',
  fc.record({ by: asker, key, name: fc.constantFrom('town', 'house', 'point') }),
  async (course, party, { by, key: once, name }) => {
    const known = party.cache.get(name);
    if (known === undefined) return;
    const asked = { by, scopes: ['cache:manage'], id: known.key, key: once };
    const answer = await course.ask(party, 'DELETE', '/cache/entries/{key}', asked);
    if (answer === undefined) return;
    expect(answer.status).to.equal(204);
    party.cache.delete(name);
    const again = await course.ask(party, 'DELETE', '/cache/entries/{key}', { scopes: [], id: known.key });
    if (again !== undefined) expectProblem(again, 404, 'not-found');
  },
);

type Sum = { readonly group: string; readonly calls: number; readonly cost: { readonly amount: string } };

/** Every row once, and their costs together. */
const readsTrail = async (course: Course, party: Party, limit: number): Promise<void> => {
  const rows = await allPages<Log>(course, party, '/logs', { scopes: [], query: `limit=${limit}` });
  expect(rows?.map(({ id }) => id)).to.have.members(party.calls.map(({ id }) => id));
  const asked = { scopes: [], query: 'group_by=status' };
  const sums = (await course.ask<readonly Sum[]>(party, 'GET', '/costs', asked))?.body.data ?? [];
  const words = Object.groupBy(party.calls, ({ status }) => status);
  const expected = Object.entries(words).map(([word, calls = []]) => {
    const cost = calls.reduce((sum, call) => sum + micros(call.cost), 0);
    return [word, calls.length, cost];
  });
  expect(
    sums.map(({ group, calls, cost }) => [group, calls, micros(Number(cost.amount))]),
  ).to.have.deep.members(expected);
};

const trail = step('reads its trail', fc.integer({ min: 2, max: 9 }), readsTrail);

export const callSteps: readonly fc.Arbitrary<Step>[] = [asks, asks, asks, asks, purges, forgets, trail];
