import { expect } from 'chai';
import { issueToken, type IssueToken } from '../../../../src/application/commands/issue-token.ts';
import { revokeToken } from '../../../../src/application/commands/revoke-token.ts';
import { serviceTokenHash } from '../../../../src/domain/access/service-token.ts';
import { right } from '../../../../src/domain/shared/fp.ts';
import type { Actor, TenantContext } from '../../../../src/domain/shared/tenant-context.ts';
import { randomTokenMint } from '../../../../src/infrastructure/security/token-mint.ts';
import { aContext, anId, NOON, OTHER_TENANT, TENANT } from '../../../support/an-external-service.ts';
import { answerOf, commandFixture, failureOf, pointersOf } from '../../../support/command-fixture.ts';

const wish = (change: Partial<IssueToken> = {}): IssueToken => ({
  name: 'billing',
  tenants: undefined,
  scopes: ['geocoding', 'logs:read'],
  expiresAt: undefined,
  ...change,
});

const fixture = () => {
  const rig = commandFixture();
  let forgotten = 0;
  return {
    ...rig,
    issue: issueToken({ ...rig.deps, mint: randomTokenMint }),
    revoke: revokeToken({ ...rig.deps, tokensChanged: () => void (forgotten += 1) }),
    forgotten: () => forgotten,
  };
};

const contextOf = (change: Partial<Actor>): TenantContext => {
  const ctx = aContext();
  return { ...ctx, actor: { ...ctx.actor, ...change } };
};

