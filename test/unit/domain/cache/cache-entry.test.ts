import { expect } from 'chai';
import fc from 'fast-check';
import { ageSeconds, freshnessOf } from '../../../../src/domain/cache/cache-entry.ts';
import {
  isPurged,
  scopeFrom,
  scopeText,
  type PurgeStamp,
} from '../../../../src/domain/cache/invalidation.ts';
import { cacheKey, isCacheKeyOf } from '../../../../src/domain/cache/cache-key.ts';
import { OTHER_TENANT, TENANT } from '../../../support/an-external-service.ts';

describe('a cache entry', () => {
  it('is fresh, then stale, then gone, to the millisecond', () => {
    const entry = { freshUntil: 100, goneAt: 200 };
    const at = (now: number) => freshnessOf(entry, now);
    expect([at(0), at(99), at(100), at(199), at(200), at(1e15)]).to.deep.equal([
      'fresh',
      'fresh',
      'stale',
      'stale',
      'gone',
      'gone',
    ]);
  });

  it('without grace is never stale', () => {
    expect(freshnessOf({ freshUntil: 100, goneAt: 100 }, 100)).to.equal('gone');
  });

  it('never becomes fresher', () => {
    const rank = { fresh: 0, stale: 1, gone: 2 };
    const time = fc.integer({ min: 0, max: 1_000 });
    fc.assert(
      fc.property(time, time, time, time, (fresh, grace, now, later) => {
        const entry = { freshUntil: fresh, goneAt: fresh + grace };
        expect(rank[freshnessOf(entry, now + later)]).to.be.at.least(rank[freshnessOf(entry, now)]);
      }),
    );
  });

  it('has an age in whole seconds, and zero before its creation', () => {
    const age = (now: number) => ageSeconds({ storedAt: 1_000 }, now);
    expect([age(0), age(1_000), age(1_999), age(2_000), age(61_500)]).to.deep.equal([0, 0, 0, 1, 60]);
  });
});

describe('a purge', () => {
  const entry = { serviceName: 'google_maps', operation: 'geocode', tags: ['a', 'b'], storedAt: 100 };
  const purged = (scope: PurgeStamp['scope'], purgedAt = 100) => isPurged(entry, [{ scope, purgedAt }]);

  it('covers what was stored up to its time', () => {
    expect([purged({}, 99), purged({}, 100), purged({}, 101)]).to.deep.equal([false, true, true]);
  });

  it('covers only what all parts of its scope fit', () => {
    const scopes: readonly (readonly [PurgeStamp['scope'], boolean])[] = [
      [{}, true],
      [{ serviceName: 'google_maps' }, true],
      [{ serviceName: 'yandex_maps' }, false],
      [{ operation: 'geocode' }, true],
      [{ operation: 'distance' }, false],
      [{ tag: 'a' }, true],
      [{ tag: 'b' }, true],
      [{ tag: 'c' }, false],
      [{ serviceName: 'google_maps', operation: 'geocode', tag: 'b' }, true],
      [{ serviceName: 'google_maps', operation: 'distance', tag: 'b' }, false],
      [{ serviceName: 'google_maps', operation: 'geocode', tag: 'c' }, false],
      [{ serviceName: 'yandex_maps', operation: 'geocode', tag: 'b' }, false],
    ];
    for (const [scope, expected] of scopes) expect(purged(scope), JSON.stringify(scope)).to.equal(expected);
  });

  it('of a service covers also what only some of is from it', () => {
    const mixed = { ...entry, tags: ['service:google_maps', 'service:yandex_maps'] };
    const isPurgedOf = (serviceName: string) => isPurged(mixed, [{ scope: { serviceName }, purgedAt: 100 }]);
    expect(['google_maps', 'yandex_maps', 'yandex'].map(isPurgedOf)).to.deep.equal([true, true, false]);
  });

  it('is enough among many that do not cover', () => {
    const others = ['x', 'y', 'z'].map((tag) => ({ scope: { tag }, purgedAt: 500 }));
    expect(isPurged(entry, others)).to.equal(false);
    expect(isPurged(entry, [...others, { scope: { tag: 'a' }, purgedAt: 100 }])).to.equal(true);
    expect(isPurged(entry, [])).to.equal(false);
  });

  it('has a text that tells apart which part of the scope was given', () => {
    const scopes: readonly PurgeStamp['scope'][] = [
      {},
      { serviceName: 'a' },
      { operation: 'a' },
      { tag: 'a' },
      { serviceName: 'b' },
      { operation: 'b' },
      { tag: 'b' },
      { serviceName: 'a', operation: 'a', tag: 'a' },
    ];
    expect(new Set(scopes.map(scopeText)).size).to.equal(scopes.length);
  });

  it('is written as it always was, since purges are stored by it', () => {
    expect(scopeText({ serviceName: 's', operation: 'o' })).to.equal('["s","o",null]');
    expect(scopeText({ tag: 't' })).to.equal('[null,null,"t"]');
  });

  it('has one text for each scope, and a different one for each other', () => {
    const part = fc.option(fc.string(), { nil: undefined });
    const scope = fc
      .record({ serviceName: part, operation: part, tag: part })
      .map((given): PurgeStamp['scope'] =>
        Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
      );
    fc.assert(
      fc.property(scope, scope, (one, two) => {
        const same = (['serviceName', 'operation', 'tag'] as const).every((name) => one[name] === two[name]);
        expect(scopeText(one) === scopeText(two)).to.equal(same);
        expect(scopeFrom(scopeText(one))).to.deep.equal(one);
      }),
    );
  });

  it('is not read from a text that something else has written', () => {
    for (const text of ['', '{', 'null', '{"serviceName":"google"}', '["google",null]', '[1,2,3,4]'])
      expect(scopeFrom(text), text).to.equal(undefined);
    // It is better to purge too much than too little.
    expect(scopeFrom('[1,false,{}]'), 'no part that is a text').to.deep.equal({});
  });
});

