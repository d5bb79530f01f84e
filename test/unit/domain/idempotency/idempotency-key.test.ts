import { expect } from 'chai';
import fc from 'fast-check';
import {
  commandKey,
  fingerprintOf,
  idempotencyKey,
} from '../../../../src/domain/idempotency/idempotency-key.ts';
import { isLeft, isRight, left } from '../../../../src/domain/shared/fp.ts';
import type { Json } from '../../../../src/domain/shared/json.ts';

describe('an idempotency key', () => {
  for (const text of ['k', '!', '~', '"8e03978e-40d5"', 'x'.repeat(255)])
    it(`may be ${text.slice(0, 20)} of ${text.length} characters`, () =>
      expect(isRight(idempotencyKey(text))).to.equal(true));

  for (const [what, text] of [
    ['empty', ''],
    ['longer than 255 characters', 'x'.repeat(256)],
    ['two words', 'one two'],
    ['two headers that were joined', 'one, two'],
    ['outside ASCII', 'ключ'],
    ['a control character', 'a\u007f'],
    ['a line', 'a\n'],
  ] as const)
    it(`may not be ${what}`, () =>
      expect(idempotencyKey(text)).to.deep.equal(left({ kind: 'idempotency-key-malformed' })));

  it('of a command is its message id, kept apart from every key of a caller over HTTP', () => {
    expect(commandKey('order-17')).to.equal(' order-17');
    expect(isLeft(idempotencyKey(commandKey('order-17')))).to.equal(true);
  });
});

/** The same value with the members of every object in another order. */
const shuffled = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(shuffled);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([name, member]) => [name, shuffled(member)] as const);
  return Object.fromEntries(entries.toReversed());
};

describe('the fingerprint of a request', () => {
  it('is the SHA-256 of the operation and of the canonical JSON', () => {
    // printf 'append\n{"a":1,"b":[{"c":2,"d":null}]}' | sha256sum
    expect(fingerprintOf('append', { b: [{ d: null, c: 2 }], a: 1 })).to.equal(
      'ccba970eff397cfcb501a196deb13f3f011af3dbcdcc79b6cbb42d1a6bc156ee',
    );
  });

  it('does not depend on the order of members', () =>
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(fingerprintOf('op', shuffled(value) as Json)).to.equal(fingerprintOf('op', value as Json));
      }),
    ));

  it('depends on the order of rows, on types and on the operation', () => {
    const prints = [
      fingerprintOf('append', [['1'], ['2']]),
      fingerprintOf('append', [['2'], ['1']]),
      fingerprintOf('append', [[1], [2]]),
      fingerprintOf('write', [['1'], ['2']]),
      fingerprintOf('append', { rows: [['1'], ['2']] }),
      fingerprintOf('append', JSON.parse('{"rows":[["1"],["2"]],"__proto__":1}') as Json),
    ];
    expect(new Set(prints).size).to.equal(prints.length);
  });
});
