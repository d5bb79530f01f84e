import { expect } from 'chai';
import fc from 'fast-check';
import * as t from 'io-ts';
import { isLeft, left, right } from '../../../../src/domain/shared/fp.ts';
import { leaf, listOf, nullable } from '../../../../src/interfaces/wire/codecs/codec.ts';
import { strictObject } from '../../../../src/interfaces/wire/codecs/object-codec.ts';
import { isLongerThan } from '../../../../src/domain/shared/text-length.ts';
import { momentFrom } from '../../../../src/interfaces/wire/codecs/values.ts';
import { decode } from '../../../../src/interfaces/wire/decode.ts';
import {
  etagOf,
  expectedIn,
  isKnown,
  ifMatching,
  versionCondition,
} from '../../../../src/interfaces/http/middleware/preconditions.ts';
import { queryOf } from '../../../../src/interfaces/http/middleware/query-string.ts';
import { traceParentOf } from '../../../../src/interfaces/wire/trace-parent.ts';
import { schemaWriter } from '../../../../src/interfaces/http/openapi/schema-of.ts';

const text = leaf<string>({ type: 'string' }, (input) =>
  typeof input === 'string' ? right(input) : left('must be a string'),
);

describe('decoding', () => {
  const codec = strictObject({ a: text }, { b: listOf(strictObject({ c: nullable(text) }, {}), { max: 2 }) });

  it('gives exactly the fields of the codec', () => {
    expect(decode(codec, { a: 'x', b: [{ c: null }] })).to.deep.equal(right({ a: 'x', b: [{ c: null }] }));
  });

  it('points at every problem, however deep', () => {
    expect(decode(codec, { b: [{ c: 1 }, { d: 2 }], 'x/~y': 3 })).to.deep.equal(
      left({
        kind: 'invalid-input',
        problems: [
          { pointer: '/a', detail: 'is required' },
          { pointer: '/b/0/c', detail: 'must be a string' },
          { pointer: '/b/1/c', detail: 'is required' },
          { pointer: '/b/1/d', detail: 'is not known here' },
          { pointer: '/x~1~0y', detail: 'is not known here' },
        ],
      }),
    );
  });

  it('does not take an inherited field for a given one', () => {
    const inherited: unknown = Object.create({ a: 'x' });
    expect(isLeft(decode(codec, inherited))).to.equal(true);
    expect(isLeft(decode(strictObject({}, {}), { toString: 1 }))).to.equal(true);
  });

  it('never reveals what was sent', () => {
    fc.assert(
      fc.property(fc.integer({ min: 100_000 }), (value) => {
        const result = decode(codec, { a: value });
        expect(JSON.stringify(result)).to.not.contain(String(value));
      }),
    );
  });
});

describe('schemas', () => {
  it('refuse a codec that nobody taught them', () => {
    expect(() => schemaWriter().schemaOf(t.bigint)).to.throw('bigint');
  });
});

describe('a query', () => {
  const codec = strictObject({}, { a: text, b: text });

  it('is decoded as it was encoded', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), (a, b) => {
        const target = `/x?${new URLSearchParams({ a, b }).toString()}`;
        expect(queryOf(target, codec)).to.deep.equal(right({ a, b }));
      }),
    );
  });

  it('may be missing, empty, or a name without a value', () => {
    expect(queryOf('/x', codec)).to.deep.equal(right({}));
    expect(queryOf('/x?', codec)).to.deep.equal(right({}));
    expect(queryOf('/x?a&&b=1=2', codec)).to.deep.equal(right({ a: '', b: '1=2' }));
  });
});

