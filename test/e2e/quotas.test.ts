import { expect } from 'chai';
import type { ApiClient } from '../support/api-client.ts';
import {
  registerGazetteer,
  registerGoogle,
  registerYandex,
  startGateway,
  type Gateway,
} from '../support/gateway.ts';
import { tapEvents, type TappedEvent } from '../support/event-tap.ts';
import { until } from '../support/until.ts';
import type { Data, Geocoded, Log, PageOf, Problem, QuotaWindow } from '../support/wire.ts';

const TENANT_LIMIT = 30;
const houses = (count: number, street = 'Тверская'): { readonly address: string }[] =>
  Array.from({ length: count }, (_, i) => ({ address: `Москва, улица ${street}, ${i + 1}` }));

describe('Quotas', () => {
  let gateway: Gateway;
  let events: () => Promise<readonly TappedEvent[]>;
  /** The answer to whichever of the concurrent calls was granted. */
  let answered: object | undefined;
  before(async () => {
    gateway = await startGateway({
      RATE_LIMIT_GEOCODING_PER_MINUTE: String(TENANT_LIMIT),
      // Timeouts long enough that an answer delayed by this machine is not requested again.
      ATTEMPT_TIMEOUT_MS: '15000',
      CALL_DEADLINE_MS: '30000',
    });
    events = await tapEvents(gateway);
  });
  after(() => gateway.stop());
  beforeEach(() => gateway.sandbox.control({ reset: true }));

  const askAll = (api: ApiClient, bodies: readonly object[]) =>
    Promise.all(bodies.map((body) => api.post<Geocoded & Problem>('/geocoding/geocode', body)));
  const statuses = (answers: readonly { readonly status: number }[]): Record<number, number> =>
    Object.fromEntries(
      [...Map.groupBy(answers, ({ status }) => status)].map(([status, all]) => [status, all.length]),
    );
  const windowsOf = async (api: ApiClient, id: string) =>
    (await api.get<Data<readonly QuotaWindow[]>>(`/services/${id}/quota`)).body.data;

  it("lets no more calls through than the service's limit, and names the full window", async () => {
    const api = await gateway.administrator('limited');
    const google = await registerGoogle(api, gateway.sandbox, {
      rate_limit_per_minute: 5,
      rate_limit_per_day: 100,
    });
    const since = Date.now();
    const bodies = houses(12);
    const answers = await askAll(api, bodies);
    answered = bodies.find((_, n) => answers[n]?.status === 200);
    expect(statuses(answers)).to.deep.equal({ 200: 5, 429: 7 });
    expect(gateway.sandbox.counters().providers.google.calls).to.equal(5);

    const refused = answers.find(({ status }) => status === 429);
    expect(refused?.headers.get('content-type')).to.equal('application/problem+json');
    const wait = Number(refused?.headers.get('retry-after'));
    expect(wait).to.be.within(1, 61);
    const resetsAt = Date.parse(refused?.body.window?.resets_at ?? '');
    expect(Date.now() + wait * 1000, 'not too soon').to.be.at.least(resetsAt);
    expect(since + wait * 1000, 'not later than the second says').to.be.at.most(resetsAt + 1000);
    expect(refused?.body.code).to.equal('quota-exceeded');
    expect(refused?.body.window).to.include({
      service_name: 'google_maps',
      window_type: 'minute',
      limit: 5,
      used: 5,
      remaining: 0,
    });
    expect(refused?.headers.get('ratelimit')).to.match(/"google_maps-minute";r=0;t=\d+/);
    expect(refused?.headers.get('ratelimit-policy')).to.match(/"google_maps-minute";q=5;w=60/);
    expect(refused?.headers.get('ratelimit-policy')).to.match(/"google_maps-day";q=100;w=86400/);

    const windows = await windowsOf(api, google.id);
    expect(windows.find((w) => w.scope === 'service' && w.window_type === 'minute')).to.include({
      limit: 5,
      used: 5,
      remaining: 0,
    });
    expect(windows.find((w) => w.scope === 'service' && w.window_type === 'day')).to.include({
      limit: 100,
      used: 5,
      remaining: 95,
    });
    expect(windows.find((w) => w.scope === 'tenant')).to.include({ limit: TENANT_LIMIT, used: 5 });
    for (const { resets_at } of windows) expect(Date.parse(resets_at)).to.be.greaterThan(Date.now() - 1000);

    const logs = await api.get<PageOf<Log>>('/logs?status=rate_limited');
    expect(logs.body.data).to.have.length(7);
    const exceeded = (await events()).filter(
      (e) => e.type === 'integration.rate_limit.exceeded' && e.managementcompanyid === 'limited',
    );
    expect(exceeded).to.have.length(7);
    expect(exceeded[0]?.data).to.include({ service_name: 'google_maps', window_type: 'minute', limit: 5 });
    const metrics = await api.get('/metrics');
    expect(metrics.text).to.match(/integration_rate_limits_exceeded_total\{service="google_maps"\} 7/);
    expect(metrics.text).to.match(/integration_rate_limit_utilization\{service="google_maps"\} 1/);
  });

  it('does not charge what the cache answers', async () => {
    const api = await gateway.administrator('limited');
    const answer = await api.post<Geocoded>('/geocoding/geocode', answered);
    expect(answer.status).to.equal(200);
    expect(answer.headers.get('cache-status')).to.match(/hit/);
    expect(answer.body.meta.cost.amount).to.equal('0');
  });

  it('continues with the second provider when the quota of the first is used up', async () => {
    const api = await gateway.administrator('spread');
    await registerGoogle(api, gateway.sandbox, { rate_limit_per_minute: 5 });
    await registerYandex(api, gateway.sandbox);
    expect(statuses(await askAll(api, houses(12)))).to.deep.equal({ 200: 12 });
    const { google, yandex } = gateway.sandbox.counters().providers;
    expect([google.calls, yandex.calls]).to.deep.equal([5, 7]);
  });

  it("applies the tenant's own limit over all its services", async () => {
    const api = await gateway.administrator('tenant-wide');
    await registerGoogle(api, gateway.sandbox);
    await registerYandex(api, gateway.sandbox);
    const answers = await askAll(api, houses(TENANT_LIMIT + 10));
    expect(statuses(answers)).to.deep.equal({ 200: TENANT_LIMIT, 429: 10 });
    const { google, yandex } = gateway.sandbox.counters().providers;
    expect(google.calls + yandex.calls).to.equal(TENANT_LIMIT);
    const refused = answers.find(({ status }) => status === 429);
    expect(refused?.body.window).to.include({ service_name: 'tenant:geocoding', window_type: 'minute' });
    expect(refused?.headers.get('retry-after')).to.match(/^\d+$/);
  });

  it('takes no quota for an operation that no service supports', async () => {
    const api = await gateway.administrator('roadless');
    const { id } = await registerGazetteer(api, { rate_limit_per_minute: 5 });
    const place = (n: number) => ({ latitude: 41 + n / 1_000, longitude: 69 });
    const answers = await Promise.all(
      Array.from({ length: TENANT_LIMIT + 1 }, (_, n) =>
        api.post('/geocoding/distance', { origin: place(n), destination: place(-1), mode: 'driving' }),
      ),
    );
    expect(statuses(answers)).to.deep.equal({ 422: TENANT_LIMIT + 1 });
    expect((await windowsOf(api, id)).map(({ used }) => used)).to.deep.equal([0, 0]);
    expect(statuses(await askAll(api, [{ address: 'Ташкент' }]))).to.deep.equal({ 200: 1 });
  });

  it('counts retries as calls', async () => {
    const api = await gateway.administrator('retried');
    await registerGoogle(api, gateway.sandbox, { rate_limit_per_minute: 4 });
    gateway.sandbox.control({ provider: 'google', fail_next: { count: 2, mode: '503' } });
    const first = await api.post<Geocoded>('/geocoding/geocode', houses(1)[0]);
    expect(first.status, first.text).to.equal(200);
    const log = await api.get<Data<Log>>(`/logs/${first.body.meta.log_id}`);
    expect(log.body.data.retry_count).to.equal(2);
    await askAll(api, houses(6, 'Арбат'));
    expect(gateway.sandbox.counters().providers.google.calls).to.equal(4);
  });

  it('never calls a service whose limit is 0', async () => {
    const api = await gateway.administrator('zero');
    await registerGoogle(api, gateway.sandbox, { rate_limit_per_hour: 0 });
    const answer = await api.post<Problem>('/geocoding/geocode', houses(1)[0]);
    expect(answer.status).to.equal(429);
    expect(answer.headers.get('retry-after')).to.match(/^\d+$/);
    expect(gateway.sandbox.counters().providers.google.calls).to.equal(0);
  });

  it('makes one call for 1,000 identical requests on a cold key', async () => {
    const api = await gateway.administrator('crowd');
    await registerGoogle(api, gateway.sandbox);
    gateway.sandbox.control({ latency_ms: 100 });
    const answers = await askAll(
      api,
      Array.from({ length: 1_000 }, () => ({ address: 'Москва, ул. Тверская, 13' })),
    );
    expect(statuses(answers)).to.deep.equal({ 200: 1_000 });
    expect(gateway.sandbox.counters().providers.google.calls).to.equal(1);
    const paid = answers.filter(({ body }) => body.meta.cost.amount !== '0');
    expect(paid).to.have.length(1);
    const bodies = new Set(answers.map(({ body }) => JSON.stringify(body.data)));
    expect(bodies.size).to.equal(1);
    // Some rows may be in the spool for a moment, when this machine is too busy for the database.
    await until(
      () =>
        gateway.sql<{ rows: number }>(
          `select count(*)::int as rows from integration_logs where management_company_id = 'crowd'`,
        ),
      ([seen]) => seen?.rows === 1_000,
    );
  });

  it('makes separate calls under separate keys for two tenants with the same address', async () => {
    const body = { address: 'Москва, ул. Тверская, 13' };
    const keys: (string | null)[] = [];
    for (const tenant of ['twin-1', 'twin-2']) {
      const api = await gateway.administrator(tenant);
      await registerGoogle(api, gateway.sandbox);
      const answer = await api.post<Geocoded>('/geocoding/geocode', body);
      expect(answer.headers.get('cache-status')).to.match(/fwd=miss/);
      keys.push((await api.get<Data<Log>>(`/logs/${answer.body.meta.log_id}`)).body.data.cache_key);
    }
    expect(new Set(keys).size).to.equal(2);
    expect(gateway.sandbox.counters().providers.google.calls).to.equal(2);
  });

  it('does not lose a window by kill -9', async () => {
    const api = await gateway.administrator('killed');
    const google = await registerGoogle(api, gateway.sandbox, { rate_limit_per_minute: 8 });
    await askAll(api, houses(5));
    await gateway.restart('kill');
    const again = await gateway.administrator('killed');
    const window = (await windowsOf(again, google.id)).find(({ scope }) => scope === 'service');
    expect(window?.used).to.be.within(5, 8);
    await askAll(again, houses(12, 'Арбат'));
    expect(gateway.sandbox.counters().providers.google.calls).to.be.within(5, 8);
  });

  it('keeps a window exact to the call across a clean restart', async () => {
    const api = await gateway.administrator('restarted');
    const google = await registerGoogle(api, gateway.sandbox, { rate_limit_per_minute: 8 });
    await askAll(api, houses(5));
    await gateway.restart('stop');
    const again = await gateway.administrator('restarted');
    const window = (await windowsOf(again, google.id)).find(({ scope }) => scope === 'service');
    expect(window).to.include({ used: 5, remaining: 3 });
    await askAll(again, houses(12, 'Арбат'));
    expect(gateway.sandbox.counters().providers.google.calls).to.equal(8);
  });
});
