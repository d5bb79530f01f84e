import { expect } from 'chai';
import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import {
  googleQuality,
  offlineQuality,
  yandexQuality,
  type Quality,
} from '../../../../src/domain/provider/quality-score.ts';

type AgreedRule = {
  readonly when: Readonly<Record<string, unknown>>;
  readonly level: string;
  readonly score: number;
  readonly partialScore?: number;
  readonly scoreWhenHouseAsked?: number;
};
const agreed = JSON.parse(
  readFileSync(new URL('../../../fixtures/quality-mapping.json', import.meta.url), 'utf8'),
) as { google: AgreedRule[]; yandex: AgreedRule[]; offline: AgreedRule[] };

type Facts = Readonly<Record<string, unknown>>;

/** Interprets the agreed table literally: `xAny` is a list of which one must be among the facts. */
const holds = (facts: Facts, [name, wanted]: readonly [string, unknown]): boolean => {
  if (!name.endsWith('Any')) return facts[name] === wanted;
  const actual = facts[name === 'typesAny' ? 'types' : name.slice(0, -3)];
  return (wanted as unknown[]).some((one) => (Array.isArray(actual) ? actual.includes(one) : actual === one));
};
const firstOf = (rules: readonly AgreedRule[], facts: Facts): AgreedRule | undefined =>
  rules.find(({ when }) => Object.entries(when).every((condition) => holds(facts, condition)));

const expectAgreed = (quality: Quality, rule: AgreedRule | undefined, score: number | undefined): void => {
  if (rule !== undefined)
    expect(quality).to.deep.equal({ precision: rule.level, score: score ?? rule.score });
};

const listed = (rules: readonly AgreedRule[], name: string): string[] => [
  ...new Set(rules.flatMap(({ when }) => (when[name] ?? when[`${name}Any`] ?? []) as string[] | string)),
];

describe('quality score', () => {
  it('gives every Google result the level and score of the agreed table', () => {
    const types = [...listed(agreed.google, 'types'), 'political', 'plus_code'];
    const places = ['ROOFTOP', 'RANGE_INTERPOLATED', 'GEOMETRIC_CENTER', 'APPROXIMATE', undefined];
    fc.assert(
      fc.property(
        fc.boolean(),
        fc.constantFrom(...places),
        fc.subarray(types),
        (partialMatch, locationType, chosen) => {
          const rule = firstOf(agreed.google, {
            partial_match: partialMatch,
            location_type: locationType,
            types: chosen,
          });
          const quality = googleQuality({ partialMatch, locationType, types: chosen });
          expectAgreed(quality, rule, partialMatch ? rule?.partialScore : undefined);
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('gives every Yandex object the level and score of the agreed table', () => {
    const kinds = [...listed(agreed.yandex, 'kind'), 'hydro'];
    const precisions = ['exact', 'number', 'near', 'range', 'street', 'other'];
    for (const kind of kinds)
      for (const precision of precisions)
        for (const queryHasHouse of [true, false]) {
          const rule = firstOf(agreed.yandex, { kind, precision, queryHasHouseNumber: queryHasHouse });
          const quality = yandexQuality({ kind, precision }, queryHasHouse);
          expectAgreed(quality, rule, queryHasHouse ? rule?.scoreWhenHouseAsked : undefined);
        }
  });

  it('gives offline matches the scores of the agreed table, and half of them when more was asked', () => {
    for (const { when, level, score } of agreed.offline) {
      const match = when['match'] as Parameters<typeof offlineQuality>[0];
      expect(offlineQuality(match, false)).to.deep.equal({ precision: level, score });
      expect(offlineQuality(match, true)).to.deep.equal({ precision: level, score: score / 2 });
    }
  });

  const google = (types: readonly string[], partialMatch: boolean, locationType = 'APPROXIMATE') =>
    googleQuality({ types, partialMatch, locationType });

  it('knows a building by its outline only, and a place by a part of its name', () => {
    expect(google(['premise'], false)).to.deep.equal({ precision: 'house', score: 0.65 });
    expect(google(['premise'], true)).to.deep.equal({ precision: 'house', score: 0.5 });
    expect(google(['park'], true)).to.deep.equal({ precision: 'poi', score: 0.4 });
  });

  it('knows a house of unknown exactness, and lines such as rivers and roads', () => {
    for (const precision of ['other', undefined])
      expect(yandexQuality({ kind: 'house', precision }, true)).to.deep.equal({
        precision: 'house',
        score: 0.5,
      });
    for (const kind of ['hydro', 'route']) {
      const signs = { kind, precision: 'other' };
      expect(yandexQuality(signs, false)).to.deep.equal({ precision: 'poi', score: 0.4 });
      expect(yandexQuality(signs, true)).to.deep.equal({ precision: 'poi', score: 0.2 });
    }
  });

  it('treats an unknown type as a region, with half the confidence when it is only a partial match', () => {
    const whole = { precision: 'region', score: 0.15 };
    const part = { precision: 'region', score: 0.08 };
    expect([google(['novelty'], false), google([], false)]).to.deep.equal([whole, whole]);
    expect(google(['novelty'], true)).to.deep.equal(part);
    const novelty = { kind: 'novelty', precision: undefined };
    expect(yandexQuality(novelty, false)).to.deep.equal(whole);
    expect(yandexQuality(novelty, true)).to.deep.equal(part);
    expect(yandexQuality({ kind: undefined, precision: undefined }, false)).to.deep.equal(whole);
  });

  it('trusts an unknown type less than a city', () => {
    const google = googleQuality({ partialMatch: false, locationType: undefined, types: ['novelty'] });
    expect(google.score).to.be.lessThan(0.3);
    expect(yandexQuality({ kind: 'novelty', precision: undefined }, false).score).to.be.lessThan(0.3);
  });

  it('keeps every score between 0 and 1', () => {
    const word = fc.option(fc.string(), { nil: undefined });
    fc.assert(
      fc.property(fc.boolean(), word, fc.array(fc.string()), (flag, text, types) => {
        const scores = [
          googleQuality({ partialMatch: flag, locationType: text, types }),
          yandexQuality({ kind: text, precision: text }, flag),
        ].map(({ score }) => score);
        expect(scores.every((score) => score >= 0 && score <= 1)).to.equal(true);
      }),
    );
  });
});
