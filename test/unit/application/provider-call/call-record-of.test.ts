import { expect } from 'chai';
import { newLedger } from '../../../../src/application/provider-call/call-ledger.ts';
import type { Call, Served } from '../../../../src/application/provider-call/call.ts';
import { callEvents } from '../../../../src/application/provider-call/call-events.ts';
import { callRecordOf, type Finished } from '../../../../src/application/provider-call/call-record-of.ts';
import { geocodeOperation } from '../../../../src/application/provider-call/operations/geocode-operation.ts';
import { anyCache, type CallOptions } from '../../../../src/application/provider-call/call-options.ts';
import type { CacheReport } from '../../../../src/application/provider-call/call-report.ts';
import type { CallStatus } from '../../../../src/domain/audit/call-record.ts';
import type { GeocodeMatches, GeocodeRequest } from '../../../../src/domain/provider/geocoder.ts';
import type { Attempt, CallError, ProviderError } from '../../../../src/domain/provider/provider-error.ts';
import { left, right, type Either } from '../../../../src/domain/shared/fp.ts';
import { metaOf } from '../../../../src/interfaces/wire/presenters/call-meta.ts';
import { aReport } from '../../../support/a-call-report.ts';
import {
  aBareService,
  aContext,
  anExternalService,
  anId,
  NOON,
  TENANT,
} from '../../../support/an-external-service.ts';
import { aMatch } from '../../../support/scripted-geocoder.ts';
import { sequentialIds } from '../../../support/sequential-ids.ts';

const google = anExternalService();
const gazetteer = aBareService();
const operation = geocodeOperation({}, { l1Ms: 1, l2Ms: 1, negativeMs: 1, graceMs: 1 });
const matches: GeocodeMatches = { matches: [aMatch({ placeId: 'p' })], attribution: 'x' };
const miss: CacheReport = { status: 'miss', reason: 'cold', collapsed: false, stored: true, key: 'k' };
const hit: CacheReport = { status: 'hit', layer: 'l2', ageSeconds: 12, ttlSeconds: 5, key: 'k' };

const anAttempt = (change: Partial<Attempt> = {}): Attempt => ({
  provider: 'google_maps',
  serviceId: google.id,
  serviceName: google.serviceName,
  outcome: 'ok',
  durationMs: 20,
  calls: 1,
  ...change,
});
const served = (cache: CacheReport = miss, value = matches): Either<CallError, Served<GeocodeMatches>> =>
  right({
    value,
    service: { id: google.id, serviceName: google.serviceName, provider: google.provider },
    cache,
  });

type Wish = {
  readonly attempts?: readonly Attempt[];
  readonly options?: Partial<CallOptions>;
  readonly traceparent?: string;
};
const finished = (
  result: Either<CallError, Served<GeocodeMatches>>,
  { attempts = [anAttempt()], options = {}, traceparent }: Wish = {},
): Finished<GeocodeRequest, GeocodeMatches> => {
  const ledger = newLedger(anId(500));
  ledger.attempts.push(...attempts);
  const call: Call<GeocodeRequest> = {
    ctx: { ...aContext(), ...(traceparent !== undefined && { traceparent }) },
    plan: { services: [google, gazetteer] },
    request: { address: 'Москва', language: 'ru', limit: 5 },
    options: { cache: anyCache, deadlineMs: undefined, ...options },
    cacheKey: undefined,
    ledger,
    startedAt: 0,
    deadlineAt: 1_000,
    signal: undefined,
  };
  return { call, operation, result, startedAt: NOON, durationMs: 25 };
};
const message = 'it said so';
const failedBy = (error: ProviderError): Either<CallError, never> =>
  left({ kind: 'call-failed', error, attempts: [] });

