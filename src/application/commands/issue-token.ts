import type { ServiceToken } from '../../domain/access/service-token.ts';
import type { Clock, IdSource } from '../../domain/shared/clock.ts';
import { left, right } from '../../domain/shared/fp.ts';
import type { Scope, TenantContext, TenantId } from '../../domain/shared/tenant-context.ts';
import { isLongerThan } from '../../domain/shared/text-length.ts';
import { invalidInput, together, type InputProblem, type InvalidInput } from '../input-problem.ts';
import { onceInTransaction, type TransactionalHandler } from '../once-in-transaction.ts';
import { tenantFull, type TenantFull } from '../tenant-full.ts';
import type { UnitOfWork } from '../unit-of-work.ts';

export type IssueToken = {
  readonly name: string;
  /** Default: the tenant of the request. Each tenant must be covered by the issuer's own credential. */
  readonly tenants: readonly TenantId[] | undefined;
  readonly scopes: readonly Scope[];
  /** Epoch milliseconds. */
  readonly expiresAt: number | undefined;
  /**
   * Problems found while decoding. If there are any, no token is issued, and all further problems are reported with
   * them.
   */
  readonly wrong?: readonly InputProblem[];
};
/** `token` is shown only in this answer. */
export type IssuedToken = { readonly token: string; readonly stored: ServiceToken };
export type IssueTokenFailure = InvalidInput | TenantFull;

/** Generates a new secret token and its SHA-256. */
export type TokenMint = () => { readonly token: string; readonly hash: string; readonly hint: string };

type Deps = {
  readonly unitOfWork: UnitOfWork;
  readonly mint: TokenMint;
  readonly clock: Clock;
  readonly ids: IdSource;
  /** Limit of usable tokens; expired and revoked ones do not count. */
  readonly mostPerTenant: number;
};

/** Issues a credential for a service that calls this one. */
export const issueToken =
  (deps: Deps): TransactionalHandler<IssueToken, IssuedToken, IssueTokenFailure> =>
  async (ctx, query, once) => {
    const now = deps.clock.now();
    const problems = together(query.wrong ?? [], problemsOf(ctx, query, now));
    if (problems.length > 0) return left(invalidInput(...problems));
    return onceInTransaction<IssueTokenFailure, IssuedToken>(deps.unitOfWork, ctx, once, async (tx) => {
      const full = tenantFull('service tokens', await tx.tokens.countUsable(now), deps.mostPerTenant);
      if (full !== undefined) return left(full);
      const issued = newToken(deps, ctx, query, now);
      await tx.tokens.add(issued.stored);
      return right(issued);
    });
  };

const newToken = ({ mint, ids }: Deps, ctx: TenantContext, query: IssueToken, now: number): IssuedToken => {
  const { token, hash, hint } = mint();
  const stored: ServiceToken = {
    id: ids.uuid(),
    tenantId: ctx.tenantId,
    name: query.name,
    tenants: unique(query.tenants ?? [ctx.tenantId]),
    scopes: unique(query.scopes),
    hash,
    hint,
    expiresAt: query.expiresAt,
    createdAt: now,
    createdBy: ctx.actor.id,
    revokedAt: undefined,
  };
  return { token, stored };
};

/** Duplicates are removed only here, because the pointers of problems refer to the lists as sent. */
const unique = <V>(values: readonly V[]): readonly V[] => [...new Set(values)];

const problemsOf = (ctx: TenantContext, query: IssueToken, now: number): readonly InputProblem[] => {
  const problems: InputProblem[] = [];
  if (query.name.trim() === '' || isLongerThan(query.name, 100))
    problems.push({ pointer: '/name', detail: '1 to 100 characters' });
  if (query.scopes.length === 0) problems.push({ pointer: '/scopes', detail: 'at least one scope' });
  const expiryProblem = expiryProblemOf(ctx, query, now);
  if (expiryProblem !== undefined) problems.push({ pointer: '/expires_at', detail: expiryProblem });
  if (query.tenants?.length === 0)
    problems.push({ pointer: '/tenants', detail: 'at least one management company' });
  const covered = ctx.actor.tenants;
  (query.tenants ?? []).forEach((tenant, index) => {
    if (covered !== 'all' && !covered.includes(tenant))
      problems.push({ pointer: `/tenants/${index}`, detail: 'not covered by your own credential' });
  });
  const held = ctx.actor.scopes;
  query.scopes.forEach((scope, index) => {
    if (held !== 'all' && !held.includes(scope))
      problems.push({ pointer: `/scopes/${index}`, detail: 'not covered by your own credential' });
  });
  return problems;
};

/** A token that may issue tokens must not outlive itself through them. */
const expiryProblemOf = (
  { actor }: TenantContext,
  { expiresAt }: IssueToken,
  now: number,
): string | undefined => {
  if (expiresAt !== undefined && expiresAt <= now) return 'must lie in the future';
  if (actor.expiresAt === undefined || (expiresAt ?? Number.POSITIVE_INFINITY) <= actor.expiresAt)
    return undefined;
  const end = new Date(actor.expiresAt).toISOString();
  return expiresAt === undefined
    ? `is required, because your own credential ends: at the latest ${end}`
    : `at the latest ${end}, when your own credential ends`;
};
