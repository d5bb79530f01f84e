import { expect } from 'chai';
import {
  actorOf,
  looksLikeServiceToken,
  serviceTokenHash,
  tokenRefusal,
} from '../../../../src/domain/access/service-token.ts';
import { aServiceToken, NOON } from '../../../support/an-external-service.ts';

const SECRET_PART = `Ab0_-${'x'.repeat(38)}`;

describe('service token', () => {
  it('is ist_ and 43 characters of base64url', () => {
    expect(looksLikeServiceToken(`ist_${SECRET_PART}`)).to.equal(true);
  });

  const others: readonly (readonly [string, string])[] = [
    ['nothing', ''],
    ['the prefix alone', 'ist_'],
    ['one character too few', `ist_${SECRET_PART.slice(1)}`],
    ['one character too many', `ist_${SECRET_PART}x`],
    ['another prefix', `IST_${SECRET_PART}`],
    ['text before it', `Bearer ist_${SECRET_PART}`],
    ['a line end behind it', `ist_${SECRET_PART}\n`],
    ['plain base64', `ist_${SECRET_PART.slice(1)}+`],
  ];
  for (const [name, text] of others)
    it(`is not ${name}`, () => expect(looksLikeServiceToken(text)).to.equal(false));

  it('is found by the hex SHA-256 of the whole text', () => {
    expect(serviceTokenHash('abc')).to.equal(
      'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    );
  });

  it('is good until it expires, to the millisecond, or for ever without an end', () => {
    const ending = aServiceToken({ expiresAt: NOON });
    const at = [NOON - 1, NOON, NOON + 1];
    expect(at.map((now) => tokenRefusal(ending, now))).to.deep.equal([undefined, 'expired', 'expired']);
    expect(tokenRefusal(aServiceToken({ expiresAt: undefined }), Number.MAX_SAFE_INTEGER)).to.equal(
      undefined,
    );
  });

  it('counts as revoked from the moment of its revocation, whatever the clock says, and also if it has expired as well', () => {
    const revoked = aServiceToken({ revokedAt: NOON, expiresAt: NOON + 1_000 });
    const at = [NOON - 1, NOON, NOON + 2_000];
    expect(at.map((now) => tokenRefusal(revoked, now))).to.deep.equal(['revoked', 'revoked', 'revoked']);
  });

  it('makes an actor that may do what the token may and as long, named by its id', () => {
    const token = aServiceToken();
    expect(actorOf(token)).to.deep.equal({
      kind: 'service-token',
      id: token.id,
      tenants: token.tenants,
      scopes: token.scopes,
      expiresAt: token.expiresAt,
    });
    expect(actorOf(aServiceToken({ expiresAt: undefined }))).to.not.have.property('expiresAt');
  });
});