describe('the row of a call', () => {
  it('tells who asked, what was asked, who answered, and how long it took', () => {
    const record = callRecordOf(finished(served()));
    expect(record).to.deep.include({
      id: anId(500),
      tenantId: TENANT,
      actorId: 'admin@example.test',
      requestId: 'req-1',
      serviceId: google.id,
      serviceName: 'google-main',
      operation: 'geocode',
      endpoint: '/geocode/json',
      httpMethod: 'GET',
      requestHeaders: undefined,
      requestBody: { address: 'Москва', language: 'ru', limit: 5 },
      responseStatusCode: 200,
      startedAt: NOON,
      completedAt: NOON + 25,
      durationMs: 25,
      status: 'success',
      errorMessage: undefined,
      retryCount: 0,
      cacheStatus: 'miss',
      cacheKey: 'k',
    });
    expect(JSON.stringify(record.responseBody)).to.include('"place_id":"p"');
  });

  it('says of the cache what the answer says', () => {
    const kept = { layer: 'l1', ageSeconds: 1, ttlSeconds: 5, key: 'k' } as const;
    const reports: readonly CacheReport[] = [
      miss,
      { ...miss, reason: 'expired' },
      { ...miss, reason: 'bypassed' },
      { status: 'bypass', key: 'k' },
      { status: 'hit', ...kept },
      { status: 'stale', ...kept },
    ];
    for (const cache of reports) {
      const { cacheStatus } = callRecordOf(finished(served(cache)));
      expect(cacheStatus).to.equal(metaOf(aReport({ cache }), null, 'req-1').cache.status);
    }
  });

  it('says with which status of HTTP the provider refused that it names', () => {
    const statusOf = (result: Either<CallError, Served<GeocodeMatches>>) =>
      callRecordOf(finished(result)).responseStatusCode;
    expect(statusOf(failedBy({ kind: 'request-rejected', status: 400, message }))).to.equal(400);
    expect(statusOf(failedBy({ kind: 'provider-timeout', message }))).to.equal(undefined);
    const attempts = [
      anAttempt({ outcome: 'quota-exceeded', status: 429 }),
      anAttempt({ outcome: 'credentials-rejected', status: 403 }),
      anAttempt({ outcome: 'not-supported' }),
    ];
    expect(statusOf(left({ kind: 'all-providers-failed', retryAfterMs: 1, attempts }))).to.equal(403);
    expect(statusOf(left({ kind: 'no-provider', message }))).to.equal(undefined);
  });

  const statuses: readonly (readonly [string, Either<CallError, Served<GeocodeMatches>>, CallStatus])[] = [
    ['an answer', served(), 'success'],
    ['a hit', served(hit), 'cache_hit'],
    ['an old answer', served({ ...hit, status: 'stale' }), 'stale'],
    ['an empty answer', served(miss, { matches: [], attribution: '' }), 'no_match'],
    [
      'our quota',
      failedBy({ kind: 'quota-exceeded', scope: 'service', retryAfterMs: 1, message }),
      'rate_limited',
    ],
    ['a provider that is down', failedBy({ kind: 'provider-unavailable', message }), 'error'],
    ['an open breaker', failedBy({ kind: 'breaker-open', retryAfterMs: 1, message }), 'error'],
    ['a slow provider', failedBy({ kind: 'provider-timeout', message }), 'timeout'],
    ['a refused key', failedBy({ kind: 'credentials-rejected', message }), 'error'],
    ['a wrong request', failedBy({ kind: 'request-rejected', message }), 'rejected'],
    ['what nobody understands', failedBy({ kind: 'answer-not-understood', message }), 'error'],
    ['what it cannot do', failedBy({ kind: 'not-supported', message }), 'rejected'],
    ['the deadline', left({ kind: 'deadline-exceeded', attempts: [] }), 'timeout'],
    ['no provider', left({ kind: 'no-provider', message }), 'error'],
    ['an empty cache', left({ kind: 'not-cached' }), 'rejected'],
    [
      'several failures',
      left({
        kind: 'all-providers-failed',
        retryAfterMs: 1,
        attempts: [anAttempt({ outcome: 'quota-exceeded' }), anAttempt({ outcome: 'provider-timeout' })],
      }),
      'error',
    ],
    [
      'several quotas',
      left({
        kind: 'all-providers-failed',
        retryAfterMs: 1,
        attempts: [anAttempt({ outcome: 'quota-exceeded' }), anAttempt({ outcome: 'quota-exceeded' })],
      }),
      'rate_limited',
    ],
    [
      'several quotas beside an offline provider that knows no such place',
      left({
        kind: 'all-providers-failed',
        retryAfterMs: 1,
        attempts: (['quota-exceeded', 'quota-exceeded', 'no-match'] as const).map((outcome) =>
          anAttempt({ outcome }),
        ),
      }),
      'rate_limited',
    ],
  ];
  for (const [words, result, status] of statuses)
    it(`calls ${words} ${status}, and says why it failed`, () => {
      const record = callRecordOf(finished(result));
      expect(record.status).to.equal(status);
      expect(record.errorMessage === undefined).to.equal(result._tag === 'Right');
      expect(record.cacheStatus === 'none').to.equal(result._tag === 'Left');
    });

  it('of a hit refers to the entry instead of repeating it, and to no endpoint', () => {
    const record = callRecordOf(finished(served(hit), { attempts: [] }));
    expect(record.responseBody).to.deep.equal({ cache_key: 'k', age_seconds: 12 });
    expect([record.endpoint, record.httpMethod]).to.deep.equal([undefined, undefined]);
  });

  it('of a failure names who was asked last', () => {
    const attempts = [
      anAttempt(),
      anAttempt({ serviceId: gazetteer.id, serviceName: gazetteer.serviceName }),
    ];
    const record = callRecordOf(finished(left({ kind: 'deadline-exceeded', attempts }), { attempts }));
    expect([record.serviceId, record.serviceName]).to.deep.equal([gazetteer.id, 'gazetteer']);
    const nobody = callRecordOf(finished(left({ kind: 'not-cached' }), { attempts: [] }));
    expect(nobody.serviceName).to.equal('google-main');
  });

  it('says that nothing was paid in the currency of whom it names, as its paid calls do', () => {
    const yandex = anExternalService({ id: anId(9), costPerCall: { micros: 5_000, currency: 'RUB' } });
    const costOf = (result: Parameters<typeof finished>[0], attempts: readonly Attempt[]) => {
      const { call, ...rest } = finished(result, { attempts });
      const plan = { services: [google, yandex] };
      return callRecordOf({ ...rest, call: { ...call, plan } }).estimatedCost;
    };
    const { id, serviceName, provider } = yandex;
    const ofYandex = right({ value: matches, service: { id, serviceName, provider }, cache: hit });
    expect(costOf(ofYandex, [])).to.deep.equal({ micros: 0, currency: 'RUB' });
    const failed = anAttempt({ serviceId: id, outcome: 'provider-unavailable' });
    const ofBoth = failedBy({ kind: 'provider-unavailable', message });
    expect(costOf(ofBoth, [failed])).to.deep.equal({ micros: 0, currency: 'RUB' });
    expect(costOf(served(hit), [])).to.deep.equal({ micros: 0, currency: 'USD' });
  });

  it('counts retries, not first tries', () => {
    const attempts = [anAttempt({ calls: 3 }), anAttempt({ calls: 0 }), anAttempt({ calls: 1 })];
    expect(callRecordOf(finished(served(), { attempts })).retryCount).to.equal(2);
  });

  it('keeps of the headers those that changed how the call was made', () => {
    const record = callRecordOf(
      finished(served(), {
        options: {
          cache: {
            noCache: true,
            noStore: true,
            onlyIfCached: true,
            maxAgeSeconds: 0,
            maxStaleSeconds: Infinity,
            minFreshSeconds: 5,
          },
          deadlineMs: 500,
        },
        traceparent: '00-abc-def-01',
      }),
    );
    expect(record.requestHeaders).to.deep.equal({
      'cache-control': 'no-cache, no-store, only-if-cached, max-age=0, max-stale, min-fresh=5',
      'x-request-deadline-ms': 500,
      traceparent: '00-abc-def-01',
    });
  });

  it('keeps no secret that was pasted into an address', () => {
    const given = finished(served());
    const address = 'Москва AIzaSyD-planted-planted-planted-1234';
    const record = callRecordOf({
      ...given,
      call: { ...given.call, request: { ...given.call.request, address } },
    });
    expect(JSON.stringify(record)).to.not.include('planted');
  });
});

