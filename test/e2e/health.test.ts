import { expect } from 'chai';
import { Client } from 'pg';
import type { ApiClient } from '../support/api-client.ts';
import {
  registerGazetteer,
  registerGoogle,
  registerYandex,
  startGateway,
  type Gateway,
} from '../support/gateway.ts';
import { eventually, until } from '../support/until.ts';
import { tapEvents, type TappedEvent } from '../support/event-tap.ts';
import { postgresServer } from '../support/postgres-server.ts';
import type { Data, PageOf, Problem, Service } from '../support/wire.ts';

type Probe = {
  readonly reachable: boolean;
  readonly health_status: string;
  readonly error: { readonly code: string } | null;
};
type Health = {
  readonly status: string;
  readonly dependencies: readonly {
    readonly name: string;
    readonly status: string;
    readonly required: boolean;
  }[];
};

const NAMES = [
  'integration_requests_total',
  'integration_request_duration_seconds',
  'integration_cache_hits_total',
  'integration_cache_misses_total',
  'integration_rate_limits_exceeded_total',
  'integration_rate_limit_utilization',
  'integration_service_health',
];

describe('Health and metrics', () => {
  let gateway: Gateway;
  let events: () => Promise<readonly TappedEvent[]>;
  before(async () => {
    gateway = await startGateway({ PROBE_INTERVAL_SECONDS: '1' });
    events = await tapEvents(gateway);
  });
  after(() => gateway.stop());
  beforeEach(() => gateway.sandbox.control({ reset: true }));

  const changesOf = async ({ id }: Service) =>
    (await events())
      .filter(({ type, subject }) => type.startsWith('integration.health.') && subject === id)
      .map(
        ({ type, data }) =>
          `${type.replace('integration.health.', '')} ${String(data['from'])} to ${String(data['to'])}`,
      );
  const statusOf = async (api: ApiClient, { id }: Service) =>
    // Undefined if the database stalls for a moment.
    (await api.get<Partial<Data<Service>>>(`/services/${id}`)).body.data?.health_status;
  const turned = (api: ApiClient, service: Service, status: string) =>
    eventually(`${service.service_name} to be ${status}`, async () =>
      (await statusOf(api, service)) === status ? status : undefined,
    );

  it('declines with failing calls and recovers with answered ones, one event for each change', async () => {
    // Probed rarely, so that only calls affect it. On a busy machine, failing probes made it unhealthy as well.
    await gateway.restart('stop', { PROBE_INTERVAL_SECONDS: '3600' });
    const api = await gateway.administrator('passive');
    const google = await registerGoogle(api, gateway.sandbox, {
      service_name: 'google',
      provider: 'google_maps',
    });
    let house = 0;
    const call = async () =>
      (await api.post('/geocoding/geocode', { address: `Москва, Арбат, ${(house += 1)}` })).status;
    const tries = () => gateway.sandbox.counters().providers.google.calls;
    expect(await call()).to.equal(200);
    await turned(api, google, 'healthy');
    gateway.sandbox.control({ provider: 'google', mode: 'drop_before' });
    // Three failures in a row. How often a call is attempted also depends on the machine.
    for (const before = tries(); tries() < before + 3;) expect(await call()).to.be.oneOf([502, 503]);
    await turned(api, google, 'degraded');
    expect(await changesOf(google)).to.deep.equal(['degraded healthy to degraded']);
    const degraded = await api.get<PageOf<Service>>('/services?health_status=degraded');
    expect(degraded.body.data.map(({ id }) => id)).to.deep.equal([google.id]);
    gateway.sandbox.control({ reset: true });
    await eventually('calls to be answered again', async () => (await call()) === 200 || undefined);
    // Also three in a row.
    for (let n = 0; n < 2; n += 1) expect(await call()).to.equal(200);
    await turned(api, google, 'healthy');
    expect(await changesOf(google)).to.deep.equal([
      'degraded healthy to degraded',
      'recovered degraded to healthy',
    ]);
    await gateway.restart('stop');
  });

  it('is checked by a probe, which costs no quota', async () => {
    const api = await gateway.administrator('asked');
    const google = await registerGoogle(api, gateway.sandbox, { rate_limit_per_minute: 5 });
    const probe = () => api.post<Data<Probe>>(`/services/${google.id}/health-checks`, undefined);
    const began = Date.now();
    const well = await probe();
    expect(well.status, well.text).to.equal(200);
    expect(well.body.data).to.include({ reachable: true, health_status: 'healthy', error: null });
    gateway.sandbox.control({ mode: 'drop_before' });
    const ill = await probe();
    expect(ill.body.data.reachable).to.equal(false);
    expect(ill.body.data.error?.code).to.equal('provider-unavailable');
    const read = await api.get<Data<Service>>(`/services/${google.id}`);
    // The clock of the database is only known to within some milliseconds.
    const checked = Date.parse(read.body.data.last_health_check ?? '');
    expect(checked).to.be.within(began - 1_000, Date.now() + 1_000);
    expect(gateway.sandbox.counters().providers.google.billed_units).to.equal(0);
    const quota = await api.get<Data<readonly { readonly used: number }[]>>(`/services/${google.id}/quota`);
    expect(quota.body.data.map(({ used }) => used)).to.deep.equal([0]);
  });

  it('follows probes alone where nobody calls, in both directions', async () => {
    const api = await gateway.administrator('active');
    const yandex = await registerYandex(api, gateway.sandbox);
    await turned(api, yandex, 'healthy');
    gateway.sandbox.control({ mode: 'drop_before' });
    await turned(api, yandex, 'degraded');
    gateway.sandbox.control({ reset: true });
    await turned(api, yandex, 'healthy');
    expect(await changesOf(yandex)).to.deep.equal([
      'degraded healthy to degraded',
      'recovered degraded to healthy',
    ]);
    expect(gateway.sandbox.counters().providers.yandex.billed_units).to.equal(0);
  });

  it('leaves a dead provider alone after a while, and reports that', async () => {
    const api = await gateway.administrator('breaker');
    await registerGoogle(api, gateway.sandbox, { api_key: 'SANDBOX-500' });
    await registerGazetteer(api, { priority: 1 });
    const outcomeOf = async (address: string): Promise<string | undefined> => {
      const answer = await api.post<{ meta: { attempts: { outcome: string }[] } }>(
        '/geocoding/geocode',
        { address },
        { 'cache-control': 'no-store' },
      );
      expect(answer.status).to.equal(200);
      return answer.body.meta.attempts[0]?.outcome;
    };
    for (const address of ['Бухара', 'Самарканд', 'Ташкент', 'Фергана', 'Андижан'])
      expect(await outcomeOf(address)).to.equal('provider-unavailable');
    // The breaker is open for half a second at first: a machine that stalls for as long sees a trial call instead.
    await until(
      () => outcomeOf('Наманган'),
      (outcome) => outcome === 'breaker-open',
    );
  });

  describe('of the service itself', () => {
    const health = async () => {
      const response = await fetch(`${gateway.service().url}/health`);
      return { status: response.status, body: (await response.json()) as Health };
    };

    it('names each dependency, and is degraded while the database is away and calls are spooled', async () => {
      const api = await gateway.administrator('away');
      await registerGazetteer(api);
      const geocode = (address: string) => api.post<Problem>('/geocoding/geocode', { address });
      // A database that stalls for a second on this machine counts as down for a moment.
      const up = await until(health, ({ body }) => body.status === 'ok');
      expect(up.status).to.equal(200);
      expect(up.body.dependencies).to.deep.include({ name: 'postgresql', status: 'ok', required: false });
      expect(up.body.dependencies).to.deep.include({ name: 'spool', status: 'ok', required: true });
      expect((await geocode('Ташкент')).status).to.equal(200);
      expect((await api.get('/health/ready')).status).to.equal(200);

      const name = new URL(gateway.databaseUrl).pathname.slice(1);
      const admin = new Client({ connectionString: (await postgresServer()).adminUrl });
      await admin.connect();
      try {
        await admin.query(`alter database ${name} with allow_connections false`);
        await admin.query(
          `select pg_terminate_backend(pid) from pg_stat_activity where datname = $1 and application_name <> 'end-to-end test'`,
          [name],
        );
        const away = await eventually('the loss to be seen', async () => {
          const seen = await health();
          return seen.body.status === 'degraded' ? seen : undefined;
        });
        expect(away.status).to.equal(200);
        expect(away.body.dependencies.find((d) => d.name === 'postgresql')?.status).to.equal('down');
        expect((await api.get('/health/ready')).status).to.equal(200);
        expect((await api.get('/health/live')).status).to.equal(200);
        const answered = await geocode('Ташкент');
        expect(answered.status, answered.text).to.equal(200);
        const refused = await api.askOnce<Problem>('GET', '/services');
        expect(refused.status, refused.text).to.equal(503);
        expect(refused.body.code).to.equal('unavailable');
        expect(refused.headers.get('retry-after')).to.match(/^\d+$/);
        expect(
          (
            await api.askOnce('POST', '/services', {
              body: { service_name: 'x', provider: 'gazetteer', service_type: 'geocoding' },
            })
          ).status,
        ).to.equal(503);
      } finally {
        await admin.query(`alter database ${name} with allow_connections true`);
        await admin.end();
      }
      await eventually('the service to be well again', async () =>
        (await health()).body.status === 'ok' ? true : undefined,
      );
      expect((await api.get('/services')).status).to.equal(200);
    });

    it('shows every metric of the brief, with labels from closed sets', async () => {
      const api = await gateway.administrator('a-tenant-to-look-for');
      await registerGazetteer(api, { service_name: 'a-name-to-look-for', provider: 'gazetteer' });
      await api.post('/geocoding/geocode', { address: 'Ташкент' });
      await api.post('/geocoding/geocode', { address: 'Ташкент' });
      // Metrics that need a database query are omitted if it takes half a second.
      const ofDatabase = /^integration_service_health\{service="gazetteer",status="\w+"\} \d+$/m;
      const metrics = await until(
        () => api.get('/metrics'),
        ({ text }) => ofDatabase.test(text),
      );
      expect(metrics.status).to.equal(200);
      expect(metrics.headers.get('content-type')).to.match(/^text\/plain/);
      for (const name of NAMES) expect(metrics.text).to.match(new RegExp(`^# TYPE ${name} `, 'm'));
      expect(metrics.text).to.match(
        /^integration_requests_total\{service="gazetteer",operation="geocode",status="success"\} \d+$/m,
      );
      expect(metrics.text).to.match(
        /^integration_cache_hits_total\{service="gazetteer",operation="geocode"\} \d+$/m,
      );
      expect(metrics.text).to.not.match(/to-look-for|Ташкент|v1:/);
      const open = await fetch(`${api.url}/metrics`);
      expect(open.status).to.equal(200);
    });

    it('serves its own documentation', async () => {
      const api = await gateway.administrator('reader');
      const document = await api.get<{ openapi: string; paths: object }>('/openapi.json');
      expect(document.body.openapi).to.match(/^3\.1/);
      for (const path of [
        '/services',
        '/geocoding/batch',
        '/logs/summary',
        '/cache/invalidations',
        '/tokens/{id}',
        '/health',
      ])
        expect(document.body.paths).to.have.property(path);
      const docs = await api.get('/docs');
      expect(docs.headers.get('content-type')).to.match(/^text\/html/);
      const scripts = [...docs.text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, url = '']) => url);
      expect(scripts.length).to.be.greaterThan(1);
      for (const url of scripts)
        expect((await fetch(new URL(url, `${api.url}/docs`))).status, url).to.equal(200);
    });
  });

  it('shows all metrics except those from the database while a database query is blocked', async () => {
    const blocker = new Client({ connectionString: gateway.databaseUrl });
    await blocker.connect();
    await blocker.query('begin; lock table external_services in access exclusive mode');
    try {
      const shown = async () => {
        const began = performance.now();
        const text = await (await fetch(`${gateway.service().url}/metrics`)).text();
        return { text, took: performance.now() - began };
      };
      // A database that stalls for a third of a second on this machine counts as down for a moment.
      const { text, took } = await until(shown, (all) => /^integration_database_up 1$/m.test(all.text));
      expect(took).to.be.lessThan(5_000);
      expect(text).not.to.match(/^integration_service_health\{/m);
    } finally {
      await blocker.end();
    }
  });
});
