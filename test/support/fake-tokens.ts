import type { Application } from '../../src/application/application.ts';
import { invalidInput, together } from '../../src/application/input-problem.ts';
import { notFound } from '../../src/application/not-found.ts';
import type { ServiceToken } from '../../src/domain/access/service-token.ts';
import type { Clock, IdSource } from '../../src/domain/shared/clock.ts';
import { left, right } from '../../src/domain/shared/fp.ts';
import type { FakeOnce } from './fake-once.ts';
import { pageOfNewest } from './page-of-newest.ts';

type Deps = { readonly clock: Clock; readonly ids: IdSource; readonly once: FakeOnce['once'] };
type FakeTokens = {
  readonly queries: Pick<Application['queries'], 'listTokens'>;
  readonly commands: Pick<Application['commands'], 'issueToken' | 'revokeToken'>;
};

export const fakeTokens = ({ clock, ids, once }: Deps): FakeTokens => {
  const tokens = new Map<string, ServiceToken>();
  const queries: FakeTokens['queries'] = {
    listTokens: async (ctx, { page }) =>
      right(
        pageOfNewest(
          [...tokens.values()].filter(({ tenantId }) => tenantId === ctx.tenantId).toReversed(),
          page,
        ),
      ),
  };
  const commands: FakeTokens['commands'] = {
    issueToken: once(async (ctx, { name, tenants, scopes, expiresAt, wrong = [] }) => {
      const isPast = expiresAt !== undefined && expiresAt <= clock.now();
      const past = isPast ? [{ pointer: '/expires_at', detail: 'must lie in the future' }] : [];
      const problems = together(wrong, past);
      if (problems.length > 0) return left(invalidInput(...problems));
      const stored: ServiceToken = {
        id: ids.uuid(),
        tenantId: ctx.tenantId,
        name,
        tenants: tenants ?? [ctx.tenantId],
        scopes,
        hash: 'a'.repeat(64),
        hint: 'wxyz',
        expiresAt,
        createdAt: clock.now(),
        createdBy: ctx.actor.id,
        revokedAt: undefined,
      };
      tokens.set(stored.id, stored);
      return right({ token: `ist_${'t'.repeat(39)}wxyz`, stored });
    }),
    revokeToken: once(async (ctx, { id }) => {
      const token = tokens.get(id);
      if (token?.tenantId !== ctx.tenantId || token.revokedAt !== undefined) return left(notFound('token'));
      tokens.set(id, { ...token, revokedAt: clock.now() });
      return right(undefined);
    }),
  };
  return { queries, commands };
};
