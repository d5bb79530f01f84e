import { expect } from 'chai';
import type { GeocodeMatch, GeocodeMatches, Precision } from '../../../../src/domain/provider/geocoder.ts';
import {
  betterOf,
  houseFirst,
  isPoorMatch,
  isTownAlone,
  knowsTownsOnly,
  mergeAnswers,
} from '../../../../src/domain/provider/quality.ts';

const match = (precision: Precision, confidence: number, latitude = 41.3): GeocodeMatch => ({
  formattedAddress: `${precision} ${confidence}`,
  coordinates: { latitude, longitude: 69.2 },
  precision,
  confidence,
  partialMatch: false,
  components: {},
});
const answer = (attribution: string, ...matches: readonly GeocodeMatch[]): GeocodeMatches => ({
  matches,
  attribution,
});

const TASHKENT = {
  southWest: { latitude: 41, longitude: 69 },
  northEast: { latitude: 42, longitude: 70 },
};
const isAsked = () => true;
const notAsked = () => false;
const neverAsked = (): boolean => {
  throw new Error('it does not matter');
};

describe('quality policy', () => {
  it('finds a coarse match poor only when a house was asked for', () => {
    const city = answer('a', match('city', 0.3));
    expect(isPoorMatch(city, isAsked)).to.equal(true);
    expect(isPoorMatch(city, notAsked)).to.equal(false);
  });

  it('accepts 0.6 and nothing below it for a house', () => {
    expect(isPoorMatch(answer('a', match('street', 0.6)), isAsked)).to.equal(false);
    expect(isPoorMatch(answer('a', match('street', 0.59)), isAsked)).to.equal(true);
  });

  it('finds no match at all poor, whatever was asked', () => {
    expect(isPoorMatch(answer('a'), neverAsked)).to.equal(true);
  });

  it('does not read the address for a house where the answer is fine for one', () => {
    const fine = answer('a', { ...match('street', 0.6), bounds: TASHKENT });
    expect(isPoorMatch(fine, neverAsked)).to.equal(false);
    expect(houseFirst(fine, neverAsked)).to.equal(fine);
    expect(houseFirst(answer('a'), neverAsked)).to.deep.equal(answer('a'));
  });

  it('recognises the gazetteer, and no provider of maps, as one that knows towns only', () => {
    const providers = ['gazetteer', 'google_maps', 'yandex_maps'] as const;
    expect(providers.map(knowsTownsOnly)).to.deep.equal([true, false, false]);
  });

  it('looks at the best match only', () => {
    expect(isPoorMatch(answer('a', match('house', 1), match('city', 0.3)), isAsked)).to.equal(false);
  });

  it('tells the town that answers for a street of it from a town that was asked for, and from a street', () => {
    const town = match('city', 0.15);
    expect(isTownAlone(answer('a', { ...town, partialMatch: true }))).to.equal(true);
    expect(isTownAlone(answer('a', town))).to.equal(false);
    expect(isTownAlone(answer('a', { ...match('street', 0.45), partialMatch: true }))).to.equal(false);
    expect(isTownAlone(answer('a'))).to.equal(false);
  });

  it('does not take two points a kilometre apart for a contradiction', () => {
    const there = { ...match('house', 1), coordinates: { latitude: 0, longitude: 0 } };
    const metres = (1000 / 6_371_008.8) * (180 / Math.PI);
    const near = { ...there, coordinates: { latitude: metres * 0.999, longitude: 0 } };
    const far = { ...there, coordinates: { latitude: metres * 1.001, longitude: 0 } };
    expect(mergeAnswers(answer('a', there), answer('b', near)).isMixed).to.equal(false);
    expect(mergeAnswers(answer('a', there), answer('b', far)).isMixed).to.equal(true);
  });

  describe('of a coarse match in front of a house', () => {
    const bounds = (south: number, west: number, north: number, east: number) => ({
      southWest: { latitude: south, longitude: west },
      northEast: { latitude: north, longitude: east },
    });
    const city = { ...match('city', 0.15), bounds: bounds(41, 69, 42, 70) };
    const house = match('house', 1);
    const order = (queryHasHouse: boolean, ...matches: readonly GeocodeMatch[]) =>
      houseFirst(answer('a', ...matches), () => queryHasHouse).matches;

    it('puts the house inside it first, and keeps all the others unchanged', () => {
      const street = match('street', 0.45);
      expect(order(true, city, street, house)).to.deep.equal([house, city, street]);
    });

    it('leaves it first when no house was asked for, or when it is good enough', () => {
      expect(order(false, city, house)).to.deep.equal([city, house]);
      const place = { ...match('poi', 0.8), bounds: city.bounds };
      expect(order(true, place, house)).to.deep.equal([place, house]);
    });

    it('leaves a house behind that is elsewhere, that is another one, or of which nobody is sure', () => {
      const doubtful = [
        match('house', 1, 40.9),
        match('house', 1, 42.1),
        { ...house, coordinates: { latitude: 41.3, longitude: 68.9 } },
        { ...house, coordinates: { latitude: 41.3, longitude: 70.1 } },
        { ...house, partialMatch: true },
        match('house', 0.5),
        match('poi', 0.9),
      ];
      for (const other of doubtful) expect(order(true, city, other)).to.deep.equal([city, other]);
      const line = { ...city, bounds: bounds(41, 69, 42, 69) };
      expect(order(true, line, house)).to.deep.equal([line, house]);
      const unbounded = match('city', 0.15);
      expect(order(true, unbounded, house)).to.deep.equal([unbounded, house]);
      expect(order(true)).to.deep.equal([]);
    });

    it('counts the edges as inside', () => {
      const [west, east] = [69, 70];
      for (const [latitude, longitude, bounded] of [
        [41, west, city],
        [42, east, city],
        [41.5, west, { ...city, bounds: bounds(41, west, 42, west) }],
        [41.5, 176, { ...city, bounds: bounds(41, 176, 42, -178) }],
        [41.5, -178, { ...city, bounds: bounds(41, 176, 42, -178) }],
      ] as const) {
        const there = { ...house, coordinates: { latitude, longitude } };
        expect(order(true, bounded, there)).to.deep.equal([there, bounded]);
      }
    });

    it('recognises what is inside on both sides of the 180th meridian', () => {
      const island = { ...city, bounds: bounds(-20, 176, -12, -178) };
      for (const [longitude, isInside] of [
        [179, true],
        [-179, true],
        [0, false],
      ] as const) {
        const there = { ...house, coordinates: { latitude: -17, longitude } };
        expect(order(true, island, there)[0]).to.equal(isInside ? there : island);
      }
    });
  });

  it('prefers the higher score, the first on a tie', () => {
    expect(betterOf(match('street', 0.45), match('house', 0.7))).to.equal('second');
    expect(betterOf(match('street', 0.5), match('street', 0.5))).to.equal('first');
    expect(betterOf(match('street', 0.5), match('city', 0.3))).to.equal('first');
  });

  it('never gives up a house for something coarser', () => {
    expect(betterOf(match('house', 0.5), match('poi', 0.9))).to.equal('first');
    expect(betterOf(match('house', 0.5), match('house', 0.9))).to.equal('second');
  });

  it('gives up a street for a place that is coarser and surer', () => {
    expect(betterOf(match('street', 0.45), match('district', 0.5))).to.equal('second');
  });

  it('takes the only answer there is when the other is empty', () => {
    const full = answer('full', match('city', 0.1));
    const empty = answer('empty');
    const isMixed = false;
    expect(mergeAnswers(empty, full)).to.deep.equal({ answer: full, winner: 'second', isMixed });
    expect(mergeAnswers(full, empty)).to.deep.equal({ answer: full, winner: 'first', isMixed });
    expect(mergeAnswers(empty, answer('other'))).to.deep.equal({ answer: empty, winner: 'first', isMixed });
  });

  it('keeps both, the better first, when equally precise matches are more than a kilometre apart', () => {
    const near = match('street', 0.45);
    const far = match('street', 0.5, 41.32);
    const rest = match('city', 0.3);
    expect(mergeAnswers(answer('G', near), answer('Y', far, rest))).to.deep.equal({
      answer: answer('Y; G', far, near, rest),
      winner: 'second',
      isMixed: true,
    });
  });

  it('keeps the order when one is as good as the other and they contradict each other, and names one source once', () => {
    const first = answer('G', match('house', 1), match('city', 0.3));
    const far = match('house', 1, 41.32);
    expect(mergeAnswers(first, answer('Y', far))).to.deep.equal({
      answer: answer('G; Y', match('house', 1), far, match('city', 0.3)),
      winner: 'first',
      isMixed: true,
    });
    expect(mergeAnswers(first, answer('G', far)).answer.attribution).to.equal('G');
  });

  it('keeps one when they agree, or when one is finer anyway', () => {
    const first = answer('G', match('street', 0.45));
    const close = answer('Y', match('street', 0.5, 41.305));
    const finer = answer('Y', match('house', 1, 41.4));
    const kept = { winner: 'second', isMixed: false };
    expect(mergeAnswers(first, close)).to.deep.equal({ answer: close, ...kept });
    expect(mergeAnswers(first, finer)).to.deep.equal({ answer: finer, ...kept });
  });
});
