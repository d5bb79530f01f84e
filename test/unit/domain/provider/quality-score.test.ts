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

/** Reads the agreed table literally: `xAny` is a list of which one must be among the facts. */
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

  it('trusts what nobody has heard of less than a city', () => {
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
