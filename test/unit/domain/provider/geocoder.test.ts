import { expect } from 'chai';
import { matchesToAskFor } from '../../../../src/domain/provider/geocoder.ts';

describe('the matches that a provider is asked for', () => {
  it('are 5 for a caller that wants up to 5, and 20 for all others', () => {
    expect([1, 5, 6, 20].map(matchesToAskFor)).to.deep.equal([5, 5, 20, 20]);
  });
});
