import { expect } from 'chai';
import type { ApiClient } from '../support/api-client.ts';
import { registerGoogle, registerYandex, startGateway, type Gateway } from '../support/gateway.ts';
import { eventually, until } from '../support/until.ts';
import type { Data, Geocoded, Log, Problem } from '../support/wire.ts';

const HOUSE = { address: 'Москва, ул. Тверская, 13' };

describe('Two providers, one after the other', () => {
  let gateway: Gateway;
  before(async () => {
    // Long timeouts, since a busy machine answers late; a provider that does not answer gets a shorter one by its own
    // setting.
    gateway = await startGateway({ ATTEMPT_TIMEOUT_MS: '15000', CALL_DEADLINE_MS: '30000' });
  });
  after(() => gateway.stop());
  beforeEach(() => gateway.sandbox.control({ reset: true }));

  const withKeys = async (
    tenant: string,
    google: string,
    yandex = 'SANDBOX-OK',
    change: object = {},
  ): Promise<ApiClient> => {
    const api = await gateway.administrator(tenant);
    await registerGoogle(api, gateway.sandbox, { api_key: google, ...change });
    await registerYandex(api, gateway.sandbox, { api_key: yandex });
    return api;
  };

  const outcomes = (attempts: readonly { readonly provider: string; readonly outcome: string }[]) =>
    attempts.map(({ provider, outcome }) => `${provider} ${outcome}`);

  it('asks only the first one when it answers well', async () => {
    const api = await withKeys('well', 'SANDBOX-OK');
    const answer = await api.post<Geocoded>('/geocoding/geocode', HOUSE);
    expect(answer.status).to.equal(200);
    expect(answer.headers.get('x-integration-provider')).to.equal('google_maps');
    expect(outcomes(answer.body.meta.attempts)).to.deep.equal(['google_maps ok']);
    expect(gateway.sandbox.counters().providers.yandex.calls).to.equal(0);
  });

  const causes = [
    ['refuses the key', 'SANDBOX-BAD', 'credentials-rejected'],
    ['has an expired key', 'SANDBOX-EXPIRED', 'credentials-rejected'],
    ['has no billing', 'SANDBOX-BILLING', 'credentials-rejected'],
    ['is over quota in a 200', 'SANDBOX-OQL', 'quota-exceeded'],
    ['says 429', 'SANDBOX-429', 'quota-exceeded'],
    ['says 500', 'SANDBOX-500', 'provider-unavailable'],
    ['says 503', 'SANDBOX-503', 'provider-unavailable'],
    ['says UNKNOWN_ERROR in a 200', 'SANDBOX-UNKNOWN', 'provider-unavailable'],
    ['hangs', 'SANDBOX-HANG', 'provider-timeout'],
    ['drips one byte a second', 'SANDBOX-DRIP', 'provider-timeout'],
    ['resets in the middle of the body', 'SANDBOX-RESET', 'provider-unavailable'],
    ['closes without an answer', 'SANDBOX-DROP', 'provider-unavailable'],
    ['answers HTML', 'SANDBOX-HTML', 'answer-not-understood'],
    ['answers half of the JSON', 'SANDBOX-TRUNC', 'answer-not-understood'],
    ['answers 200 with an error inside', 'SANDBOX-ERR200', 'provider-unavailable'],
    ['answers another content type', 'SANDBOX-TYPE', 'answer-not-understood'],
    ['answers 100 MB', 'SANDBOX-HUGE', 'answer-not-understood'],
  ] as const;
  causes.forEach(([what, key, outcome], index) => {
    it(`turns to Yandex when Google ${what}, and reports both attempts`, async () => {
      const soon = outcome === 'provider-timeout' ? { config: { timeout_ms: 1_500 } } : {};
      const api = await withKeys(`cause-${index}`, key, 'SANDBOX-OK', soon);
      const answer = await api.post<Geocoded>('/geocoding/geocode', HOUSE);
      expect(answer.status, answer.text).to.equal(200);
      expect(answer.headers.get('x-integration-provider')).to.equal('yandex_maps');
      expect(answer.headers.get('x-integration-attempts')).to.equal('2');
      const told = [`google_maps ${outcome}`, 'yandex_maps ok'];
      expect(outcomes(answer.body.meta.attempts)).to.deep.equal(told);
      expect(answer.body.data.matches[0]?.precision).to.equal('house');

      const log = await api.get<Data<Log>>(`/logs/${answer.body.meta.log_id}`);
      expect(log.status).to.equal(200);
      expect(outcomes(log.body.data.attempts)).to.deep.equal(told);
      expect(log.body.data.service_name).to.equal('yandex_maps');
    });
  });

  it('asks the second one too when the first finds only the street', async () => {
    const api = await withKeys('coarse', 'SANDBOX-OK');
    const answer = await api.post<Geocoded>('/geocoding/geocode', { address: 'Москва, ул. Тверская, 5321' });
    expect(answer.status).to.equal(200);
    expect(outcomes(answer.body.meta.attempts)).to.deep.equal([
      'google_maps poor-match',
      'yandex_maps poor-match',
    ]);
    const log = await api.get<Data<Log>>(`/logs/${answer.body.meta.log_id}`);
    expect(log.body.data.attempts).to.have.length(2);
  });

  it('answers 502 and lists the attempts when both are down and nothing is cached', async () => {
    const api = await withKeys('both-down', 'SANDBOX-503', 'SANDBOX-BAD');
    const answer = await api.post<Problem>('/geocoding/geocode', HOUSE);
    expect(answer.status).to.equal(502);
    expect(answer.headers.get('content-type')).to.equal('application/problem+json');
    expect(answer.body.code).to.equal('provider-failed');
    const told = ['google_maps provider-unavailable', 'yandex_maps credentials-rejected'];
    expect(outcomes(answer.body.attempts ?? [])).to.deep.equal(told);
    expect(outcomes(answer.body.meta?.attempts ?? [])).to.deep.equal(told);
    const log = await api.get<Data<Log>>(`/logs/${answer.headers.get('x-integration-log-id')}`);
    expect(log.body.data).to.include({ status: 'error', cache_status: 'none' });
    expect(outcomes(log.body.data.attempts)).to.deep.equal(told);
  });

  it('serves an expired answer, marked as stale, when both are down', async () => {
    const api = await withKeys('stale', 'SANDBOX-OK');
    expect((await api.post('/geocoding/geocode', HOUSE)).status).to.equal(200);
    gateway.sandbox.control({ mode: '503' });
    const answer = await api.post<Geocoded>('/geocoding/geocode', HOUSE, { 'cache-control': 'max-age=0' });
    expect(answer.status).to.equal(200);
    expect(answer.headers.get('cache-status')).to.match(/^integration; fwd=stale/);
    expect(answer.headers.get('age')).to.match(/^\d+$/);
    expect(answer.body.meta.cache.status).to.equal('stale');
    expect(outcomes(answer.body.meta.attempts)).to.deep.equal([
      'google_maps provider-unavailable',
      'yandex_maps provider-unavailable',
    ]);
    expect(answer.body.data.matches[0]?.precision).to.equal('house');
    const log = await api.get<Data<Log>>(`/logs/${answer.body.meta.log_id}`);
    expect(log.body.data).to.include({ status: 'stale', cache_status: 'stale' });
  });

  it('serves an expired entry of the second tier after a restart, within the grace time and not after it', async () => {
    for (const [tenant, hours] of [
      ['grace', 5],
      ['past-grace', 30],
    ] as const) {
      const api = await withKeys(tenant, 'SANDBOX-OK');
      expect((await api.post('/geocoding/geocode', HOUSE)).status).to.equal(200);
      // The entry is written to the table after the answer.
      const aged = `update integration_cache set stored_at = now() - $1 * interval '1 hour',
           expires_at = now() - ($1 - 1) * interval '1 hour', gone_at = now() + (24 - $1) * interval '1 hour'
         where management_company_id = $2 returning cache_key`;
      await eventually('the entry', async () => (await gateway.sql(aged, [hours, tenant]))[0]);
    }
    await gateway.restart('stop');
    gateway.sandbox.control({ mode: '503' });
    const ask = async (tenant: string) =>
      (await gateway.administrator(tenant)).post<Geocoded>('/geocoding/geocode', HOUSE);
    // If the database stalls for a moment, the lookup in the table is too slow.
    const stale = await until(
      () => ask('grace'),
      ({ status }) => status === 200,
    );
    expect(stale.headers.get('cache-status')).to.match(/^integration; fwd=stale/);
    expect(Number(stale.headers.get('age'))).to.be.within(5 * 3600, 5 * 3600 + 60);
    expect((await ask('past-grace')).status).to.equal(502);
  });

  it("keeps to its caller's deadline when the only provider hangs", async () => {
    const api = await gateway.administrator('deadline');
    await registerGoogle(api, gateway.sandbox, { api_key: 'SANDBOX-HANG', config: { timeout_ms: 9_000 } });
    const started = performance.now();
    const answer = await api.post<Problem>('/geocoding/geocode', HOUSE, { 'x-request-deadline-ms': '1500' });
    expect(performance.now() - started).to.be.below(8_000);
    expect(answer.status).to.equal(504);
    expect(answer.body.code).to.equal('provider-timeout');
    expect(answer.headers.get('retry-after')).to.match(/^\d+$/);
    const log = await api.get<Data<Log>>(`/logs/${answer.headers.get('x-integration-log-id')}`);
    expect(log.body.data.status).to.equal('timeout');
    expect(outcomes(log.body.data.attempts)).to.deep.equal(['google_maps provider-timeout']);
  });

  it('answers 200 with no matches when nobody knows the address, and 502 when nobody could be asked', async () => {
    const api = await withKeys('nowhere', 'SANDBOX-OK');
    const answer = await api.post<Geocoded>('/geocoding/geocode', { address: 'Зzyqx вввqj 17' });
    expect(answer.status).to.equal(200);
    expect(answer.body.data.matches).to.deep.equal([]);
    expect(outcomes(answer.body.meta.attempts)).to.deep.equal([
      'google_maps no-match',
      'yandex_maps no-match',
    ]);
    const again = await api.post<Geocoded>('/geocoding/geocode', { address: 'Зzyqx вввqj 17' });
    expect(again.headers.get('cache-status')).to.match(/^integration; hit/);
    expect(again.body.data.matches).to.deep.equal([]);
  });

  it('keeps its memory flat while a provider repeatedly sends 100 MB', async () => {
    const api = await withKeys('huge', 'SANDBOX-HUGE', 'SANDBOX-HUGE');
    const resident = async (): Promise<number> => {
      const metrics = await api.get('/metrics');
      return Number(/^process_resident_memory_bytes (\S+)$/m.exec(metrics.text)?.[1]);
    };
    const before = await resident();
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, i) =>
        api.post('/geocoding/geocode', { address: `Москва, Тверская ${i}` }),
      ),
    );
    expect(answers.map(({ status }) => status)).to.satisfy((all: number[]) => all.every((s) => s === 502));
    expect((await resident()) - before).to.be.below(100 * 1024 * 1024);
  });

  it('reverse-geocodes coordinates, with the same fallback', async () => {
    const api = await withKeys('reverse', 'SANDBOX-BAD');
    const point = { latitude: 55.757_63, longitude: 37.613_43 };
    const answer = await api.post<Geocoded>('/geocoding/reverse', point);
    expect(answer.status, answer.text).to.equal(200);
    expect(outcomes(answer.body.meta.attempts)).to.deep.equal([
      'google_maps credentials-rejected',
      'yandex_maps ok',
    ]);
    expect(answer.body.data.matches[0]?.components['city']).to.equal('Москва');
    const nearby = { latitude: point.latitude + 0.000_001, longitude: point.longitude };
    const hit = await api.post<Geocoded>('/geocoding/reverse', nearby);
    expect(hit.headers.get('cache-status')).to.match(/^integration; hit/);
  });
});
