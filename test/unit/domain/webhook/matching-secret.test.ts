import { expect } from 'chai';
import type { VerificationSecret } from '../../../../src/domain/webhook/proof/authenticity.ts';
import { left, right } from '../../../../src/domain/shared/fp.ts';
import { matchingSecret, type Trial } from '../../../../src/domain/webhook/proof/matching-secret.ts';
import { aSecret, DELIVERED_AT } from '../../../support/a-delivery.ts';

const mismatch = { kind: 'signature-mismatch', header: 'x-sig' } as const;
/** The value of a secret determines the result of trying it. */
const matched = (...secrets: readonly VerificationSecret[]) =>
  matchingSecret(secrets, ['hmac'], DELIVERED_AT, ({ value }) => value as Trial, mismatch);
const previous = (version: number, value: Trial, validUntil?: number): VerificationSecret =>
  aSecret(value, { state: 'previous', version, ...(validUntil !== undefined && { validUntil }) });

describe('the secret that proves a delivery', () => {
  it('is the current one in preference to all others, whatever their versions', () => {
    const current = aSecret('match', { version: 1 });
    expect(matched(previous(9, 'match'), current)).to.deep.equal(right(current));
  });

  it('is the newest of the previous ones', () => {
    const [older, newer] = [previous(1, 'match'), previous(2, 'match')];
    expect(matched(older, newer)).to.deep.equal(right(newer));
    expect(matched(newer, older)).to.deep.equal(right(newer));
  });

  it('is not an expired one, which is reported with the hours since', () => {
    const hour = 3_600_000;
    expect(matched(previous(1, 'match', DELIVERED_AT + 1))).to.have.nested.property('right.version', 1);
    expect(matched(previous(1, 'match', DELIVERED_AT - 2 * hour - 1))).to.deep.equal(
      left({ kind: 'matched-expired-secret', hours: 2, secretVersion: 1 }),
    );
  });

  it('is missing where there is none of its kind, or all have expired', () => {
    const missing = left({ kind: 'secret-missing' });
    expect(matched()).to.deep.equal(missing);
    expect(matched(aSecret('match', { kind: 'token' }))).to.deep.equal(missing);
    expect(matched(previous(1, 'mismatch', DELIVERED_AT))).to.deep.equal(missing);
  });

  it('is unusable when all are; one that could be tried and did not match is a mismatch', () => {
    expect(matched(aSecret('unusable'), previous(1, 'unusable'))).to.deep.equal(
      left({ kind: 'secret-unusable' }),
    );
    expect(matched(aSecret('unusable'), previous(1, 'mismatch'))).to.deep.equal(left(mismatch));
  });
});
