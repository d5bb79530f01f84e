import { expect } from 'chai';
import { looksLikeServiceToken, serviceTokenHash } from '../../../../src/domain/access/service-token.ts';
import { randomTokenMint } from '../../../../src/infrastructure/security/token-mint.ts';

describe('the mint of service tokens', () => {
  it('makes tokens that are told apart from JWTs, never the same one, with their hash and last four', () => {
    const minted = Array.from({ length: 1_000 }, () => randomTokenMint());
    for (const { token, hash, hint } of minted) {
      expect(looksLikeServiceToken(token)).to.equal(true);
      expect(hash)
        .to.equal(serviceTokenHash(token))
        .and.match(/^[0-9a-f]{64}$/);
      expect(token.endsWith(hint)).to.equal(true);
      expect(hint).to.have.length(4);
    }
    expect(new Set(minted.map(({ token }) => token)).size).to.equal(1_000);
  });
});
