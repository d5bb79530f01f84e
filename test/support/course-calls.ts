import { expect } from 'chai';
import fc from 'fast-check';
import { allPages, expectProblem, type Course } from './course.ts';
import type { Party } from './course-party.ts';
import {
  become,
  copyOf,
  DIRECTIVES,
  expectedOf,
  QUESTIONS,
  type Directive,
  type Question,
} from './course-plan.ts';
import { asker, key, step, type Step } from './course-step.ts';
import type { Attempt, Log, Meta } from './wire.ts';

/** One call as its caller saw it. */
export type Told = {
  readonly question: Question;
  readonly status: number;
  readonly meta: Pick<Meta, 'log_id' | 'cost'> | undefined;
  /** The text of the answer, if the answer had one. */
  readonly text: string | undefined;
};
type Logged = Told & { readonly log: Log };

const micros = (amount: number): number => Math.round(amount * 1_000_000);
const outcomes = (attempts: readonly Attempt[]) =>
  attempts.map(({ service_name, outcome }) => [service_name, outcome] as const);

/** The call's row of the trail, which an administrator may read. */
export const logOf = async (course: Course, party: Party, id: string): Promise<Log> => {
  await course.shipped();
  const row = await course.ask<Log>(party, 'GET', '/logs/{id}', { scopes: [], id });
  return row?.body.data ?? expect.fail('an administrator may read the trail');
};

export const noteCall = (party: Party, { id, status, estimated_cost }: Log): void =>
  void party.calls.push({ id, status, cost: Number(estimated_cost.amount) });

/** Whether the answer was loaded by an identical concurrent call, on behalf of both. */
const isShared = ({ status, log }: Logged, others: readonly Logged[]): boolean =>
  log.attempts.length === 0 &&
  micros(Number(log.estimated_cost.amount)) === 0 &&
  others.some((one) => one.log.attempts.length > 0 && one.status === status && one.log.status === log.status);

/** Concurrent calls are ordered as they can have happened: the one that asked a provider first, the others after it. */
const turnOf = ({ log: { status, attempts } }: Logged): number => {
  if (attempts.length === 0) return 2;
  return status === 'success' || status === 'no_match' ? 0 : 1;
};

/** Checks one call against the model, and advances the model by it. */
const holdOne = (party: Party, directive: Directive, one: Logged, before: readonly Logged[]): void => {
  const { question, status, log, text } = one;
  const told = outcomes(log.attempts);
  const tried = copyOf(party);
  const expected = expectedOf(tried, question, directive, told);
  const { word, cache, cost, known, by } = expected;
  const seen = [status, log.status, log.cache_status, told, micros(Number(log.estimated_cost.amount))];
  const wanted = [expected.status, word, cache, expected.attempts, micros(cost)];
  const equals = before.filter((other) => other.question.name === question.name);
  if (JSON.stringify(seen) !== JSON.stringify(wanted) && isShared(one, equals)) return;
  expect(seen).to.deep.equal(wanted);
  become(party, tried);
  if (known !== undefined) {
    expect([log.cache_key, log.service_id]).to.deep.equal([known.key, known.by.id]);
    if (known.text === undefined) party.cache.set(question.name, { ...known, text });
    else if (text !== undefined) expect(text).to.equal(known.text);
  } else if (by !== undefined) {
    expect(log.service_id).to.equal(by.id);
    if (directive !== 'no-store') party.cache.set(question.name, { key: log.cache_key ?? '', by, text });
  }
};

/** A window refused this call, perhaps before others of the same batch: it is full now. */
const expectFull = (party: Party, { log }: Logged): void => {
  for (const { service_name: name } of log.attempts.filter(({ outcome }) => outcome === 'quota-exceeded')) {
    const service = party.services.find(({ service_name }) => service_name === name);
    expect(party.used.get(service?.id ?? ''), name).to.be.at.least(service?.rate_limit_per_hour ?? 0);
  }
};

/** Calls made at the same time, each with its row of the trail. */
export const hold = (party: Party, directive: Directive, calls: readonly Logged[]): void => {
  const inTurn = calls.toSorted((one, other) => turnOf(one) - turnOf(other));
  inTurn.forEach((one, n) => holdOne(party, directive, one, inTurn.slice(0, n)));
  for (const one of calls) {
    expectFull(party, one);
    noteCall(party, one.log);
    if (one.meta !== undefined) expect(one.log.estimated_cost).to.deep.equal(one.meta.cost);
  }
};

const asks = step(
  'asks for a place',
  fc.record({
    by: asker,
    question: fc.constantFrom(...QUESTIONS),
    directive: fc.constantFrom(...DIRECTIVES),
    atOnce: fc.constantFrom(1, 1, 1, 2, 3),
  }),
  async (course, party, { by, question, directive, atOnce }) => {
    const headers = directive === undefined ? {} : { 'cache-control': directive };
    const asked = { by, scopes: ['geocoding'], body: question.body, headers };
    const answers = await Promise.all(
      Array.from({ length: atOnce }, () =>
        course.ask<object>(party, 'POST', `/geocoding/${question.path}`, asked),
      ),
    );
    const calls = await Promise.all(
      answers
        .filter((answer) => answer !== undefined)
        .map(async ({ status, body }): Promise<Logged> => {
          const { meta } = body as unknown as { readonly meta: Meta };
          const log = await logOf(course, party, meta.log_id);
          expect(outcomes(meta.attempts)).to.deep.equal(outcomes(log.attempts));
          if (status === 200) expect(meta.cache.status).to.equal(log.cache_status);
          const text = status === 200 ? JSON.stringify(body.data) : undefined;
          return { question, status, meta, log, text };
        }),
    );
    hold(party, directive, calls);
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
  fc.record({ by: asker, key, name: fc.constantFrom('town', 'house', 'other house', 'point') }),
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

/** Expects every row exactly once, and the sum of their costs. */
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
