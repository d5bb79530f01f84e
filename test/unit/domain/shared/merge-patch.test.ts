import { expect } from 'chai';
import type { Json, JsonObject } from '../../../../src/domain/shared/json.ts';
import { mergePatch } from '../../../../src/domain/shared/merge-patch.ts';

type Case = readonly [target: Json | undefined, patch: JsonObject, merged: JsonObject];

/** Those of RFC 7396, appendix A, in which an object is patched with an object, and the first example of section 3. */
const cases: readonly Case[] = [
  [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
  [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
  [{ a: 'b' }, { a: null }, {}],
  [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
  [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
  [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
  [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
  [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
  [{ e: null }, { a: 1 }, { e: null, a: 1 }],
  [[1, 2], { a: 'b', c: null }, { a: 'b' }],
  [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  [
    { title: 'Goodbye!', author: { givenName: 'John', familyName: 'Doe' }, tags: ['a', 'b'], content: 'x' },
    { title: 'Hello!', phoneNumber: '+01-123-456-7890', author: { familyName: null }, tags: ['a'] },
    {
      title: 'Hello!',
      author: { givenName: 'John' },
      tags: ['a'],
      content: 'x',
      phoneNumber: '+01-123-456-7890',
    },
  ],
  [undefined, { a: null, b: { c: null, d: 1 } }, { b: { d: 1 } }],
];

describe('a merge patch', () => {
  for (const [target, patch, merged] of cases)
    it(`makes ${JSON.stringify(merged)} of ${JSON.stringify(target)} by ${JSON.stringify(patch)}`, () => {
      const before = JSON.stringify([target, patch]);
      expect(mergePatch(target, patch)).to.deep.equal(merged);
      expect(JSON.stringify([target, patch])).to.equal(before);
    });
});
