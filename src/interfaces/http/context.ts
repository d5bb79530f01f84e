import type { IncomingMessage } from 'node:http';
import { isLeft, left, right, type Either } from '../../domain/shared/fp.ts';
import {
  tenantId,
  type Actor,
  type Scope,
  type TenantContext,
  type TenantId,
} from '../../domain/shared/tenant-context.ts';
import { malformed, type EdgeFailure } from '../wire/failure.ts';
import type { Exchange } from './exchange.ts';

type EntryFailure = Extract<
  EdgeFailure,
  { readonly kind: 'malformed-request' | 'tenant-required' | 'forbidden' }
>;

/**
 * The credential of a request. Several Authorization headers are refused: Node keeps the first, and a proxy in front
 * may have checked another.
 */
export const credentialOf = (req: IncomingMessage): Either<EntryFailure, string | undefined> =>
  hasTwoCredentials(req.rawHeaders)
    ? left(malformed('more than one Authorization header'))
    : right(req.headers.authorization);

/** Authorises an authenticated caller, or says why not: first for which tenant, then by its scopes. */
export const tenantContext = (
  actor: Actor,
  { req, requestId, traceparent }: Pick<Exchange, 'req' | 'requestId' | 'traceparent'>,
  anyOf: readonly Scope[],
): Either<EntryFailure, TenantContext> => {
  const tenant = tenantOf(req.headers['x-management-company-id'], actor);
  if (isLeft(tenant)) return tenant;
  if (!mayUse(actor, anyOf))
    return left({
      kind: 'forbidden',
      detail: `the credential needs the scope ${anyOf.join(' or ')}`,
      scope: anyOf[0],
    });
  const ctx = { tenantId: tenant.right, actor, correlationId: requestId };
  return right(traceparent === undefined ? ctx : { ...ctx, traceparent });
};

const hasTwoCredentials = (rawHeaders: readonly string[]): boolean => {
  let found = false;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i];
    if (name?.length !== 13 || name.toLowerCase() !== 'authorization') continue;
    if (found) return true;
    found = true;
  }
  return false;
};

const tenantOf = (header: string | string[] | undefined, actor: Actor): Either<EntryFailure, TenantId> => {
  if (typeof header !== 'string' || header === '') return left({ kind: 'tenant-required' });
  const tenant = tenantId(header);
  if (isLeft(tenant)) return left(malformed('X-Management-Company-Id is not a company id'));
  return actor.tenants === 'all' || actor.tenants.includes(tenant.right)
    ? tenant
    : left({ kind: 'forbidden', detail: 'the credential does not cover this management company' });
};

const mayUse = ({ scopes }: Actor, anyOf: readonly Scope[]): boolean =>
  scopes === 'all' || anyOf.some((scope) => scopes.includes(scope));
