import { expect } from 'chai';
import { atMostEvery } from '../../../../src/infrastructure/system/at-most-every.ts';

describe('atMostEvery', () => {
  it('lets one in a while through for each subject', () => {
    let now = 1_000_000;
    const may = atMostEvery(1_000, () => now);
    expect([may('a'), may('a'), may('b')]).to.deep.equal([true, false, true]);
    now += 1_000;
    expect(may('a')).to.equal(true);
  });
});
