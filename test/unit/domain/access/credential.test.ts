import { expect } from 'chai';
import { credentialRefused } from '../../../../src/domain/access/credential.ts';
import { left } from '../../../../src/domain/shared/fp.ts';

describe('a credential that is refused', () => {
  it('says why, for the log, and nothing of itself', () =>
    expect(credentialRefused('expired')).to.deep.equal(
      left({ kind: 'credential-refused', reason: 'expired' }),
    ));
});
