import { expect } from 'chai';
import fc from 'fast-check';
import {
  allPages,
  expectProblem,
  ifMatch,
  isForbidden,
  otherThan,
  type Asker,
  type Course,
} from './course.ts';
import { drop, nth, put, type KnownService, type Party } from './course-party.ts';
import { asker, condition, key, step, thing, type Step } from './course-step.ts';
import type { Sandbox } from '../../sandbox/sandbox.ts';

const READ = ['services:read', 'services:manage'];
const MANAGE = ['services:manage'];
const SHOWN = [
  'id',
  'service_name',
  'provider',
  'priority',
  'is_active',
  'fallback_service_id',
  'cost_per_call',
  'rate_limit_per_hour',
] as const;
const shown = (service: KnownService) => Object.fromEntries(SHOWN.map((name) => [name, service[name]]));

const fields = {
  service_name: fc.constantFrom('one', 'two', 'three'),
  priority: fc.nat(2),
  is_active: fc.constantFrom(true, true, false),
  rate_limit_per_hour: fc.constantFrom(1, 3, 50),
  cost_per_call: fc.constantFrom('0.005', '0.002'),
  api_key: fc.constantFrom('SANDBOX-OK', 'SANDBOX-OK', 'SANDBOX-BAD', 'SANDBOX-HTML'),
};
type Thing = { readonly n: number; readonly isTheirs: boolean };

/** A service of this tenant or of the other one. */
const meant = (course: Course, party: Party, { n, isTheirs }: Thing): KnownService | undefined =>
  nth((isTheirs ? otherThan(course, party) : party).services, n);

/** Whether a fallback would refer to a missing service, to the service itself, or form a cycle. */
const isBroken = ({ services }: Party, id: string, fallback: string | null): boolean => {
  const seen = new Set([id]);
  for (let next = fallback; next !== null;) {
    const target = services.find((one) => one.id === next);
    if (target === undefined || seen.has(target.id)) return true;
    seen.add(target.id);
    next = target.fallback_service_id;
  }
  return false;
};
const isTaken = ({ services }: Party, { id, service_name }: Omit<KnownService, 'version'>): boolean =>
  services.some((one) => one.service_name === service_name && one.id !== id);

const addressOf = ({ googleBaseUrl, yandexBaseUrl }: Sandbox, provider: string): object => {
  if (provider === 'gazetteer') return {};
  return { base_url: provider === 'google_maps' ? googleBaseUrl : yandexBaseUrl };
};

type Wish = Omit<KnownService, 'id' | 'version' | 'fallback_service_id'>;
type Creation = {
  readonly by: Asker;
  readonly key: string | undefined;
  readonly fallback: Thing | null;
  readonly wish: Wish;
};

const registering =
  (sandbox: Sandbox) =>
  async (course: Course, party: Party, { by, key: once, fallback, wish }: Creation): Promise<void> => {
    const fallback_service_id = (fallback && meant(course, party, fallback)?.id) ?? null;
    const wished = { ...wish, fallback_service_id };
    const body = { ...wished, service_type: 'geocoding', ...addressOf(sandbox, wish.provider) };
    const answer = await course.ask<KnownService>(party, 'POST', '/services', {
      by,
      scopes: MANAGE,
      body,
      key: once,
    });
    if (answer === undefined) return;
    const service = { ...wished, id: answer.body.data?.id ?? '', version: 1 };
    if (isBroken(party, '', fallback_service_id)) return expectProblem(answer, 422, 'invalid-input');
    if (isTaken(party, service)) return expectProblem(answer, 409, 'conflict');
    expect([answer.status, answer.headers.get('etag')]).to.deep.equal([201, '"1"']);
    expect(answer.body.data).to.deep.include(shown(service));
    party.services.push(service);
  };

const creates = (sandbox: Sandbox) =>
  step(
    'registers a service',
    fc.record({
      by: asker,
      key,
      fallback: fc.option(thing),
      wish: fc.record({ ...fields, provider: fc.constantFrom('google_maps', 'yandex_maps', 'gazetteer') }),
    }),
    registering(sandbox),
  );