describe('a cache key', () => {
  it('shows version, tenant and operation, and hides what was asked', () => {
    const key = cacheKey(TENANT, 'geocode', ['москва тверская 13', 'ru', '', '5']);
    expect(key).to.match(/^v1:uk_company_1:geocode:[A-Za-z0-9_-]{22}$/);
  });

  it('is the same for the same question, in every process', () => {
    expect(cacheKey(TENANT, 'geocode', ['a', 'b'])).to.equal(
      'v1:uk_company_1:geocode:BHPvLcDTJKtlnTWAwRNOnY',
    );
  });

  it('differs by tenant, by operation, and by how the fields are cut', () => {
    const keys = [
      cacheKey(TENANT, 'geocode', ['ab', 'c']),
      cacheKey(OTHER_TENANT, 'geocode', ['ab', 'c']),
      cacheKey(TENANT, 'distance', ['ab', 'c']),
      cacheKey(TENANT, 'geocode', ['a', 'bc']),
      cacheKey(TENANT, 'geocode', ['abc']),
      cacheKey(TENANT, 'geocode', ['ab', 'c', '']),
      cacheKey(TENANT, 'geocode', ['ab","c']),
    ];
    expect(new Set(keys).size).to.equal(keys.length);
  });

  it('is different for any two different questions', () => {
    const fields = fc.array(fc.string({ unit: 'binary' }), { maxLength: 4 });
    fc.assert(
      fc.property(fields, fields, (one, two) => {
        const same = JSON.stringify(one) === JSON.stringify(two);
        expect(cacheKey(TENANT, 'geocode', one) === cacheKey(TENANT, 'geocode', two)).to.equal(same);
      }),
    );
  });

  it('is recognised as belonging to its tenant and to no other, whatever was asked', () => {
    fc.assert(
      fc.property(fc.constantFrom('geocode', 'batch_geocode'), fc.array(fc.string()), (operation, fields) => {
        const key = cacheKey(TENANT, operation, fields);
        expect([isCacheKeyOf(TENANT, key), isCacheKeyOf(OTHER_TENANT, key)]).to.deep.equal([true, false]);
      }),
    );
  });

  const asked = 'geocode:BHPvLcDTJKtlnTWAwRNOnY';
  for (const [words, key] of [
    ['of another version', `v0:${TENANT}:${asked}`],
    ['of a tenant whose name is longer', `v1:${TENANT}1:${asked}`],
    ['with something before it', `gateway:v1:${TENANT}:${asked}`],
    ['with something behind it', `v1:${TENANT}:${asked}1`],
    ['without an operation', `v1:${TENANT}:BHPvLcDTJKtlnTWAwRNOnY`],
    ['with a part before the operation', `v1:${TENANT}:purges:${asked}`],
    ['with too short a hash', `v1:${TENANT}:${asked.slice(0, -1)}`],
    ['that holds nothing', ''],
  ] as const)
    it(`is not recognised ${words}`, () => expect(isCacheKeyOf(TENANT, key)).to.equal(false));
});
