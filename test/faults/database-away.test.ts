import { expect } from 'chai';
import { readdirSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { apiClient } from '../support/api-client.ts';
import { administratorToken, registerGazetteer, whenAvailable } from '../support/gateway.ts';
import type { Data } from '../support/wire.ts';
import { eventually } from '../support/until.ts';
import { childrenOf } from '../support/running-processes.ts';
import { startRedis } from '../support/redis-server.ts';
import { OUTAGE_TENANT, startOutageRig, type Answered, type OutageRig } from '../support/outage-rig.ts';

/**
 * Requests a second. `npm run test:faults` sends 200, for which service, PostgreSQL, provider and callers together need
 * a core: on a slow machine requests pile up and wait for each other instead of the database.
 */
const RATE = Number(process.env['LOAD_PER_SECOND'] ?? '50');
/** `npm run test:faults` tests the promised second; beside other suites, all share the cores of one machine. */
const HEARD_WITHIN = Number(process.env['HEARD_WITHIN_MS'] ?? '1500');
const AWAY_MS = Number(process.env['DATABASE_AWAY_MS'] ?? '1500');
/** The log messages at a loss of the database and at its end. */
const CHANGES = [
  ['database away', 'database is back'],
  ['calls are spooled', 'calls go to the database again'],
] as const;
const warningsOf = (lines: readonly string[]): readonly string[] =>
  lines.filter((line) => /"level":"(?:warn|error)"/.test(line));
const statuses = (calls: readonly Answered[]): readonly string[] => [
  ...new Set(calls.map(({ status, text }) => (status === 200 ? '200' : `${status} ${text}`))),
];

/** What administrative requests are answered, and after how long, repeatedly while the database is unavailable. */
const administrationOf = async ({ api }: OutageRig, times: number): Promise<void> => {
  const client = await api();
  const requests = [
    () => client.get('/services'),
    () => client.get('/logs'),
    () =>
      client.post('/services', { service_name: 'more', provider: 'gazetteer', service_type: 'geocoding' }),
    () => client.post('/tokens', { name: 'more', scopes: ['geocoding'] }),
    () => client.post('/cache/invalidations', {}),
  ];
  for (let round = 0; round < times; round += 1) {
    for (const [name, request] of Object.entries(requests)) {
      const started = performance.now();
      const answer = await request();
      const took = performance.now() - started;
      expect(answer.status, answer.text).to.equal(503);
      expect(answer.headers.get('retry-after')).to.match(/^\d+$/);

      expect(took, name).to.be.lessThan(HEARD_WITHIN);
    }
  }
};

describe('a database that becomes unavailable under load', () => {
  let rig: OutageRig;
  beforeEach(async () => void (rig = await startOutageRig({ LOG_LEVEL: 'info' })));
  afterEach(() => rig.stop());

  /** Without a spool, or with a full one, calls are refused even when the database only stalls for a moment. */
  const untilAnswered = () =>
    eventually('calls to be answered', async () =>
      (await rig.geocode('Москва, Арбат, 1')).status === 200 ? true : undefined,
    );

  const outages: Record<string, { readonly lose: () => unknown; readonly restore: () => unknown }> = {
    'is killed': { lose: () => rig.server.kill(), restore: () => rig.server.start() },
    'is stopped': { lose: () => rig.server.stop(), restore: () => rig.server.start() },
    'takes connections and never answers': {
      lose: () => rig.server.freeze(),
      restore: () => rig.server.thaw(),
    },
  };

  for (const [what, { lose, restore }] of Object.entries(outages))
    it(`because it ${what}: no caller notices, every call is in the trail once, administrative requests get 503`, async () => {
      const load = rig.load(RATE);
      await pause(1_000);
      await lose();
      await administrationOf(rig, 1);
      await pause(500);
      await administrationOf(rig, 3);
      expect(await rig.metric('integration_database_up')).to.equal(0);
      expect(await rig.metric('integration_spool_records')).to.be.greaterThan(0);
      const health = (await (await fetch(`${rig.service().url}/health`)).json()) as { status: string };
      expect(health.status).to.equal('degraded');
      expect((await fetch(`${rig.service().url}/health/ready`)).status).to.equal(200);
      await pause(AWAY_MS);
      await restore();
      await eventually('the database to be seen', async () =>
        (await rig.metric('integration_database_up')) === 1 ? true : undefined,
      );
      await pause(1_000);
      const calls = await load.end();
      expect(statuses(calls)).to.deep.equal(['200']);
      expect(Math.max(...calls.map(({ took }) => took))).to.be.lessThan(2_000);
      expect(calls.length).to.be.greaterThan(RATE * 4);
      await rig.drained();
      expect(new Set(await rig.stored(calls))).to.deep.equal(new Set(['1/1']));
      const lines = rig.service().output().split('\n');
      // One warning for each change and a few from the calls that met it first, not one for each call.
      const warnings = warningsOf(lines);
      expect(warnings, warnings.join('\n')).to.have.length.within(2, 39);
      for (const [lost, over] of CHANGES) {
        const told = lines.flatMap((line) => [lost, over].filter((words) => line.includes(words)));
        expect(told).to.include(lost);
        // The messages alternate: on a busy machine the database may seem unavailable more than once.
        expect(told).to.deep.equal(told.map((_, n) => (n % 2 === 0 ? lost : over)));
      }
    });

  it('is logged once, not with every call, when a provider has recovered in the meantime', async () => {
    // A provider that answers again is a change of health, which each call tries to store until it is stored.
    await rig.sql(
      `create function refuse() returns trigger language plpgsql as 'begin raise exception ''refused''; end';
       create trigger refuse before update on external_services for each row execute function refuse()`,
    );
    expect((await rig.geocode('Москва, Арбат, 1')).status).to.equal(200);
    await rig.server.kill();
    await eventually('the loss to be seen', async () =>
      (await rig.metric('integration_database_up')) === 0 ? true : undefined,
    );
    const before = rig.service().output().length;
    for (let n = 1; n <= 30; n += 1) expect((await rig.geocode(`Москва, Арбат, ${n}`)).status).to.equal(200);
    const warnings = warningsOf(rig.service().output().slice(before).split('\n'));
    expect(warnings, warnings.join('\n')).to.have.length.below(10);
  });

  it('serves tenants and tokens that this process has not seen before', async () => {
    const api = await rig.api();
    const issued = await whenAvailable(() =>
      api.post<Data<{ readonly token: string }>>('/tokens', { name: 'a sibling', scopes: ['geocoding'] }),
    );
    expect(issued.status, issued.text).to.equal(201);
    await rig.restart('stop');
    await rig.server.kill();
    const { url } = rig.service();
    const sibling = apiClient({ url, tenant: OUTAGE_TENANT, credential: issued.body.data.token });
    const answer = await sibling.post('/geocoding/geocode', { address: 'Москва, Арбат, 1' });
    expect(answer.status, answer.text).to.equal(200);
    const unknown = apiClient({
      url,
      tenant: OUTAGE_TENANT,
      credential: `${issued.body.data.token.slice(0, -1)}_`,
    });
    expect((await unknown.post('/geocoding/geocode', { address: 'Москва, Арбат, 1' })).status).to.be.oneOf([
      401, 503,
    ]);
  });

  it('answers many concurrent calls of a tenant not seen before when the database is only busy for a moment', async () => {
    const tenant = 'new-here';
    const credential = await administratorToken({ tenants: [tenant] });
    const client = apiClient({ url: rig.service().url, tenant, credential });
    await registerGazetteer(client);
    rig.server.freeze();
    const ask = () => client.post('/geocoding/geocode', { address: 'Москва' });
    const crowd = Promise.all(Array.from({ length: 250 }, ask));
    await eventually('it to seem away', async () =>
      (await rig.metric('integration_database_up')) === 0 ? true : undefined,
    );
    rig.server.thaw();
    const heard = (await crowd).map(({ status, text }) => (status === 200 ? '200' : `${status} ${text}`));
    expect(new Set(heard)).to.deep.equal(new Set(['200']));
  });

  it('keeps every answered call through a kill -9 of the service, and ships it at the next start', async () => {
    const load = rig.load(RATE);
    await pause(500);
    await rig.server.kill();
    await pause(2_000);
    await rig.service().kill();
    const answered = (await load.end()).filter(({ status }) => status === 200);
    expect(answered.length).to.be.greaterThan(1.5 * RATE);
    await rig.server.start();
    await rig.restart('kill');
    await rig.drained();
    expect(new Set(await rig.stored(answered))).to.deep.equal(new Set(['1/1']));
  });

  it('refuses with 503 what a full spool cannot take, and keeps every call it answered', async () => {
    await rig.restart('stop', { SPOOL_MAX_BYTES: '131072' });
    await rig.geocode('Москва, Арбат, 1');
    await rig.server.kill();
    const load = rig.load(RATE);
    const readiness = async () => (await fetch(`${rig.service().url}/health/ready`)).status;
    await eventually('the spool to be full', async () => ((await readiness()) === 503 ? true : undefined));
    // It counts as full before its last 64 KiB, which small records continue to fill.
    await eventually('a call to be refused', async () =>
      (await rig.geocode('Москва, Арбат, 1')).status === 503 ? true : undefined,
    );
    await rig.server.start();
    await eventually(
      'the service to be ready',
      async () => ((await readiness()) === 200 ? true : undefined),
      10_000,
    );
    await untilAnswered();
    const calls = await load.end();
    expect(new Set(calls.map(({ status }) => status))).to.deep.equal(new Set([200, 503]));
    expect(await rig.metric('integration_spool_refused_total')).to.be.greaterThan(0);
    expect(
      rig
        .service()
        .output()
        .match(/the spool is full, calls are refused/g),
    ).to.have.lengthOf(1);
    await rig.drained();
    const answered = calls.filter(({ status }) => status === 200);
    expect(new Set(await rig.stored(answered))).to.deep.equal(new Set(['1/1']));
  });

  it('starts without a usable SPOOL_DIR, reports it, and refuses calls while the database is unavailable', async () => {
    await rig.restart('stop', { SPOOL_DIR: '/dev/null/spool' });
    expect(rig.service().output()).to.contain('SPOOL_DIR cannot be used');
    const health = (await (await fetch(`${rig.service().url}/health`)).json()) as { status: string };
    expect(health.status).to.equal('degraded');
    await untilAnswered();
    await rig.server.kill();
    const refused = await eventually('calls to be refused', async () => {
      const answer = await rig.geocode('Москва, Арбат, 1');
      return answer.status === 200 ? undefined : answer;
    });
    expect(refused.status).to.equal(503);
    expect((await fetch(`${rig.service().url}/health`)).status).to.equal(503);
    await rig.server.start();
    await untilAnswered();
    const trail = await rig.sql<{ n: number }>('select count(*)::int as n from integration_logs');
    expect(trail[0]?.n).to.be.greaterThan(1);
  });

  it('lets the service stop in time, and the next one ships what it left', async () => {
    const load = rig.load(RATE);
    await pause(500);
    rig.server.freeze();
    await pause(1_000);
    const stopping = rig.service().stop();
    const answered = (await load.end()).filter(({ status }) => status === 200);
    expect(await stopping).to.equal(0);
    rig.server.thaw();
    await rig.restart('kill');
    await rig.drained();
    expect(new Set(await rig.stored(answered))).to.deep.equal(new Set(['1/1']));
    await eventually('the last file to go', async () => {
      const left = readdirSync(rig.spoolDir, { recursive: true }).map(String);
      return left.some((name) => name.endsWith('.spool')) ? undefined : true;
    });
  });
});

describe('a database that becomes unavailable to several workers', () => {
  it('is bridged by a spool in each worker, and the successors of killed workers ship theirs', async () => {
    const redis = await startRedis();
    const rig = await startOutageRig({ WEB_CONCURRENCY: '2', REDIS_URL: redis.url });
    try {
      const workers = (): readonly number[] => childrenOf(rig.service().pid);
      const load = rig.load(RATE);
      await pause(1_000);
      await rig.server.kill();
      await pause(2_000);
      const [victim = 0] = workers();
      process.kill(victim, 'SIGKILL');
      await pause(1_000);
      await rig.server.start();
      await eventually('a new worker', async () => (workers().length === 2 ? true : undefined));
      await pause(1_000);
      const calls = await load.end();
      // Connections of the killed worker are cut, and calls that shared its load may wait in vain; no caller is told of
      // the database.
      expect(statuses(calls).filter((status) => /^50[03]/.test(status))).to.deep.equal([]);
      const answered = calls.filter(({ status }) => status === 200);
      expect(calls.length - answered.length).to.be.lessThan(RATE);
      await rig.drained();
      const unstored = async () => (await rig.stored(answered)).filter((count) => count !== '1/1');
      await eventually('all of them to be stored', async () =>
        (await unstored()).length === 0 ? true : undefined,
      );
    } finally {
      await rig.stop();
      await redis.stop();
    }
  });
});