const changes = step(
  'changes a service',
  fc.record({
    by: asker,
    key,
    of: thing,
    version: condition,
    fallback: fc.option(fc.option(thing), { nil: undefined }),
    wish: fc.record(fields, { requiredKeys: [] }),
  }),
  async (course, party, { by, key: once, of, version, fallback, wish }) => {
    const service = meant(course, party, of);
    if (service === undefined) return;
    const fallback_service_id = (fallback && meant(course, party, fallback)?.id) ?? null;
    const body = { ...wish, ...(fallback !== undefined && { fallback_service_id }) };
    const headers = ifMatch(version, service.version);
    const asked = { by, scopes: MANAGE, id: service.id, body, headers, key: once };
    const answer = await course.ask<KnownService>(party, 'PATCH', '/services/{id}', asked);
    if (answer === undefined || isForbidden(answer, party.services.includes(service), version)) return;
    const next = { ...service, ...body };
    if (isBroken(party, service.id, next.fallback_service_id))
      return expectProblem(answer, 422, 'invalid-input');
    if (isTaken(party, next)) return expectProblem(answer, 409, 'conflict');
    // A new key always counts as a change: nobody may learn whether it equals the old one.
    const isOther = 'api_key' in body || SHOWN.some((name) => next[name] !== service[name]);
    const changed = { ...next, version: service.version + (isOther ? 1 : 0) };
    expect([answer.status, answer.headers.get('etag')]).to.deep.equal([200, `"${changed.version}"`]);
    expect(answer.body.data).to.deep.include(shown(changed));
    put(party.services, changed);
  },
);

const removes = step(
  'removes a service',
  fc.record({ by: asker, key, of: thing, version: condition }),
  async (course, party, { by, key: once, of, version }) => {
    const service = meant(course, party, of);
    if (service === undefined) return;
    const headers = ifMatch(version, service.version);
    const asked = { by, scopes: MANAGE, id: service.id, headers, key: once };
    const answer = await course.ask(party, 'DELETE', '/services/{id}', asked);
    if (answer === undefined || isForbidden(answer, party.services.includes(service), version)) return;
    if (party.services.some((one) => one.fallback_service_id === service.id))
      return expectProblem(answer, 409, 'conflict');
    expect(answer.status).to.equal(204);
    drop(party.services, service);
    for (const [asked, { by: loader }] of party.cache)
      if (loader.id === service.id) party.cache.delete(asked);
  },
);

const lists = step(
  'lists its services page by page',
  fc.record({ by: asker, limit: fc.integer({ min: 1, max: 3 }), active: fc.option(fc.boolean()) }),
  async (course, party, { by, limit, active }) => {
    const filter = `service_type=geocoding&limit=${limit}${active === null ? '' : `&is_active=${active}`}`;
    const rows = await allPages<KnownService>(course, party, '/services', {
      by,
      scopes: READ,
      query: filter,
    });
    if (rows === undefined) return;
    const wanted = party.services.filter(({ is_active }) => active === null || is_active === active);
    expect(rows.map(shown)).to.deep.equal(wanted.toReversed().map(shown));
  },
);

const reads = step(
  'reads a service and its quota',
  fc.record({ by: asker, of: thing }),
  async (course, party, { by, of }) => {
    const service = meant(course, party, of);
    if (service === undefined) return;
    const asked = { by, scopes: READ, id: service.id };
    const answer = await course.ask<KnownService>(party, 'GET', '/services/{id}', asked);
    const quota = await course.ask<readonly object[]>(party, 'GET', '/services/{id}/quota', asked);
    if (answer === undefined || quota === undefined) return;
    if (!party.services.includes(service)) {
      expectProblem(answer, 404, 'not-found');
      return expectProblem(quota, 404, 'not-found');
    }
    expect(answer.headers.get('etag')).to.equal(`"${service.version}"`);
    expect(answer.body.data).to.deep.include(shown(service));
    const [limit, used] = [service.rate_limit_per_hour, party.used.get(service.id) ?? 0];
    expect(quota.body.data).to.have.lengthOf(1);
    expect(quota.body.data[0]).to.include({
      window_type: 'hour',
      limit,
      used,
      remaining: Math.max(0, limit - used),
    });
  },
);

const AT_FIRST: Pick<Creation, 'by' | 'key' | 'fallback'> = {
  by: 'administrator',
  key: undefined,
  fallback: null,
};
/** The services a tenant begins with, so that most of its requests find one. */
export const settles = async (sandbox: Sandbox, course: Course, party: Party): Promise<void> => {
  const usual = { is_active: true, rate_limit_per_hour: 50, cost_per_call: '0.005', api_key: 'SANDBOX-OK' };
  const [first, second] = [
    { service_name: 'one', provider: 'google_maps', priority: 2 },
    { service_name: 'two', provider: 'yandex_maps', priority: 1 },
  ];
  for (const wish of [first, second])
    await registering(sandbox)(course, party, { ...AT_FIRST, wish: { ...usual, ...wish } });
};

export const serviceSteps = (sandbox: Sandbox): readonly fc.Arbitrary<Step>[] => [
  creates(sandbox),
  creates(sandbox),
  changes,
  changes,
  removes,
  lists,
  reads,
];
