import { expect } from 'chai';
import fc from 'fast-check';
import {
  decodeMatches,
  decodeRoute,
} from '../../../../src/application/provider-call/operations/cached-values.ts';
import { precisions, type GeocodeMatches } from '../../../../src/domain/provider/geocoder.ts';
import type { RouteAnswer } from '../../../../src/domain/provider/router.ts';
import { isRight, right } from '../../../../src/domain/shared/fp.ts';
import { aMatch } from '../../../support/scripted-geocoder.ts';

const throughJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
const matches = (change: object = {}): unknown =>
  throughJson({ matches: [{ ...aMatch(), ...change }], attribution: 'x' });

describe('a cached value', () => {
  it('is taken when it is what we stored, as the object it is', () => {
    for (const value of [matches(), { matches: [], attribution: '' }]) {
      const decoded = decodeMatches(value);
      expect(isRight(decoded) && decoded.right).to.equal(value);
    }
  });

  it('is taken for every answer an adapter can give', () => {
    const degrees = fc.double({ min: -90, max: 90, noNaN: true });
    const point = fc.record({ latitude: degrees, longitude: degrees });
    const text = fc.string();
    const match = fc.record(
      {
        formattedAddress: text,
        coordinates: point,
        precision: fc.constantFrom(...precisions),
        confidence: fc.double({ min: 0, max: 1, noNaN: true }),
        partialMatch: fc.boolean(),
        components: fc.record({ country: text, city: text, house: text }, { requiredKeys: [] }),
        bounds: fc.record({ southWest: point, northEast: point }),
        placeId: text,
      },
      {
        requiredKeys: [
          'formattedAddress',
          'coordinates',
          'precision',
          'confidence',
          'partialMatch',
          'components',
        ],
      },
    );
    fc.assert(
      fc.property(
        fc.record({ matches: fc.array(match, { maxLength: 3 }), attribution: text }),
        (answer: GeocodeMatches) => {
          expect(isRight(decodeMatches(throughJson(answer)))).to.equal(true);
        },
      ),
    );
    const routes: readonly RouteAnswer[] = [
      { found: false, attribution: 'x' },
      { found: true, distanceMetres: 1, durationSeconds: 2, degraded: false, attribution: '' },
    ];
    for (const route of routes) expect(decodeRoute(throughJson(route))).to.deep.equal(right(route));
  });

  const foreign: readonly (readonly [string, unknown])[] = [
    ['nothing', null],
    ['text', 'Москва'],
    ['a list', []],
    ['an answer without attribution', { matches: [] }],
    ['matches that are no list', { matches: {}, attribution: '' }],
    ['a match without coordinates', matches({ coordinates: undefined })],
    ['coordinates as text', matches({ coordinates: { latitude: '55', longitude: '37' } })],
    ['a precision nobody knows', matches({ precision: 'galaxy' })],
    ['a precision of the object’s own', matches({ precision: 'toString' })],
    ['a house that is a number', matches({ components: { house: 13 } })],
    ['bounds with one corner', matches({ bounds: { southWest: { latitude: 1, longitude: 1 } } })],
  ];
  for (const [words, value] of foreign)
    it(`is not taken when it is ${words}`, () => expect(isRight(decodeMatches(value))).to.equal(false));

  it('of one operation is not taken for another’s', () => {
    expect(isRight(decodeRoute(matches()))).to.equal(false);
    expect(isRight(decodeMatches({ found: false, attribution: '' }))).to.equal(false);
    expect(isRight(decodeRoute({ found: true, attribution: '' }))).to.equal(false);
  });

  it('never throws, whatever is stored', () => {
    fc.assert(
      fc.property(fc.anything(), (value) => {
        expect(typeof decodeMatches(value)._tag).to.equal('string');
        expect(typeof decodeRoute(value)._tag).to.equal('string');
      }),
    );
  });
});
