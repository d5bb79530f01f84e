import { expect } from 'chai';
import {
  distanceOperation,
  roundedRoute,
} from '../../../../src/application/provider-call/operations/distance-operation.ts';
import { geocodeOperation } from '../../../../src/application/provider-call/operations/geocode-operation.ts';
import {
  reverseGeocodeOperation,
  roundedRequest,
} from '../../../../src/application/provider-call/operations/reverse-geocode-operation.ts';
import {
  straightLineOperation,
  viaStraightLine,
} from '../../../../src/application/provider-call/operations/straight-line-operation.ts';
import type { Leave } from '../../../../src/application/provider-call/leave.ts';
import type { Call } from '../../../../src/application/provider-call/call.ts';
import type { StraightLineRequest } from '../../../../src/application/provider-call/operations/straight-line-operation.ts';
import type { GeocodeRequest } from '../../../../src/domain/provider/geocoder.ts';
import type { RouteAnswer } from '../../../../src/domain/provider/router.ts';
import { freeCalls } from '../../../support/free-calls.ts';
import { answerOf, failureOf } from '../../../support/command-fixture.ts';
import { anAccess } from '../../../support/provider-access.ts';
import { aMatch, scriptedGeocoder } from '../../../support/scripted-geocoder.ts';

const lives = { l1Ms: 1, l2Ms: 1, negativeMs: 1, graceMs: 1 };
const point = (latitude: number, longitude: number) => ({ latitude, longitude });

/** For operations that are sent together with others, which none of these is. */
const LEAVE: Leave = {
  timeLeft: () => 5_000,
  quota: freeCalls,
};

describe('the geocode operation', () => {
  const operation = geocodeOperation({ google_maps: scriptedGeocoder() }, lives);
  const request = (change: Partial<GeocodeRequest> = {}): GeocodeRequest => ({
    address: 'Москва, ул. Тверская, 13',
    language: 'ru',
    limit: 5,
    ...change,
  });
  const keyOf = (change: Partial<GeocodeRequest> = {}) =>
    JSON.stringify(operation.cacheFields(request(change)));

  it('shares an answer between spellings of one place, and between nothing else', () => {
    expect(keyOf({ address: 'г. Москва,  Тверская улица, д. 13' })).to.equal(keyOf());
    const others = [
      { address: 'Москва, ул. Тверская, 14' },
      { language: 'en' },
      { region: 'UZ' },
      { limit: 6 },
    ].map(keyOf);
    expect(new Set([keyOf(), ...others]).size).to.equal(5);
  });

  it('shares an answer between callers who want more matches or fewer, and asks for enough', async () => {
    expect(keyOf({ limit: 1 })).to.equal(keyOf({ limit: 5 }));
    expect(keyOf({ limit: 6 })).to.equal(keyOf({ limit: 20 }));
    const geocoder = scriptedGeocoder();
    const asking = geocodeOperation({ google_maps: geocoder }, lives);
    for (const limit of [1, 20])
      await answerOf(asking.ask('google_maps', anAccess(), request({ limit }), LEAVE));
    expect(geocoder.calls.map(({ request: asked }) => asked.limit)).to.deep.equal([5, 20]);
  });

  it('shares no answer between addresses without a building', () => {
    expect(keyOf({ address: 'офис 5' })).to.not.equal(keyOf({ address: 'этаж 3' }));
  });

  it('asks for the building, whichever flat was meant', async () => {
    const geocoder = scriptedGeocoder();
    const flats = geocodeOperation({ google_maps: geocoder }, lives);
    const flat = request({ address: 'Москва, ул. Тверская, 13, кв. 45' });
    await answerOf(flats.ask('google_maps', anAccess(), flat, LEAVE));
    expect(geocoder.calls.map(({ request: asked }) => asked.address)).to.deep.equal([
      'Москва, ул. Тверская, 13',
    ]);
    expect(flats.auditRequest(flat)).to.include({ address: flat.address });
  });

  it('cuts the better of two answers to what a provider is asked for', () => {
    const far = aMatch({ confidence: 0.2, coordinates: point(10, 10) });
    const one = { matches: [far], attribution: 'a' };
    const five = { matches: Array.from({ length: 5 }, () => aMatch({ confidence: 0.9 })), attribution: 'b' };
    const { answer, winner, isMixed } = operation.better(request({ limit: 1 }), one, five);
    expect([winner, isMixed]).to.deep.equal(['second', true]);
    expect(answer.matches).to.have.length(5);
    expect(answer.matches[1]).to.equal(far);
  });

  it('judges answers by the house that providers are asked for, as all do who share them', () => {
    const town = { matches: [aMatch({ precision: 'city', confidence: 0.3 })], attribution: '' };
    const isPoor = (address: string) => operation.isPoor(request({ address }), town);
    for (const [inTheHouse, house] of [
      ['Ташкент, Навои 30 2nd floor', 'Ташкент, Навои 30'],
      ['Ташкент, улица Навои, 5 этаж', 'Ташкент, улица Навои'],
    ] as const) {
      expect(keyOf(request({ address: inTheHouse }))).to.equal(keyOf(request({ address: house })));
      expect(isPoor(inTheHouse), inTheHouse).to.equal(isPoor(house));
    }
  });

  it('says "not supported" for a provider without an adapter', async () => {
    const failure = await failureOf(operation.ask('google_sheets', anAccess(), request(), LEAVE));
    expect(failure.kind).to.equal('not-supported');
    expect(
      (await answerOf(operation.ask('google_maps', anAccess(), request(), LEAVE))).matches,
    ).to.have.length(1);
  });

  it('keeps of the request only what was asked', () => {
    expect(operation.auditRequest(request({ region: 'UZ' }))).to.deep.equal({
      address: 'Москва, ул. Тверская, 13',
      language: 'ru',
      region: 'UZ',
      limit: 5,
    });
  });
});

