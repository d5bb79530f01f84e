import { expect } from 'chai';
import { memoryFloodGuard } from '../../../../src/infrastructure/memory/memory-flood-guard.ts';

describe('guard against floods', () => {
  let now = 0;
  const monotonic = () => now;
  beforeEach(() => (now = 1_000_000));

  it('lets a subject fail 300 times in a minute, and then says when it may again', () => {
    const guard = memoryFloodGuard({ monotonic });
    for (let n = 0; n < 299; n += 1) guard.failed('a');
    expect(guard.waitOf('a')).to.equal(undefined);
    now += 20_000;
    guard.failed('a');
    expect(guard.waitOf('a')).to.equal(40_000);
    expect(guard.waitOf('b')).to.equal(undefined);
    now += 40_000;
    expect(guard.waitOf('a')).to.equal(undefined);
    guard.failed('a');
    expect(guard.waitOf('a')).to.equal(undefined);
  });

  it('forgets the least recent of too many subjects', () => {
    const guard = memoryFloodGuard({ monotonic, mostFailures: 1, mostSubjects: 2 });
    for (const subject of ['a', 'b', 'c']) guard.failed(subject);
    expect(['a', 'b', 'c'].map((subject) => guard.waitOf(subject))).to.deep.equal([
      undefined,
      60_000,
      60_000,
    ]);
  });
});