describe('the events of a call', () => {
  const eventsOf = (given: Finished<GeocodeRequest, GeocodeMatches>) =>
    callEvents(callRecordOf(given), given, sequentialIds(900));
  const types = (given: Finished<GeocodeRequest, GeocodeMatches>) =>
    eventsOf(given).map(({ type }) => type.replace('integration.', ''));

  it('of a hit are one', () => {
    const events = eventsOf(finished(served(hit), { attempts: [] }));
    expect(events).to.have.length(1);
    expect(events[0]).to.deep.include({
      type: 'integration.cache.hit',
      subject: anId(500),
      correlationId: 'req-1',
      time: NOON + 25,
    });
    expect(events[0]?.data).to.deep.equal({
      log_id: anId(500),
      service_name: 'google-main',
      operation: 'geocode',
      layer: 'l2',
      age_seconds: 12,
    });
  });

  it('tell of every call that left, retries included, in order and numbered', () => {
    const attempts = [
      anAttempt({ calls: 2, outcome: 'provider-unavailable' }),
      anAttempt({ serviceName: 'second' }),
    ];
    const events = eventsOf(finished(served(), { attempts }));
    expect(events.map(({ type, data }) => [type, data['service_name'], data['attempt']])).to.deep.equal([
      ['integration.request.sent', 'google-main', 1],
      ['integration.request.sent', 'google-main', 2],
      ['integration.request.sent', 'second', 3],
      ['integration.request.completed', 'google-main', undefined],
    ]);
  });

  it('list the miss and each window that refused, before what was sent', () => {
    const given = finished(served());
    given.call.ledger.missReason = 'expired';
    const window = {
      subjectId: google.id,
      window: 'minute',
      limit: 60,
      used: 60,
      remaining: 0,
      resetsAt: NOON,
    } as const;
    given.call.ledger.refusals.push({ serviceName: 'google-main', window });
    expect(types(given)).to.deep.equal([
      'cache.miss',
      'rate_limit.exceeded',
      'request.sent',
      'request.completed',
    ]);
    expect(eventsOf(given)[1]?.data).to.deep.equal({
      service_name: 'google-main',
      window_type: 'minute',
      limit: 60,
      used: 60,
      resets_at: '2026-11-22T12:00:00.123Z',
    });
  });

  it('of a stale answer report that it is stale, besides the failure', () => {
    const given = finished(served({ ...hit, status: 'stale' }), {
      attempts: [anAttempt({ outcome: 'provider-timeout' })],
    });
    expect(types(given)).to.deep.equal(['request.sent', 'cache.hit', 'request.completed']);
    expect(eventsOf(given)[1]?.data).to.have.property('stale', true);
  });

  it('of a failure say what it was, once', () => {
    const given = finished(failedBy({ kind: 'provider-timeout', message }), {
      attempts: [anAttempt({ outcome: 'provider-timeout' })],
    });
    const last = eventsOf(given).at(-1);
    expect(last?.type).to.equal('integration.request.failed');
    expect(last?.data['error']).to.deep.equal({
      kind: 'provider-timeout',
      message: `provider-timeout: ${message}`,
    });
    expect(types(finished(left({ kind: 'not-cached' }), { attempts: [] }))).to.deep.equal(['request.failed']);
  });

  it('have ids of their own, and one subject, so that they keep their order', () => {
    const events = eventsOf(finished(served(), { attempts: [anAttempt({ calls: 5 })] }));
    expect(new Set(events.map(({ id }) => id)).size).to.equal(events.length);
    expect(new Set(events.map(({ subject }) => subject)).size).to.equal(1);
  });
});
