import { expect } from 'chai';
import { canonicalJson, isJsonObject, throughJson } from '../../../../src/domain/shared/json.ts';

describe('a JSON object', () => {
  it('has members, or none yet', () => {
    for (const object of [{}, { a: null }]) expect(isJsonObject(object)).to.equal(true);
  });

  for (const value of [null, undefined, [], [{}], '{}', 1, true])
    it(`is not ${JSON.stringify(value)}`, () => expect(isJsonObject(value)).to.equal(false));
});

describe('JSON made of values', () => {
  it('has no member without a value, and dates as texts', () =>
    expect(throughJson({ a: undefined, b: [undefined], c: new Date(0) })).to.deep.equal({
      b: [null],
      c: '1970-01-01T00:00:00.000Z',
    }));

  it('has one canonical text, with members in the order of their names and items in their own', () =>
    expect(canonicalJson({ b: [{ d: 1, c: null }, 'a'], a: { f: true, e: 'x' } })).to.equal(
      '{"a":{"e":"x","f":true},"b":[{"c":null,"d":1},"a"]}',
    ));
});
