import { expect } from 'chai';
import fc from 'fast-check';
import { haversineMetres } from '../../src/domain/provider/haversine.ts';
import type { Answer } from './api-client.ts';
import { hold, logOf, noteCall, type Told } from './course-calls.ts';
import { QUESTIONS, type Question } from './course-plan.ts';
import { asker, step, type Step } from './course-step.ts';
import type { Log, Match, Measured, Meta, Problem } from './wire.ts';

type Item = {
  readonly index: number;
  readonly status: 'ok' | 'error';
  readonly matches?: readonly Match[];
  readonly problem?: Problem;
  readonly meta: Meta | null;
};

const ADDRESSES = QUESTIONS.flatMap((question) =>
  'address' in question.body ? [{ question, address: question.body.address }] : [],
);
type Address = (typeof ADDRESSES)[number];
const address = fc.constantFrom(...ADDRESSES);
const directive = fc.constantFrom(undefined, undefined, 'no-cache' as const);
const headersOf = (told: string | undefined) => (told === undefined ? {} : { 'cache-control': told });

const toldOf = (question: Question, { status, matches, problem, meta }: Item): Told => ({
  question,
  status: problem?.status ?? 200,
  meta: meta ?? undefined,
  text: status === 'ok' ? JSON.stringify({ matches }) : undefined,
});

/** In the order sent, although NDJSON lines arrive as their answers become known. */
const itemsOf = ({ text }: Answer<unknown>, isLines: boolean): readonly Item[] =>
  isLines
    ? text
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Item)
        .toSorted((one, other) => one.index - other.index)
    : (JSON.parse(text) as { readonly data: readonly Item[] }).data;

const asksForMany = step(
  'asks for many places',
  fc.record({
    by: asker,
    directive,
    isLines: fc.boolean(),
    places: fc.array(fc.option(address, { freq: 8 }), { minLength: 1, maxLength: 5 }),
  }),
  async (course, party, { by, directive: told, isLines, places }) => {
    const headers = { accept: isLines ? 'application/x-ndjson' : 'application/json', ...headersOf(told) };
    const body = { addresses: places.map((place) => place?.address ?? '') };
    const asked = { by, scopes: ['geocoding'], body, headers };
    const answer = await course.ask(party, 'POST', '/geocoding/batch', asked);
    if (answer === undefined) return;
    expect(answer.status).to.equal(200);
    const items = itemsOf(answer, isLines);
    expect(items.map(({ index }) => index)).to.deep.equal(places.map((_, index) => index));
    const calls = [];
    for (const item of items) {
      const place = places[item.index];
      if (place && item.meta !== null) {
        const log = await logOf(course, party, item.meta.log_id);
        calls.push({ ...toldOf(place.question, item), log });
      } else expect([place, item.problem?.code, item.meta]).to.deep.equal([null, 'invalid-input', null]);
    }
    hold(party, told, calls);
  },
);

const POINT = { latitude: 41.311081, longitude: 69.240562 };
const endOf = (end: Address | null): object => end?.question.body ?? POINT;

/**
 * The expected status of a distance, given the outcome of its two ends: the first failure, else the ends that have no
 * match.
 */
const expectedStatus = (ends: readonly Log[]): readonly number[] => {
  const failed = ends.filter(({ cache_status }) => cache_status === 'none');
  if (failed.length > 0) return [429, 502, 503];
  return ends.some(({ request_body, status }) => status === 'no_match' || isNowhere(request_body))
    ? [422]
    : [200];
};
const isNowhere = (asked: unknown): boolean => JSON.stringify(asked).includes('Атлантида');

const measures = step(
  'measures a straight line',
  fc.record({ by: asker, directive, ends: fc.tuple(fc.option(address), fc.option(address)) }),
  async (course, party, { by, directive: told, ends }) => {
    const body = { origin: endOf(ends[0]), destination: endOf(ends[1]), mode: 'straight_line' };
    const asked = { by, scopes: ['geocoding'], body, headers: headersOf(told) };
    const answer = await course.ask<Measured['data']>(party, 'POST', '/geocoding/distance', asked);
    if (answer === undefined) return;
    await course.shipped();
    const query = `request_id=${answer.headers.get('x-request-id')}`;
    const rows = await course.ask<readonly Log[]>(party, 'GET', '/logs', { scopes: [], query });
    const logs = rows?.body.data ?? [];
    const placed = logs.filter(({ operation }) => operation === 'geocode');
    const lines = logs.filter(({ operation }) => operation === 'distance');
    const wanted = ends.flatMap((end) => end ?? []);
    const sent = placed.map(({ request_body }) => (request_body as { readonly address: string }).address);
    expect(sent).to.have.members(wanted.map((end) => end.address));
    expect(answer.status).to.be.oneOf(expectedStatus(placed));
    expect(lines.map(({ status }) => status)).to.deep.equal(answer.status === 200 ? ['success'] : []);
    const calls = placed.map((log, index) => {
      const of = wanted.find((end) => end.address === sent[index]);
      const question = of?.question ?? expect.fail('an end of nobody');
      const status = log.cache_status === 'none' ? answer.status : 200;
      return { question, status, meta: undefined, text: undefined, log };
    });
    hold(party, told, calls);
    lines.forEach((line) => noteCall(party, line));
    if (answer.status !== 200) return;
    const { origin, destination, distance_metres } = answer.body.data as unknown as {
      readonly origin: typeof POINT;
      readonly destination: typeof POINT;
      readonly distance_metres: number;
    };
    const metres = haversineMetres(origin, destination);
    expect(distance_metres).to.be.closeTo(metres, metres / 100 + 1);
  },
);

export const crowdSteps: readonly fc.Arbitrary<Step>[] = [asksForMany, measures];
