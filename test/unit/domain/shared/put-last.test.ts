import { expect } from 'chai';
import { putLast } from '../../../../src/domain/shared/put-last.ts';

describe('putLast', () => {
  const entries = (...keys: readonly string[]) => new Map(keys.map((key) => [key, 'old']));

  it('puts a new one behind all others', () => {
    const some = entries('a', 'b');
    putLast(some, 'c', 'new', 3);
    expect([...some.keys()]).to.deep.equal(['a', 'b', 'c']);
  });

  it('forgets the first when there are as many as there may be', () => {
    const some = entries('a', 'b', 'c');
    putLast(some, 'd', 'new', 3);
    expect([...some.keys()]).to.deep.equal(['b', 'c', 'd']);
  });

  it('moves a known entry to the end with its new value, and drops no other for it', () => {
    const some = entries('a', 'b', 'c');
    putLast(some, 'a', 'new', 3);
    expect([...some]).to.deep.equal([
      ['b', 'old'],
      ['c', 'old'],
      ['a', 'new'],
    ]);
    putLast(some, 'c', 'newer', 3);
    expect([...some.keys()]).to.deep.equal(['b', 'a', 'c']);
    putLast(some, 'b', 'newer', 4);
    expect([...some.keys()]).to.deep.equal(['a', 'c', 'b']);
  });
});