describe('the reverse geocode operation', () => {
  const operation = reverseGeocodeOperation({ google_maps: scriptedGeocoder() }, lives);
  const keyOf = (latitude: number, longitude: number, language = 'ru') =>
    JSON.stringify(operation.cacheFields({ coordinates: point(latitude, longitude), language }));

  it('shares an answer between points that are the same to five decimals', () => {
    expect(keyOf(55.757_001_4, 37.615)).to.equal(keyOf(55.757, 37.615));
    expect(keyOf(55.757_01, 37.615)).to.not.equal(keyOf(55.757, 37.615));
    expect(keyOf(-0, 0)).to.equal(keyOf(0, -0.000_001));
    expect(keyOf(1, 2, 'en')).to.not.equal(keyOf(1, 2, 'ru'));
    expect(keyOf(1, 23)).to.not.equal(keyOf(12, 3));
  });

  it('asks for exactly the point that its key represents', () => {
    const rounded = roundedRequest({ coordinates: point(55.757_001_4, 180), language: 'ru' });
    expect(rounded.coordinates).to.deep.equal(point(55.757, -180));
  });

  it('calls no answer poor, and one of a town coarse', () => {
    const far = { matches: [aMatch({ precision: 'country', confidence: 0.01 })], attribution: '' };
    const asked = { coordinates: point(0, 0), language: 'ru' };
    expect(operation.isPoor(asked, far)).to.equal(false);
    expect(operation.isCoarse?.(asked, far)).to.equal(true);
    expect(operation.isCoarse?.(asked, { matches: [], attribution: '' })).to.equal(true);
    const near = { matches: [aMatch({ precision: 'street' })], attribution: '' };
    expect(operation.isCoarse?.(asked, near)).to.equal(false);
  });
});

describe('the distance operation', () => {
  const operation = distanceOperation({ google_maps: scriptedGeocoder() }, lives);
  const request = { origin: point(1, 2), destination: point(3, 4), mode: 'driving' as const };
  const found: RouteAnswer = {
    found: true,
    distanceMetres: 1,
    durationSeconds: 1,
    degraded: false,
    attribution: '',
  };
  const none: RouteAnswer = { found: false, attribution: '' };

  it('keeps there and back, and the ways of travelling, apart', () => {
    const keys = [
      request,
      { ...request, origin: request.destination, destination: request.origin },
      { ...request, mode: 'walking' as const },
    ].map((asked) => JSON.stringify(operation.cacheFields(asked)));
    expect(new Set(keys).size).to.equal(3);
    expect(roundedRoute({ ...request, origin: point(1.000_000_4, 2) })).to.deep.equal(request);
  });

  it('takes "no road" for an answer, which another provider may improve on', () => {
    expect([operation.isNoMatch(none), operation.isNoMatch(found)]).to.deep.equal([true, false]);
    expect(operation.better(request, none, found)).to.deep.equal({ answer: found, winner: 'second' });
    expect(operation.better(request, none, none).winner).to.equal('first');
    expect(operation.auditResponse(none)).to.deep.equal({ route_found: false });
    expect(operation.auditOutline(found)).to.deep.equal({ route_found: true, withheld: 'licence' });
  });

  it('never asks the gazetteer, which knows no roads', async () => {
    const failure = await failureOf(operation.ask('gazetteer', anAccess(), request, LEAVE));
    expect(failure.kind).to.equal('not-supported');
  });
});

describe('the straight line', () => {
  it('is measured, free, never cached, and says who measured', async () => {
    const call = { request: { origin: point(0, 0), destination: point(0, 1) } } as Call<StraightLineRequest>;
    const served = await answerOf(viaStraightLine(() => 111_319.5)(call));
    expect(served).to.deep.equal({
      value: { found: true, distanceMetres: 111_319.5, durationSeconds: 0, degraded: false, attribution: '' },
      service: { id: undefined, serviceName: 'straight_line', provider: 'straight_line' },
      cache: { status: 'bypass', key: undefined },
    });
  });

  it('is asked of no provider', async () => {
    const request = { origin: point(0, 0), destination: point(0, 1) };
    const failure = await failureOf(straightLineOperation.ask('google_maps', anAccess(), request, LEAVE));
    expect(failure.kind).to.equal('not-supported');
    expect(straightLineOperation.auditRequest(request)).to.have.property('mode', 'straight_line');
  });
});
