import { expect } from 'chai';
import type { ApiClient } from '../support/api-client.ts';
import { registerGoogle, registerYandex, startGateway, type Gateway } from '../support/gateway.ts';
import { shortestOf } from '../support/shortest-of.ts';
import { eventually } from '../support/until.ts';
import type { Geocoded, Log, Match, Measured, Meta, PageOf, Service, Problem } from '../support/wire.ts';

const TVERSKAYA = 'Москва, ул. Тверская, 13';
const PRESNENSKAYA = 'Москва, Пресненская наб., 12';
const FROM = { latitude: 55.7617, longitude: 37.609 };
const TO = { latitude: 55.7497, longitude: 37.5378 };

type Item = {
  readonly index: number;
  readonly address: string | null;
  readonly status: 'ok' | 'error';
  readonly matches?: readonly Match[];
  readonly problem?: Problem;
  readonly meta: Meta | null;
};
type Batch = {
  readonly data: readonly Item[];
  readonly meta: { readonly total: number; readonly ok: number; readonly error: number };
};

const houses = (count: number): readonly string[] =>
  Array.from({ length: count }, (_, i) => `Москва, улица Арбат, ${i + 1}`);

describe('Distances and batches', () => {
  let gateway: Gateway;
  let api: ApiClient;
  before(async () => {
    // Timeouts long enough that an answer delayed by this machine is not requested again.
    gateway = await startGateway({ ATTEMPT_TIMEOUT_MS: '15000', CALL_DEADLINE_MS: '60000' });
    api = await gateway.administrator('main');
    await registerGoogle(api, gateway.sandbox);
    await registerYandex(api, gateway.sandbox);
  });
  after(() => gateway.stop());
  beforeEach(() => gateway.sandbox.control({ reset: true }));

  const measure = <B = Measured>(body: object, headers?: { readonly [name: string]: string }) =>
    api.post<B>('/geocoding/distance', body, headers);
  const callsOf = (provider: 'google' | 'yandex'): number =>
    gateway.sandbox.counters().providers[provider].calls;

  describe('a distance', () => {
    it('follows the roads between two points, and asks once', async () => {
      const driving = await measure({ origin: FROM, destination: TO, mode: 'driving' });
      expect(driving.status, driving.text).to.equal(200);
      expect(driving.body.data).to.include({ mode: 'driving', route_found: true, approximate: false });
      expect(driving.body.data.distance_metres).to.be.within(4_000, 9_000);
      expect(driving.body.data.duration_seconds).to.be.greaterThan(0);
      expect(driving.headers.get('x-integration-provider')).to.equal('google_maps');
      const walking = await measure({ origin: FROM, destination: TO, mode: 'walking' });
      expect(walking.body.data.duration_seconds).to.be.greaterThan(driving.body.data.duration_seconds ?? 0);
      const again = await measure({ origin: FROM, destination: TO, mode: 'driving' });
      expect(again.headers.get('cache-status')).to.match(/^integration; hit/);
      expect(gateway.sandbox.counters().providers.routes.calls).to.equal(2);
    });

    it('is the geodesic when a straight line is requested, without any provider', async () => {
      const answer = await measure({ origin: FROM, destination: TO, mode: 'straight_line' });
      expect(answer.body.data.distance_metres).to.be.closeTo(4_663, 20);
      expect(answer.body.data.duration_seconds).to.equal(null);
      expect(answer.headers.get('x-integration-attempts')).to.equal('0');
      const calls = Object.values(gateway.sandbox.counters().providers).map((provider) => provider.calls);
      expect(calls.every((count) => count === 0)).to.equal(true);
    });

    it('connects addresses, and reports the place each was resolved to', async () => {
      const answer = await measure({
        origin: TVERSKAYA,
        destination: { address: PRESNENSKAYA },
        mode: 'driving',
      });
      expect(answer.status, answer.text).to.equal(200);
      expect(answer.body.data.origin.match?.precision).to.equal('house');
      expect(answer.body.meta.attribution).to.equal('© Google');
      const trail = await api.get<PageOf<Log>>(`/logs?request_id=${answer.headers.get('x-request-id')}`);
      expect(trail.body.data.map(({ operation }) => operation).sort()).to.deep.equal([
        'distance',
        'geocode',
        'geocode',
      ]);
    });

    it('asks for no address that was geocoded before', async () => {
      const address = 'Москва, ул. Тверская, 19';
      expect((await api.post('/geocoding/geocode', { address })).status).to.equal(200);
      const before = callsOf('google');
      const answer = await measure({ origin: address, destination: TO, mode: 'straight_line' });
      expect(answer.body.data.origin.match?.precision).to.equal('house');
      expect(callsOf('google')).to.equal(before);
    });

    it('comes from Yandex when Google refuses', async () => {
      gateway.sandbox.control({ provider: 'routes', mode: 'denied' });
      const far = { latitude: 55.9, longitude: 37.7 };
      const answer = await measure({ origin: FROM, destination: far, mode: 'driving' });
      expect(answer.status, answer.text).to.equal(200);
      expect(answer.headers.get('x-integration-provider')).to.equal('yandex_maps');
      expect(answer.body.meta.attempts.map(({ outcome }) => outcome)).to.deep.equal([
        'credentials-rejected',
        'ok',
      ]);
    });

    it('does not affect geocoding when the key does not permit routes', async () => {
      gateway.sandbox.control({ provider: 'routes', mode: 'not_enabled' });
      for (let n = 0; n < 10; n += 1) {
        const far = { latitude: 55.9, longitude: 38 + n / 100 };
        const road = await measure({ origin: FROM, destination: far, mode: 'driving' });
        expect(road.headers.get('x-integration-provider'), road.text).to.equal('yandex_maps');
      }
      const geocoded = await api.post<Geocoded>('/geocoding/geocode', { address: 'Москва, Арбат, 31' });
      expect(geocoded.body.meta.attempts.map(({ provider, outcome }) => [provider, outcome])).to.deep.equal([
        ['google_maps', 'ok'],
      ]);
      const google = await api.get<PageOf<Service>>('/services?health_status=healthy');
      expect(google.body.data.map(({ provider }) => provider)).to.include('google_maps');
    });

    it('is an error, never a straight line, when nobody knows the road', async () => {
      gateway.sandbox.control({ mode: '503' });
      const answer = await measure<Problem>({
        origin: FROM,
        destination: { latitude: 55.8, longitude: 37.5 },
        mode: 'driving',
      });
      expect(answer.status).to.equal(502);
      expect(answer.text).to.not.contain('distance_metres');
    });

    it('reports that no road joins two places', async () => {
      const answer = await measure({
        origin: FROM,
        destination: { latitude: 40.7, longitude: -74 },
        mode: 'driving',
      });
      expect(answer.status, answer.text).to.equal(200);
      expect(answer.body.data).to.include({ route_found: false, distance_metres: null });
    });

    it('names the end that has no match', async () => {
      const answer = await measure<Problem>({ origin: TVERSKAYA, destination: 'Qwxzzv 77', mode: 'driving' });
      expect(answer.status).to.equal(422);
      expect(answer.body.errors?.map(({ pointer }) => pointer)).to.deep.equal(['/destination']);
    });

    it('keeps to one deadline over all its calls', async () => {
      gateway.sandbox.control({ provider: 'google', latency_ms: 1_000 });
      gateway.sandbox.control({ provider: 'routes', mode: 'hang' });
      gateway.sandbox.control({ provider: 'yandex-distance', mode: 'hang' });
      const refusedAfter = async (house: number): Promise<number> => {
        const started = performance.now();
        const answer = await measure<Problem>(
          { origin: `Москва, ул. Тверская, ${house}`, destination: FROM, mode: 'driving' },
          { 'x-request-deadline-ms': '2000' },
        );
        expect(answer.status, answer.text).to.be.oneOf([502, 504]);
        return performance.now() - started;
      };
      // A separate deadline for each of them would end after three seconds at the earliest.
      expect(await shortestOf(refusedAfter, 2_900)).to.be.below(2_900);
    });
  });

  describe('a batch', () => {
    it('answers each address separately, in the order of the request', async () => {
      const addresses = [TVERSKAYA, '', 42, 'x'.repeat(1_001), 'Qwxzzv 77', PRESNENSKAYA, 'a\u0000b'];
      const answer = await api.post<Batch>('/geocoding/batch', { addresses });
      expect(answer.status, answer.text).to.equal(200);
      expect(answer.body.meta).to.include({ total: 7, ok: 3, error: 4 });
      expect(answer.body.data.map(({ index, status }) => `${index} ${status}`)).to.deep.equal([
        '0 ok',
        '1 error',
        '2 error',
        '3 error',
        '4 ok',
        '5 ok',
        '6 error',
      ]);
      expect(answer.body.data[0]?.matches?.[0]?.precision).to.equal('house');
      expect(answer.body.data[4]?.matches).to.deep.equal([]);
      expect(answer.body.data[1]?.problem).to.include({ status: 422, code: 'invalid-input' });
      expect(answer.body.data[1]?.problem?.errors?.[0]?.pointer).to.equal('/addresses/1');
    });

    it('asks once for an address that it contains several times', async () => {
      const answer = await api.post<Batch>('/geocoding/batch', {
        addresses: Array.from({ length: 100 }, () => 'Москва, ул. Тверская, 17'),
      });
      expect(answer.body.meta.ok).to.equal(100);
      expect(callsOf('google')).to.equal(1);
    });

    it('accepts 1 to 1,000 addresses', async () => {
      for (const count of [0, 1_001]) {
        const answer = await api.post<Problem>('/geocoding/batch', { addresses: houses(count) });
        expect(answer.status).to.equal(422);
        expect(answer.body.errors?.[0]?.pointer).to.equal('/addresses');
      }
      const full = await api.post<Batch>('/geocoding/batch', { addresses: houses(1_000) });
      expect(full.body.meta).to.include({ total: 1_000, ok: 1_000 });
    });

    const streamed = async (addresses: readonly string[], signal?: AbortSignal) => {
      const response = await api.open('POST', '/geocoding/batch', {
        body: { addresses },
        headers: {
          accept: 'application/x-ndjson',
          'cache-control': 'no-cache',
          'x-request-id': `streamed-${addresses.length}`,
        },
        ...(signal === undefined ? {} : { signal }),
      });
      expect(response.status).to.equal(200);
      expect(response.headers.get('content-type')).to.equal('application/x-ndjson');
      const reader = response.body?.getReader();
      if (reader === undefined) throw new Error('an answer without a body');
      return reader;
    };

    it('streams each result as soon as it is known', async () => {
      gateway.sandbox.control({ latency_ms: 300 });
      const reader = await streamed(houses(80));
      const decoder = new TextDecoder();
      const first = await reader.read();
      expect(callsOf('google')).to.be.below(80);
      let text = decoder.decode(first.value, { stream: true });
      for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read())
        text += decoder.decode(chunk.value, { stream: true });
      const items = text
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Item);
      expect(items.map(({ index }) => index).sort((a, b) => a - b)).to.deep.equal(
        houses(80).map((_, i) => i),
      );
      expect(items.every(({ status }) => status === 'ok')).to.equal(true);
    });

    it('stops asking when its caller has gone', async () => {
      gateway.sandbox.control({ latency_ms: 200 });
      const gone = new AbortController();
      const reader = await streamed(houses(600), gone.signal);
      await reader.read();
      gone.abort();
      await reader.read().catch(() => undefined);
      const booked = async () => {
        const text = `select coalesce(sum(jsonb_array_length(attempts)), 0)::int as attempts
          from integration_logs where request_id = 'streamed-600'`;
        const [row] = await gateway.sql<{ attempts: number }>(text);
        return row?.attempts;
      };
      let before = callsOf('google');
      // A request sent to a provider is in the trail whether or not its answer arrived. A service that is stalled sends
      // no requests for a while, and then continues with those in progress.
      const stopped = await eventually('the calls to stop, each of them in the trail', async () => {
        await new Promise((resolve) => setTimeout(resolve, 250));
        const inTrail = await booked();
        const now = callsOf('google');
        if (now === before && inTrail === now) return now;
        before = now;
        return undefined;
      });
      expect(stopped).to.be.below(300);
    });
  });

  it('abandons a call whose caller has gone, and records that in the trail', async () => {
    gateway.sandbox.control({ latency_ms: 5_000 });
    const gone = new AbortController();
    const asked = api.open('POST', '/geocoding/geocode', {
      body: { address: 'Москва, Арбат, 32' },
      headers: { 'x-request-id': 'gone-before-the-answer' },
      signal: gone.signal,
    });
    await eventually('the call to reach the provider', async () => callsOf('google') > 0 || undefined);
    gone.abort();
    expect(await asked.catch((error: Error) => error.name)).to.equal('AbortError');
    const row = await eventually(
      'its row',
      async () => (await api.get<PageOf<Log>>('/logs?request_id=gone-before-the-answer')).body.data[0],
      4_000,
    );
    expect(row).to.include({
      status: 'timeout',
      error_message: 'the caller went away before a provider answered',
    });
  });

  describe('a shutdown', () => {
    it('answers requests in progress, refuses later ones, and exits with 0', async () => {
      gateway.sandbox.control({ latency_ms: 700 });
      const running = houses(30).map((address) =>
        api.post<Geocoded>('/geocoding/geocode', { address, limit: 7 }, { 'cache-control': 'no-store' }),
      );
      await eventually('all calls to reach the provider', async () => callsOf('google') >= 30 || undefined);
      const log = gateway.service().output().length;
      const stopping = gateway.service().stop();
      await eventually(
        'the stop to begin',
        async () => gateway.service().output().slice(log).includes('stopping') || undefined,
      );
      const late = await api.get<Problem>('/services').then(
        ({ status, headers }) => ({ status, retry: headers.get('retry-after') }),
        () => ({ status: 'refused', retry: '' }),
      );
      expect(late.status).to.be.oneOf([503, 'refused']);
      if (late.status === 503) expect(late.retry).to.match(/^\d+$/);
      const answers = await Promise.all(running);
      expect(answers.map(({ status }) => status)).to.deep.equal(answers.map(() => 200));
      expect(await stopping).to.equal(0);
      const ids = answers.map(({ body }) => body.meta.log_id);
      // If the database stalled meanwhile, the next process stores what was left on the disk.
      await gateway.restart('stop');
      const kept = await gateway.sql('select id from integration_logs where id = any($1::uuid[])', [ids]);
      expect(kept).to.have.length(30);
    });
  });
});
