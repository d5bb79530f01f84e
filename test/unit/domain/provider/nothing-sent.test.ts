import { expect } from 'chai';
import { nothingSent } from '../../../../src/domain/provider/nothing-sent.ts';

describe('what failed before a write was sent', () => {
  it('leaves nothing open: the provider was out of reach, and nothing was sent', () => {
    for (const kind of ['provider-timeout', 'answer-not-understood'] as const)
      expect(nothingSent({ kind, message: 'no token' })).to.deep.equal({
        kind: 'provider-unavailable',
        message: 'no token; nothing was sent',
        ...(kind === 'provider-timeout' && { isOutOfTime: true }),
      });
  });

  it('stays what it was where that is plain', () => {
    for (const kind of ['credentials-rejected', 'request-rejected', 'resource-not-found'] as const) {
      const error = { kind, message: 'no' };
      expect(nothingSent(error)).to.equal(error);
    }
  });
});
