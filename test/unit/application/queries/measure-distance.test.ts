import { expect } from 'chai';
import { anyCache } from '../../../../src/application/provider-call/call-options.ts';
import type { CallReport } from '../../../../src/application/provider-call/call-report.ts';
import type {
  CompleteOperation,
  FailedCall,
  OperationRequest,
} from '../../../../src/application/provider-call/complete-operation.ts';
import {
  measureDistance,
  type DistanceFailure,
  type DistanceQuery,
} from '../../../../src/application/queries/measure-distance.ts';
import type { ProviderPlan } from '../../../../src/domain/external-service/plan-for.ts';
import type {
  GeocodeMatch,
  GeocodeMatches,
  GeocodeRequest,
} from '../../../../src/domain/provider/geocoder.ts';
import type { RouteAnswer, RouteRequest } from '../../../../src/domain/provider/router.ts';
import { isLeft, left, right, type Either } from '../../../../src/domain/shared/fp.ts';
import { aContext, anExternalService } from '../../../support/an-external-service.ts';
import { answerOf, failureOf } from '../../../support/command-fixture.ts';
import { fixedClock } from '../../../support/fixed-clock.ts';
import { aMatch } from '../../../support/scripted-geocoder.ts';

const report = (logId: string, change: Partial<CallReport> = {}): CallReport => ({
  logId,
  provider: 'google_maps',
  serviceId: 's',
  serviceName: 'google-main',
  cache: { status: 'bypass', key: undefined },
  attempts: [
    { provider: 'google_maps', serviceId: 's', serviceName: logId, outcome: 'ok', durationMs: 1, calls: 1 },
  ],
  cost: { micros: 5_000, currency: 'USD' },
  windows: [],
  timings: { cache: 0, quota: 0, provider: 0, journal: 0, total: 0 },
  ...change,
});
const failedCall = (logId: string, change: Partial<CallReport> = {}): FailedCall => ({
  kind: 'failed-call',
  error: { kind: 'deadline-exceeded', attempts: [] },
  report: report(logId, change),
});

/** The named call, the total cost, and the calls that are reported. */
const summary = ({ report: { logId, cost, attempts } }: DistanceFailure): readonly unknown[] => [
  logId,
  cost.micros,
  ...attempts.map(({ serviceName }) => serviceName),
];

const road: RouteAnswer = {
  found: true,
  distanceMetres: 1_234,
  durationSeconds: 99,
  degraded: false,
  attribution: 'roads',
};

const fixture = () => {
  const clock = fixedClock();
  const service = anExternalService();
  const asked = {
    geocode: [] as OperationRequest<GeocodeRequest>[],
    route: [] as (OperationRequest<RouteRequest> & ProviderPlan)[],
    straight: 0,
  };
  const places: Record<string, GeocodeMatch | undefined | FailedCall> = {
    A: aMatch({ coordinates: { latitude: 55.123_456_7, longitude: 37 } }),
    B: aMatch({ coordinates: { latitude: 56, longitude: 38 } }),
  };
  const answers: {
    route: Either<FailedCall, RouteAnswer>;
    geocodeMs: number;
    geocodeCache: Record<string, CallReport['cache']>;
    withheld: string;
    timings: Record<string, CallReport['timings']>;
    windows: Record<string, CallReport['windows']>;
  } = { route: right(road), geocodeMs: 0, geocodeCache: {}, withheld: '', timings: {}, windows: {} };
  const takenBy = (logId: string): Partial<CallReport> => {
    const [timings, windows] = [answers.timings[logId], answers.windows[logId]];
    return { ...(timings && { timings }), ...(windows && { windows }) };
  };
  const geocode: CompleteOperation<GeocodeRequest, GeocodeMatches> = async (given) => {
    asked.geocode.push(given);
    clock.advance(answers.geocodeMs);
    const place = places[given.request.address];
    if (place !== undefined && 'kind' in place) return left(place);
    const matches = place === undefined ? [] : [place];
    const cache = answers.geocodeCache[given.request.address];
    return right({
      value: { matches, attribution: 'places' },
      report: report(`geocode ${given.request.address}`, {
        ...takenBy(`geocode ${given.request.address}`),
        ...(cache && { cache }),
        ...(given.request.address === answers.withheld && { isWithheld: true }),
      }),
    });
  };
  const measure = measureDistance({
    clock,
    services: {
      byId: async () => undefined,
      byName: async () => undefined,
      list: async () => ({ items: [], nextCursor: undefined }),
      activeOf: async () => [service],
    },
    geocode,
    route: async (given, plan) => {
      asked.route.push({ ...given, ...plan });
      const answer = answers.route;
      return isLeft(answer)
        ? answer
        : right({ value: answer.right, report: report('road', takenBy('road')) });
    },
    straightLine: async () => {
      asked.straight += 1;
      return right({
        value: { found: true, distanceMetres: 1_000, durationSeconds: 0, degraded: false, attribution: '' },
        report: report('line', { attempts: [], cost: { micros: 0, currency: 'USD' }, ...takenBy('line') }),
      });
    },
  });
  const ask = (change: Partial<DistanceQuery> = {}, deadlineMs?: number) =>
    measure(aContext(), {
      request: {
        origin: { address: 'A' },
        destination: { address: 'B' },
        mode: 'driving',
        language: 'ru',
        ...change,
      },
      options: { cache: anyCache, deadlineMs },
    });
  return { ask, asked, answers, places, service };
};