describe('a moment', () => {
  const moments: readonly (readonly [string, number | undefined])[] = [
    ['2026-11-22T10:00:00Z', Date.UTC(2026, 10, 22, 10)],
    ['2026-11-22t10:00:00.5z', Date.UTC(2026, 10, 22, 10, 0, 0, 500)],
    ['2026-11-22T10:00:00.123456789+05:00', Date.UTC(2026, 10, 22, 5, 0, 0, 123)],
    ['2026-11-22', Date.UTC(2026, 10, 22)],
    ['2028-02-29', Date.UTC(2028, 1, 29)],
    ['2026-02-29', undefined],
    ['2026-13-01', undefined],
    ['2026-11-22T24:00:01Z', undefined],
    ['2016-12-31T23:59:60Z', Date.UTC(2017, 0, 1)],
    ['2017-01-01T05:29:60.5+05:30', Date.UTC(2017, 0, 1, 0, 0, 0, 500)],
    ['1968-12-31T23:59:60Z', Date.UTC(1969, 0, 1)],
    ['1968-12-31T12:00:60Z', undefined],
    ['2016-12-31T23:59:61Z', undefined],
    ['9999-12-31T23:59:60Z', undefined],
    ['2026-11-22T24:00:00Z', undefined],
    ['2026-11-22T10:00:00', undefined],
    ['2026-11-22 10:00:00Z', undefined],
    ['1763805600', undefined],
    ['0000-01-01T00:00:00Z', Date.parse('0000-01-01T00:00:00Z')],
    ['0000-01-01T00:00:00+00:01', undefined],
    ['9999-12-31T23:59:59Z', Date.UTC(9999, 11, 31, 23, 59, 59)],
    ['9999-12-31T23:59:59-00:01', undefined],
    ['', undefined],
  ];
  for (const [given, moment] of moments)
    it(`${moment === undefined ? 'is not' : 'is'} "${given}"`, () => {
      expect(momentFrom(given)).to.equal(moment);
    });
});

describe('length', () => {
  it('is counted in code points', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.nat(20), (value, limit) => {
        expect(isLongerThan(value, limit)).to.equal(Array.from(value).length > limit);
      }),
    );
  });
});

describe('a traceparent', () => {
  const good = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
  it('is passed on unchanged, or dropped', () => {
    expect(traceParentOf(good)).to.equal(good);
    const bad = [
      undefined,
      [good],
      `${good}, ${good}`,
      good.toUpperCase(),
      good.replace('00-', 'ff-'),
      good.replace('4bf92f3577b34da6a3ce929d0e0e4736', '0'.repeat(32)),
      good.replace('00f067aa0ba902b7', '0'.repeat(16)),
      `${good}-more`,
    ];
    expect(bad.map(traceParentOf)).to.deep.equal(bad.map(() => undefined));
  });

  it('of a later version is read by the fields of version 00, and passed on as one', () => {
    const later = [good.replace('00-', '01-'), good.replace('00-', 'cc-').concat('-what-the-future-will-be')];
    expect(later.map(traceParentOf)).to.deep.equal([good, good]);
    expect(traceParentOf(good.replace('00-', '01-').replace(/01$/, 'fe'))).to.equal(
      good.replace(/01$/, '00'),
    );
    expect(traceParentOf(good.replace('00-', '01-').concat('.more'))).to.equal(undefined);
  });
});

describe('preconditions', () => {
  it('match a version by its own ETag and no other', () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(), (version, other) => {
        expect(versionCondition(etagOf(version))).to.deep.equal([version]);
        expect(isKnown(etagOf(other), version)).to.equal(version === other);
      }),
    );
  });

  it('read lists, stars and what is neither', () => {
    expect(versionCondition(' "1" ,"x", W/"3","4"')).to.deep.equal([1, 4]);
    expect(versionCondition('"01", "+1", "1.0", "00"')).to.deep.equal([]);
    expect(versionCondition(' * ')).to.equal('any');
    expect(isKnown(undefined, 1)).to.equal(false);
    expect(versionCondition('')).to.deep.equal([]);
  });

  it('permit a change only of the version in If-Match, and require that header', () => {
    const current = { version: 4, name: 'a' };
    expect(ifMatching({ 'if-match': '"3", "4"' }, current)).to.deep.equal(right(current));
    expect(ifMatching({ 'if-match': '*' }, current)).to.deep.equal(right(current));
    expect(ifMatching({ 'if-match': 'W/"4"' }, current)).to.deep.equal(left({ kind: 'precondition-failed' }));
    expect(ifMatching({}, current)).to.deep.equal(left({ kind: 'precondition-required' }));
    expect(expectedIn({ 'if-match': '"3", "4"' }, current)).to.equal(4);
    expect(expectedIn({ 'if-match': '*' }, current)).to.equal('any');
  });

  it('hold a change that If-None-Match allows to the version that it was asked of', () => {
    expect(expectedIn({ 'if-match': '*', 'if-none-match': '"5"' }, { version: 4 })).to.equal(4);
    expect(expectedIn({ 'if-none-match': '"5"' }, { version: 4 })).to.equal(4);
  });
});
