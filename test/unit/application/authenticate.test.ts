import { expect } from 'chai';
import { authenticate } from '../../../src/application/authenticate.ts';
import type { CredentialRefused } from '../../../src/domain/access/credential.ts';
import { serviceTokenHash, type ServiceToken } from '../../../src/domain/access/service-token.ts';
import { left, right } from '../../../src/domain/shared/fp.ts';
import { aContext, aServiceToken, NOON } from '../../support/an-external-service.ts';
import { answerOf, failureOf } from '../../support/command-fixture.ts';
import { fixedClock } from '../../support/fixed-clock.ts';

const TOKEN = `ist_${'a'.repeat(43)}`;
const JWT = 'header.claims.signature';

const fixture = (change: Partial<ServiceToken> = {}) => {
  const clock = fixedClock(NOON);
  const stored = aServiceToken({ hash: serviceTokenHash(TOKEN), ...change });
  const asked = { hashes: [] as string[], jwts: [] as string[] };
  const administrator = aContext().actor;
  const check = authenticate({
    clock,
    tokens: {
      byHash: async (hash) => {
        asked.hashes.push(hash);
        return hash === stored.hash ? stored : undefined;
      },
    },
    administrators: {
      verify: async (jwt) => {
        asked.jwts.push(jwt);
        return jwt === JWT
          ? right(administrator)
          : left({ kind: 'credential-refused', reason: 'bad-signature' });
      },
    },
  });
  const reason = async (header: string | undefined): Promise<CredentialRefused['reason']> =>
    (await failureOf(check(header))).reason;
  return { check, reason, clock, stored, asked, administrator };
};

describe('authentication', () => {
  it('knows a service token by its hash, with its tenants and scopes', async () => {
    const { check, stored, asked } = fixture();
    expect(await answerOf(check(`Bearer ${TOKEN}`))).to.deep.equal({
      kind: 'service-token',
      id: stored.id,
      tenants: stored.tenants,
      scopes: stored.scopes,
      expiresAt: stored.expiresAt,
    });
    expect(asked).to.deep.equal({ hashes: [stored.hash], jwts: [] });
  });

  it('knows an administrator by a JWT, and does not look for its hash', async () => {
    const { check, asked, administrator } = fixture();
    expect(await answerOf(check(`bearer  ${JWT}`))).to.equal(administrator);
    expect(asked).to.deep.equal({ hashes: [], jwts: [JWT] });
  });

  it('takes a token until the moment it expires, and never one that was revoked', async () => {
    const { check, reason, clock } = fixture({ expiresAt: NOON + 10 });
    clock.advance(9);
    await answerOf(check(`Bearer ${TOKEN}`));
    clock.advance(1);
    expect(await reason(`Bearer ${TOKEN}`)).to.equal('expired');
    const revoked = fixture({ revokedAt: NOON - 1, expiresAt: NOON - 1 });
    expect(await revoked.reason(`Bearer ${TOKEN}`)).to.equal('revoked');
    await answerOf(fixture({ expiresAt: undefined }).check(`Bearer ${TOKEN}`));
  });

  const refusals: readonly (readonly [string, string | undefined, CredentialRefused['reason']])[] = [
    ['nothing', undefined, 'missing'],
    ['an empty header', '', 'other-scheme'],
    ['no scheme', TOKEN, 'other-scheme'],
    ['another scheme', `Basic ${TOKEN}`, 'other-scheme'],
    ['a scheme that begins like ours', `BearerX ${TOKEN}`, 'other-scheme'],
    ['no credential', 'Bearer ', 'malformed'],
    ['no credential, as a header without blanks at its end', 'Bearer', 'malformed'],
    ['two credentials', `Bearer ${TOKEN} ${TOKEN}`, 'malformed'],
    ['a token cut short', `Bearer ${TOKEN.slice(0, -1)}`, 'malformed'],
    ['a token with foreign characters', `Bearer ist_${'!'.repeat(43)}`, 'malformed'],
    ['an unknown token', `Bearer ist_${'b'.repeat(43)}`, 'unknown'],
    ['a header of nine thousand characters', `Bearer ${'x'.repeat(9_000)}`, 'malformed'],
    ['a JWT that is refused', 'Bearer a.b.c', 'bad-signature'],
  ];
  for (const [words, header, expected] of refusals)
    it(`refuses ${words}`, async () => expect(await fixture().reason(header)).to.equal(expected));

  it('does not hash or parse what cannot be a credential', async () => {
    const { reason, asked } = fixture();
    for (const header of [`Bearer ${'ist_'.repeat(4_000)}`, `Bearer ist_short`]) await reason(header);
    expect(asked).to.deep.equal({ hashes: [], jwts: [] });
  });
});