const here = { coordinates: { latitude: 1, longitude: 2 } };
const there = { coordinates: { latitude: 3, longitude: 4 } };

describe('measuring a distance', () => {
  it('between points asks for the road alone', async () => {
    const { ask, asked, service } = fixture();
    const { value, report: told } = await answerOf(ask({ origin: here, destination: there }));
    expect(value).to.deep.equal({
      mode: 'driving',
      origin: here,
      destination: there,
      routeFound: true,
      distanceMetres: 1_234,
      durationSeconds: 99,
      degraded: false,
      approximate: false,
      attribution: 'roads',
    });
    expect(asked.geocode).to.deep.equal([]);
    expect(asked.route[0]?.services).to.deep.equal([service]);
    expect(told.attempts.map(({ serviceName }) => serviceName)).to.deep.equal(['road']);
  });

  it('between addresses places both, asks for the road between the rounded places, and sums up what it took', async () => {
    const { ask, asked } = fixture();
    const { value, report: told } = await answerOf(ask({ region: 'UZ' }));
    expect(asked.geocode.map(({ request }) => request)).to.deep.equal([
      { address: 'A', language: 'ru', limit: 5, region: 'UZ' },
      { address: 'B', language: 'ru', limit: 5, region: 'UZ' },
    ]);
    expect(asked.route[0]?.request.origin).to.deep.equal({ latitude: 55.123_46, longitude: 37 });
    expect(value.origin.match?.formattedAddress).to.equal(aMatch().formattedAddress);
    expect(value.attribution).to.equal('places; roads');
    expect(told.cost).to.deep.equal({ micros: 15_000, currency: 'USD' });
    expect(told.attempts.map(({ serviceName }) => serviceName)).to.deep.equal([
      'geocode A',
      'geocode B',
      'road',
    ]);
  });

  it('may not be saved where that of an end may not', async () => {
    const { ask, answers } = fixture();
    expect((await answerOf(ask())).report).to.not.have.property('isWithheld');
    answers.withheld = 'B';
    for (const mode of ['driving', 'straight_line'] as const)
      expect((await answerOf(ask({ mode }))).report.isWithheld, mode).to.equal(true);
  });

  it('between ends that were known of old only is as old as the older of them, and says so', async () => {
    const { ask, answers } = fixture();
    const stale = (ageSeconds: number) =>
      ({ status: 'stale', layer: 'l2', ageSeconds, ttlSeconds: -1, key: 'k' }) as const;
    answers.geocodeCache = { A: stale(7_200), B: stale(9_000) };
    for (const mode of ['driving', 'straight_line'] as const) {
      const { report: told } = await answerOf(ask({ mode }));
      expect(told.cache).to.deep.equal(stale(9_000));
      expect(told.logId).to.equal(mode === 'driving' ? 'road' : 'line');
    }
    answers.route = left(failedCall('road'));
    expect((await failureOf(ask())).report.cache.status).to.equal('bypass');
  });

  it('names the ends that nobody knows, and asks for no road', async () => {
    const { ask, asked, places } = fixture();
    places['B'] = undefined;
    const failure = await failureOf(ask());
    expect(failure).to.deep.include({ kind: 'end-not-placed', ends: ['destination'] });
    expect(summary(failure)).to.deep.equal(['geocode B', 10_000, 'geocode A', 'geocode B']);
    places['A'] = undefined;
    expect(await failureOf(ask())).to.deep.include({
      kind: 'end-not-placed',
      ends: ['origin', 'destination'],
    });
    expect(asked.route).to.deep.equal([]);
  });

  it('fails as its geocode or its road fails, and never by drawing a line instead', async () => {
    const { ask, asked, answers, places } = fixture();
    answers.route = left(failedCall('road'));
    expect(await failureOf(ask({ origin: here, destination: there }))).to.deep.equal(failedCall('road'));
    places['A'] = failedCall('geocode A');
    expect(await failureOf(ask({ destination: there }))).to.deep.equal(failedCall('geocode A'));
    expect(asked.straight).to.equal(0);
  });

  it('sums up what it took also when it fails', async () => {
    const { ask, answers, places } = fixture();
    answers.route = left(failedCall('road'));
    expect(summary(await failureOf(ask()))).to.deep.equal(['road', 15_000, 'geocode A', 'geocode B', 'road']);
    places['B'] = failedCall('geocode B');
    expect(summary(await failureOf(ask()))).to.deep.equal(['geocode B', 10_000, 'geocode A', 'geocode B']);
    places['A'] = failedCall('geocode A');
    expect(summary(await failureOf(ask()))).to.deep.equal(['geocode A', 10_000, 'geocode A', 'geocode B']);
  });

  it('takes as long as the slower of its ends, which are placed at once, and then the road or the line', async () => {
    const { ask, answers, places } = fixture();
    const taking = (provider: number) => ({ cache: 1, quota: 2, provider, journal: 3, total: provider + 6 });
    const inAll = { cache: 2, quota: 4, provider: 430, journal: 6, total: 442 };
    answers.timings = {
      'geocode A': taking(50),
      'geocode B': taking(400),
      road: taking(30),
      line: taking(0),
    };
    expect((await answerOf(ask())).report.timings).to.deep.equal(inAll);
    expect((await answerOf(ask({ mode: 'straight_line' }))).report.timings.total).to.equal(412);
    answers.route = left(failedCall('road', { timings: taking(30) }));
    expect((await failureOf(ask())).report.timings).to.deep.equal(inAll);
    places['A'] = failedCall('geocode A', { timings: taking(50) });
    expect((await failureOf(ask())).report.timings).to.deep.equal(taking(400));
    places['A'] = undefined;
    expect((await failureOf(ask())).report.timings).to.deep.equal(taking(400));
  });

  it("reports the tenant's limit also with a straight line, for which no provider is asked", async () => {
    const { ask, answers } = fixture();
    const window = { window: 'minute', limit: 50, used: 0, resetsAt: 0 } as const;
    const service = { ...window, subjectId: 's', remaining: 9 };
    const tenant = (remaining: number) => ({ ...window, subjectId: 'tenant:geocoding', remaining });
    answers.windows = { 'geocode A': [service, tenant(41)], 'geocode B': [service, tenant(40)] };
    const windowsOf = async (mode: DistanceQuery['mode']) => (await answerOf(ask({ mode }))).report.windows;
    expect(await windowsOf('straight_line')).to.deep.equal([tenant(40)]);
    answers.windows['geocode A'] = [tenant(39)];
    expect(await windowsOf('straight_line')).to.deep.equal([tenant(39)]);
    answers.windows['road'] = [tenant(38), service];
    expect(await windowsOf('driving')).to.deep.equal([tenant(38), service]);
    answers.windows = {};
    expect(await windowsOf('straight_line')).to.deep.equal([]);
  });

  it('answers "no road" in a separate form, without numbers', async () => {
    const { ask, asked, answers } = fixture();
    answers.route = right({ found: false, attribution: 'roads' });
    const { value } = await answerOf(ask());
    expect(value).to.deep.include({
      routeFound: false,
      distanceMetres: undefined,
      durationSeconds: undefined,
    });
    expect(asked.straight).to.equal(0);
  });

  it('draws a straight line only when asked to, from the exact places, and without a time', async () => {
    const { ask, asked } = fixture();
    const { value } = await answerOf(ask({ mode: 'straight_line' }));
    expect(value).to.deep.include({
      mode: 'straight_line',
      distanceMetres: 1_000,
      durationSeconds: undefined,
    });
    expect([asked.route.length, asked.straight]).to.deep.equal([0, 1]);
    expect(value.attribution).to.equal('places');
  });

  for (const precision of ['house', 'poi', 'street', 'district', 'city', 'region', 'country'] as const)
    it(`calls itself ${['house', 'poi', 'street'].includes(precision) ? 'exact' : 'approximate'} from a ${precision}`, async () => {
      const { ask, places } = fixture();
      places['B'] = aMatch({ precision });
      const { value } = await answerOf(ask());
      expect(value.approximate).to.equal(!['house', 'poi', 'street'].includes(precision));
    });

  it('keeps to one deadline in all', async () => {
    const { ask, asked, answers } = fixture();
    answers.geocodeMs = 150;
    await answerOf(ask({}, 1_000));
    expect(asked.geocode.map(({ options }) => options.deadlineMs)).to.deep.equal([1_000, 1_000]);
    expect(asked.route[0]?.options.deadlineMs).to.equal(700);
    await answerOf(ask({}, 100));
    expect(asked.route[1]?.options.deadlineMs).to.equal(1);
    await answerOf(ask());
    expect(asked.route[2]?.options.deadlineMs).to.equal(undefined);
  });
});