describe('issuing a service token', () => {
  it('shows the token once and keeps its hash alone', async () => {
    const { issue, unitOfWork } = fixture();
    const { token, stored } = await answerOf(issue(aContext(), wish()));
    expect(token).to.match(/^ist_[A-Za-z0-9_-]{43}$/);
    expect(stored).to.deep.equal({
      id: anId(1_000),
      tenantId: TENANT,
      name: 'billing',
      tenants: [TENANT],
      scopes: ['geocoding', 'logs:read'],
      hash: serviceTokenHash(token),
      hint: token.slice(-4),
      expiresAt: undefined,
      createdAt: NOON,
      createdBy: 'admin@example.test',
      revokedAt: undefined,
    });
    expect(unitOfWork.tokens()).to.deep.equal([stored]);
    expect(JSON.stringify([stored, unitOfWork.events()])).to.not.include(token.slice(4, 40));
  });

  it('never issues the same token twice', async () => {
    const { issue } = fixture();
    const issued = await Promise.all(Array.from({ length: 100 }, () => answerOf(issue(aContext(), wish()))));
    expect(new Set(issued.map(({ token }) => token)).size).to.equal(100);
  });

  it('counts the characters of a name, whatever they take in memory', async () => {
    const { issue } = fixture();
    const { stored } = await answerOf(issue(aContext(), wish({ name: '🏠'.repeat(100) })));
    expect(stored.name).to.equal('🏠'.repeat(100));
    expect(pointersOf(await failureOf(issue(aContext(), wish({ name: '🏠'.repeat(101) }))))).to.deep.equal([
      '/name',
    ]);
  });

  it('names every problem at once, and stores nothing', async () => {
    const { issue, unitOfWork } = fixture();
    const failure = await failureOf(
      issue(aContext(), wish({ name: '  ', scopes: [], tenants: [], expiresAt: NOON })),
    );
    expect(pointersOf(failure)).to.deep.equal(['/name', '/scopes', '/expires_at', '/tenants']);
    expect(unitOfWork.tokens()).to.deep.equal([]);
    const long = await failureOf(issue(aContext(), wish({ name: 'x'.repeat(101) })));
    expect(pointersOf(long)).to.deep.equal(['/name']);
  });

  it('gives no tenant and no scope that the issuer does not have, and says which', async () => {
    const { issue, unitOfWork } = fixture();
    const ctx = contextOf({
      kind: 'service-token',
      tenants: [TENANT],
      scopes: ['tokens:manage', 'geocoding'],
    });
    const asked = wish({
      tenants: [TENANT, OTHER_TENANT],
      scopes: ['geocoding', 'logs:read', 'services:manage'],
    });
    expect(pointersOf(await failureOf(issue(ctx, asked)))).to.deep.equal([
      '/tenants/1',
      '/scopes/1',
      '/scopes/2',
    ]);
    expect(unitOfWork.tokens()).to.deep.equal([]);
    await answerOf(issue(ctx, wish({ tenants: [TENANT], scopes: ['geocoding'] })));
  });

  it('keeps what is asked for twice once, and points at what was asked all the same', async () => {
    const { issue } = fixture();
    const twice = { tenants: [TENANT, TENANT], scopes: ['geocoding', 'geocoding', 'logs:read'] } as const;
    const { stored } = await answerOf(issue(aContext(), wish(twice)));
    expect([stored.tenants, stored.scopes]).to.deep.equal([[TENANT], ['geocoding', 'logs:read']]);
    const ctx = contextOf({ kind: 'service-token', tenants: [TENANT], scopes: ['geocoding'] });
    expect(pointersOf(await failureOf(issue(ctx, wish(twice))))).to.deep.equal(['/scopes/2']);
  });

  it('lets an administrator of several tenants issue for them', async () => {
    const { issue } = fixture();
    const ctx = contextOf({ tenants: [TENANT, OTHER_TENANT] });
    const { stored } = await answerOf(issue(ctx, wish({ tenants: [OTHER_TENANT] })));
    expect([stored.tenantId, stored.tenants]).to.deep.equal([TENANT, [OTHER_TENANT]]);
  });

  it('adds what it finds to what was found before, and issues nothing', async () => {
    const { issue, unitOfWork } = fixture();
    const wrong = [{ pointer: '/scopes/0', detail: 'x' }];
    expect(
      pointersOf(await failureOf(issue(aContext(), wish({ wrong, scopes: [], expiresAt: NOON })))),
    ).to.deep.equal(['/scopes/0', '/expires_at']);
    expect(pointersOf(await failureOf(issue(aContext(), wish({ wrong }))))).to.deep.equal(['/scopes/0']);
    expect(unitOfWork.tokens()).to.deep.equal([]);
  });

  it('issues no token that outlives the one it is issued with', async () => {
    const { issue, unitOfWork } = fixture();
    const ctx = contextOf({ kind: 'service-token', expiresAt: NOON + 1_000 });
    for (const expiresAt of [undefined, NOON + 1_001])
      expect(pointersOf(await failureOf(issue(ctx, wish({ expiresAt }))))).to.deep.equal(['/expires_at']);
    expect(unitOfWork.tokens()).to.deep.equal([]);
    const { stored } = await answerOf(issue(ctx, wish({ expiresAt: NOON + 1_000 })));
    expect(stored.expiresAt).to.equal(NOON + 1_000);
  });

  it('takes an expiry in the future, however near', async () => {
    const { issue } = fixture();
    expect((await answerOf(issue(aContext(), wish({ expiresAt: NOON + 1 })))).stored.expiresAt).to.equal(
      NOON + 1,
    );
  });
});

describe('revoking a service token', () => {
  it('ends it at once, and once', async () => {
    const { issue, revoke, unitOfWork, clock, forgotten } = fixture();
    const { stored } = await answerOf(issue(aContext(), wish()));
    clock.advance(5);
    expect(await revoke(aContext(), { id: stored.id })).to.deep.equal(right(undefined));
    expect(unitOfWork.tokens()[0]?.revokedAt).to.equal(NOON + 5);
    expect(forgotten()).to.equal(1);
    expect(await failureOf(revoke(aContext(), { id: stored.id }))).to.deep.equal({
      kind: 'not-found',
      what: 'token',
    });
  });

  it('finds nothing of another tenant', async () => {
    const { issue, revoke, unitOfWork } = fixture();
    const { stored } = await answerOf(issue(aContext(), wish()));
    expect(await failureOf(revoke(aContext(OTHER_TENANT), { id: stored.id }))).to.have.property(
      'kind',
      'not-found',
    );
    expect(unitOfWork.tokens()[0]?.revokedAt).to.equal(undefined);
  });
});
