import { expect } from 'chai';
import type { CacheReport } from '../../../../src/application/provider-call/call-report.ts';
import { left, right } from '../../../../src/domain/shared/fp.ts';
import {
  aFailedCall,
  aHitReport,
  aMatch,
  anAttempt,
  aReport,
  aWindow,
} from '../../../support/a-call-report.ts';
import { anId, NOON } from '../../../support/an-external-service.ts';
import { startHttpServer, type RunningServer } from '../../../support/with-http-server.ts';

const aMiss = { status: 'miss', reason: 'cold', collapsed: false, stored: true, key: 'k' } as const;
type Body = { readonly [member: string]: unknown };
const bodyOf = async (answer: Response): Promise<Body> => (await answer.json()) as Body;

describe('geocoding over HTTP', () => {
  let server: RunningServer;
  beforeEach(async () => {
    server = await startHttpServer();
  });
  afterEach(() => server.http.close(0));

  const geocode = (body: unknown, headers = {}) =>
    server.ask('POST', '/geocoding/geocode', { body, headers });

  it('answers the places and how they came about', async () => {
    const answer = await geocode({ address: ' Ташкент, улица Амира Темура, 1 ', language: 'ru' });
    expect(answer.status).to.equal(200);
    expect(await bodyOf(answer)).to.deep.equal({
      data: {
        matches: [
          {
            formatted_address: 'Ташкент, улица Амира Темура, 1',
            latitude: 41.311081,
            longitude: 69.240562,
            precision: 'house',
            confidence: 0.98,
            partial_match: false,
            components: {
              country: 'Узбекистан',
              country_code: 'UZ',
              region: null,
              city: 'Ташкент',
              district: null,
              street: null,
              house: '1',
              postal_code: null,
            },
            bounds: {
              south_west: { latitude: 41.3, longitude: 69.2 },
              north_east: { latitude: 41.4, longitude: 69.3 },
            },
            place_id: 'ChIJ1',
          },
        ],
      },
      meta: {
        provider: 'google_maps',
        cache: { status: 'miss', layer: null, age_seconds: null },
        attempts: [{ provider: 'google_maps', service_name: 'google-main', outcome: 'ok', duration_ms: 21 }],
        cost: { amount: '0.005', currency: 'USD' },
        log_id: anId(900),
        attribution: 'Map data © Google',
        request_id: answer.headers.get('x-request-id'),
      },
    });
  });

  it('explains a miss in headers', async () => {
    const { headers } = await geocode({ address: 'Ташкент' });
    expect(Object.fromEntries(headers)).to.include({
      'content-type': 'application/json',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'x-integration-provider': 'google_maps',
      'x-integration-attempts': '1',
      'x-integration-cost': '0.005 USD',
      'x-integration-log-id': anId(900),
      'cache-status': 'integration; fwd=miss; stored',
      'server-timing': 'cache;dur=0.12, quota;dur=0.05, provider;dur=20.6, journal;dur=1.5, total;dur=22.3',
      ratelimit: '"google-main-minute";r=59;t=12',
      'ratelimit-policy': '"google-main-minute";q=60;w=60',
    });
    expect(headers.get('age')).to.equal(null);
    expect(headers.get('x-powered-by')).to.equal(null);
  });

  it('explains a hit in headers and meta, byte for byte the same text each time', async () => {
    await geocode({ address: 'Ташкент' });
    const first = await geocode({ address: 'Ташкент' }, { 'x-request-id': 'same' });
    const second = await geocode({ address: 'Ташкент' }, { 'x-request-id': 'same' });
    expect(Object.fromEntries(first.headers)).to.include({
      'cache-status': 'integration; hit; ttl=3411; detail=l1',
      age: '189',
      'x-integration-attempts': '0',
      'x-integration-cost': '0 USD',
    });
    expect(first.headers.get('ratelimit')).to.equal(null);
    const text = await first.text();
    expect(text).to.equal(await second.text());
    expect(Buffer.byteLength(text)).to.equal(Number(first.headers.get('content-length')));
    expect((JSON.parse(text) as Body)['meta']).to.deep.include({
      cache: { status: 'hit', layer: 'l1', age_seconds: 189 },
      attempts: [],
      attribution: 'Map data © Google',
    });
  });

  it('tells stale, collapsed and bypassed answers apart', async () => {
    const value = { matches: [aMatch()], attribution: '' };
    const told = async (report: ReturnType<typeof aReport>) => {
      server.application.queries.geocodeAddress = async () => right({ value, report });
      const { headers } = await geocode({ address: 'Ташкент' });
      return headers.get('cache-status');
    };
    const stale = { status: 'stale', layer: 'l2', ageSeconds: 4000, ttlSeconds: -400, key: 'k' } as const;
    const miss = { status: 'miss', reason: 'cold', collapsed: true, stored: false, key: 'k' } as const;
    expect(await told(aHitReport({ cache: stale }))).to.equal('integration; fwd=stale; ttl=-400; detail=l2');
    expect(await told(aReport({ cache: miss }))).to.equal('integration; fwd=miss; collapsed');
    expect(await told(aReport({ cache: { ...miss, reason: 'bypassed', collapsed: false } }))).to.equal(
      'integration; fwd=bypass',
    );
    expect(await told(aReport({ cache: { status: 'bypass', key: undefined } }))).to.equal(
      'integration; fwd=bypass',
    );
  });

  it('says in meta what Cache-Status says, also for an answer that was reloaded on request', async () => {
    const told = async (cache: CacheReport) => {
      const value = { matches: [aMatch()], attribution: '' };
      server.application.queries.geocodeAddress = async () => right({ value, report: aReport({ cache }) });
      const answer = await geocode({ address: 'Ташкент' });
      const { cache: inMeta } = (await bodyOf(answer))['meta'] as { readonly cache: Body };
      return [answer.headers.get('cache-status'), inMeta['status']];
    };
    expect(await told(aMiss)).to.deep.equal(['integration; fwd=miss; stored', 'miss']);
    expect(await told({ ...aMiss, reason: 'bypassed' })).to.deep.equal([
      'integration; fwd=bypass; stored',
      'bypass',
    ]);
  });

  it('claims no forwarding where nobody was to be asked', async () => {
    const cache = { ...aMiss, isForwarded: false } as const;
    server.application.queries.geocodeAddress = async () =>
      left(aFailedCall({ kind: 'not-cached' }, { cache }));
    const { headers } = await geocode({ address: 'Ташкент' }, { 'cache-control': 'only-if-cached' });
    expect(headers.get('cache-status')).to.equal('integration; detail=not-cached');
  });

  it('names every quota window by its owner', async () => {
    const windows = [
      aWindow({ window: 'day', limit: 2000, remaining: 0, resetsAt: NOON - 1 }),
      aWindow({ subjectId: anId(2), limit: 10 }),
      aWindow({ subjectId: 'tenant:geocoding', limit: 50, remaining: 49 }),
    ];
    const attempts = [anAttempt({ serviceId: anId(2), serviceName: 'yandex', outcome: 'quota-exceeded' })];
    server.application.queries.geocodeAddress = async () =>
      right({ value: { matches: [], attribution: '' }, report: aReport({ windows, attempts }) });
    const { headers } = await geocode({ address: 'Ташкент' });
    expect(headers.get('ratelimit')).to.equal(
      '"google-main-day";r=0;t=0, "yandex-minute";r=59;t=12, "tenant-geocoding-minute";r=49;t=12',
    );
    expect(headers.get('ratelimit-policy')).to.equal(
      '"google-main-day";q=2000;w=86400, "yandex-minute";q=10;w=60, "tenant-geocoding-minute";q=50;w=60',
    );
  });

  it('says "no such address" with empty matches and 200', async () => {
    const answer = await geocode({ address: 'nowhere' });
    expect(answer.status).to.equal(200);
    expect((await bodyOf(answer))['data']).to.deep.equal({ matches: [] });
  });

  it('fills the defaults and normalises language and region', async () => {
    const asked: unknown[] = [];
    server.application.queries.geocodeAddress = async (_ctx, { request }) => {
      asked.push(request);
      return left(aFailedCall({ kind: 'not-cached' }));
    };
    await geocode({ address: 'Ташкент' });
    await geocode({ address: 'Ташкент', language: 'uz-Latn-UZ', region: 'uz', limit: 20 });
    // Google's name for Great Britain, which is reserved for it in ISO 3166, too.
    await geocode({ address: 'Birmingham', region: 'uk' });
    expect(asked).to.deep.equal([
      { address: 'Ташкент', language: 'ru', limit: 5 },
      { address: 'Ташкент', language: 'uz', region: 'UZ', limit: 20 },
      { address: 'Birmingham', language: 'ru', region: 'GB', limit: 5 },
    ]);
  });

  it('tells the call when its caller goes away', async () => {
    const called = Promise.withResolvers<void>();
    const gone = Promise.withResolvers<boolean>();
    server.application.queries.geocodeAddress = async (_ctx, { options: { caller } }) => {
      const takenBack = caller?.whenGone(() => gone.reject(new Error('taken back')));
      caller?.whenGone(() => gone.resolve(caller.isGone()));
      takenBack?.();
      expect(caller?.isGone()).to.equal(false);
      called.resolve();
      await gone.promise;
      return left(aFailedCall({ kind: 'deadline-exceeded', attempts: [], callerGone: true }));
    };
    const leaving = new AbortController();
    const answer = fetch(`http://127.0.0.1:${server.port}/geocoding/geocode`, {
      method: 'POST',
      headers: {
        authorization: 'Bearer admin',
        'x-management-company-id': 'uk_company_1',
        'content-type': 'application/json',
      },
      body: '{"address":"a"}',
      signal: leaving.signal,
    }).catch((error: Error) => error.name);
    await called.promise;
    leaving.abort();
    expect(await answer).to.equal('AbortError');
    expect(await gone.promise).to.equal(true);
    await server.http.close(5_000);
    expect(server.lines.map(({ reason }) => reason)).to.deep.equal(['caller-gone']);
  });

  it("hands the caller's Cache-Control and deadline to the call", async () => {
    const seen: unknown[] = [];
    server.application.queries.geocodeAddress = async (_ctx, { options }) => {
      const { caller: _caller, ...rest } = options;
      seen.push(rest);
      return left(aFailedCall({ kind: 'not-cached' }));
    };
    const none = { noCache: false, noStore: false, onlyIfCached: false, maxAgeSeconds: undefined };
    await geocode({ address: 'a' });
    await geocode({ address: 'a' }, { 'cache-control': 'No-Cache, no-store, no-transform' });
    await geocode({ address: 'a' }, { 'cache-control': 'only-if-cached , max-age=60, max-stale' });
    await geocode({ address: 'a' }, { 'cache-control': 'max-age="5"', 'x-request-deadline-ms': '600000' });
    await geocode({ address: 'a' }, { 'cache-control': 'max-age=99999999999' });
    await geocode({ address: 'a' }, { 'cache-control': 'x="a, no-store, \\", max-age=b", max-age=7' });
    await geocode({ address: 'a' }, { 'cache-control': 'no-cache,, x="never closed, no-store\\' });
    await geocode(
      { address: 'a' },
      { 'cache-control': 'max-stale=9, Min-Fresh="3", max-stale, min-fresh=2' },
    );
    expect(seen).to.deep.equal([
      { cache: none, deadlineMs: undefined },
      { cache: { ...none, noCache: true, noStore: true }, deadlineMs: undefined },
      {
        cache: { ...none, onlyIfCached: true, maxAgeSeconds: 60, maxStaleSeconds: Infinity },
        deadlineMs: undefined,
      },
      { cache: { ...none, maxAgeSeconds: 5 }, deadlineMs: 600_000 },
      { cache: { ...none, maxAgeSeconds: 99_999_999_999 }, deadlineMs: undefined },
      { cache: { ...none, maxAgeSeconds: 7 }, deadlineMs: undefined },
      { cache: { ...none, noCache: true }, deadlineMs: undefined },
      { cache: { ...none, maxStaleSeconds: 9, minFreshSeconds: 3 }, deadlineMs: undefined },
    ]);
  });

  it('serves what is cached and only that when only-if-cached is asked', async () => {
    const cold = await geocode({ address: 'Самарканд' }, { 'cache-control': 'only-if-cached' });
    expect(cold.status).to.equal(504);
    expect((await bodyOf(cold))['code']).to.equal('not-cached');
    expect(server.application.asked).to.deep.equal([]);
  });

  it('turns coordinates into places', async () => {
    const answer = await server.ask('POST', '/geocoding/reverse', {
      body: { latitude: -90, longitude: 180, language: 'en' },
    });
    expect(answer.status).to.equal(200);
    const { data } = await bodyOf(answer);
    expect((data as { matches: Body[] }).matches[0]).to.include({ latitude: -90, longitude: 180 });
    expect(answer.headers.get('x-integration-provider')).to.equal('google_maps');
  });

  describe('distance', () => {
    const distance = (body: unknown) => server.ask('POST', '/geocoding/distance', { body });

    it('takes each end as text, as an address object or as coordinates', async () => {
      const answer = await distance({
        origin: 'Ташкент',
        destination: { latitude: 39.65, longitude: 66.96 },
        mode: 'walking',
      });
      expect(answer.status).to.equal(200);
      const { data } = await bodyOf(answer);
      expect(data).to.deep.include({
        mode: 'walking',
        route_found: true,
        distance_metres: 1234.5,
        duration_seconds: 300,
        degraded: false,
        approximate: false,
        destination: { latitude: 39.65, longitude: 66.96, match: null },
      });
      expect((data as { origin: Body }).origin['match']).to.include({ precision: 'house' });
      const other = await distance({ origin: { address: 'Ташкент' }, destination: { address: 'Самарканд' } });
      expect((await bodyOf(other))['data']).to.include({ mode: 'straight_line' });
    });

    it('takes a pair of degrees given as text for the point itself, not for an address near it', async () => {
      const answer = await distance({ origin: '41.31, 69.24', destination: { address: '−39.65; 66.96' } });
      expect((await bodyOf(answer))['data']).to.deep.include({
        origin: { latitude: 41.31, longitude: 69.24, match: null },
        destination: { latitude: -39.65, longitude: 66.96, match: null },
      });
      const nowhere = await bodyOf(await distance({ origin: '141.31, 69.24', destination: 'Самарканд' }));
      expect((nowhere['data'] as { origin: Body }).origin['match']).to.include({ precision: 'house' });
    });

    it('has no duration for a straight line', async () => {
      const answer = await distance({ origin: 'a', destination: 'b', mode: 'straight_line' });
      expect((await bodyOf(answer))['data']).to.include({ mode: 'straight_line', duration_seconds: null });
    });

    it('names the ends that nobody could place', async () => {
      const answer = await distance({ origin: 'nowhere', destination: 'nowhere' });
      expect(answer.status).to.equal(422);
      const body = await bodyOf(answer);
      expect(body['attempts']).to.have.length(Number(answer.headers.get('x-integration-attempts')));
      expect(body['meta']).to.include({ log_id: answer.headers.get('x-integration-log-id') });
      expect(body).to.deep.include({
        code: 'request-rejected',
        errors: [
          { pointer: '/origin', detail: 'no such place is known' },
          { pointer: '/destination', detail: 'no such place is known' },
        ],
      });
    });

    it('tells the problems of the shape that was meant', async () => {
      const answer = await distance({
        origin: { latitude: 91, longitude: '1' },
        destination: 5,
        mode: 'flying',
      });
      expect(answer.status).to.equal(422);
      expect((await bodyOf(answer))['errors']).to.deep.equal([
        { pointer: '/origin/latitude', detail: 'a number from -90 to 90' },
        { pointer: '/origin/longitude', detail: 'a number from -180 to 180' },
        { pointer: '/destination', detail: 'an address, or an object with address or coordinates' },
        { pointer: '/mode', detail: 'one of driving, walking, straight_line' },
      ]);
    });
  });
});
