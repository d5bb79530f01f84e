import type * as t from 'io-ts';
import { notFound, type NotFound } from '../../application/not-found.ts';
import { plainOptions, type CallOptions } from '../../application/provider-call/call-options.ts';
import type { IdempotencyKey } from '../../domain/idempotency/idempotency-key.ts';
import { isLeft, left, right, type AsyncResult } from '../../domain/shared/fp.ts';
import type { Scope, TenantContext } from '../../domain/shared/tenant-context.ts';
import { isUuid } from '../../domain/shared/uuid.ts';
import type { Outcome } from './answering.ts';
import { arrivingBody, bodyBytes, type BodyRule } from './body-rule.ts';
import { bodyAndQuery } from './body-and-query.ts';
import type { Codec } from '../wire/codecs/codec.ts';
import { credentialOf, tenantContext } from './context.ts';
import type { Exchange } from './exchange.ts';
import type { Failure } from '../wire/failure.ts';
import { callOptionsOf } from './middleware/call-options.ts';
import { idempotencyKeyOf } from './middleware/idempotency-key.ts';
import { queryOf } from './middleware/query-string.ts';
import type { RouteDocs } from './route-docs.ts';
import type { Reply } from '../wire/reply.ts';
import { waitingCaller } from './waiting-caller.ts';

type Where = {
  readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  /** As OpenAPI writes it: `/services/{id}`. */
  readonly path: string;
};

/** A request that has passed every check: let in, decoded, defaults filled. */
export type TenantRequest<Q, B> = {
  readonly ctx: TenantContext;
  /** The path's `{id}` where it has one. */
  readonly id: string;
  readonly query: Q;
  readonly body: B;
  readonly options: CallOptions;
  /** Of a route that takes one, where it was sent. */
  readonly key: IdempotencyKey | undefined;
  /** Path parameters, headers, and whether anybody still waits. */
  readonly exchange: Exchange;
};

export type TenantEndpoint<Q, B> = Where & {
  /** Any of them opens the route; administrators have all. */
  readonly scopes: readonly Scope[];
  readonly query: Codec<Q>;
  readonly body: BodyRule<B>;
  /** What the `{id}` of the path names. A text that is no UUID names none. */
  readonly idOf?: NotFound['what'];
  /** Obeys Cache-Control and X-Request-Deadline-Ms. */
  readonly isCall?: boolean;
  /** Takes an Idempotency-Key. */
  readonly takesKey?: boolean;
  readonly needsIfMatch?: boolean;
  /** Obeys an If-Match that need not be sent. */
  readonly takesIfMatch?: boolean;
  readonly docs: RouteDocs;
  readonly handle: (request: TenantRequest<Q, B>) => AsyncResult<Failure, Reply>;
};

/** One line of the server's table: what is served where, and what the document says of it. */
export type Route = Where & {
  readonly scopes: readonly Scope[] | 'open';
  readonly query: t.Mixed | undefined;
  readonly body: Pick<BodyRule<unknown>, 'codec' | 'mediaTypes' | 'isOptional'> | undefined;
  readonly hasId: boolean;
  readonly isCall: boolean;
  readonly takesKey: boolean;
  readonly needsIfMatch: boolean;
  readonly takesIfMatch: boolean;
  /** Also serves parameters that do not decode, and ignores them: for its callers a wrong path is just a wrong path. */
  readonly takesUndecoded: boolean;
  /** Served for some targets of its path only. `Allow` does not name it, and it refuses the other targets itself. */
  readonly isForSome: boolean;
  readonly docs: RouteDocs;
  readonly serve: (exchange: Exchange) => Promise<Outcome>;
};

/** Served to anybody. */
export const openEndpoint = (
  route: Where & Pick<Route, 'docs' | 'serve'> & Partial<Pick<Route, 'takesUndecoded' | 'isForSome'>>,
): Route => ({
  takesUndecoded: false,
  isForSome: false,
  ...route,
  scopes: 'open',
  query: undefined,
  body: undefined,
  hasId: false,
  isCall: false,
  takesKey: false,
  needsIfMatch: false,
  takesIfMatch: false,
});

/**
 * Served to a tenant's callers. The order of the checks: who asks, for which tenant, with which scopes;
 * the id of the path; headers; the body's type, size and grammar; its values together with the query (docs/api.md).
 */
export const tenantEndpoint = <Q, B>(endpoint: TenantEndpoint<Q, B>): Route => ({
  method: endpoint.method,
  path: endpoint.path,
  scopes: endpoint.scopes,
  query: endpoint.query,
  body: endpoint.body.codec === undefined ? undefined : endpoint.body,
  hasId: endpoint.idOf !== undefined,
  isCall: endpoint.isCall ?? false,
  takesKey: endpoint.takesKey ?? false,
  needsIfMatch: endpoint.needsIfMatch ?? false,
  takesIfMatch: endpoint.takesIfMatch ?? false,
  takesUndecoded: false,
  isForSome: false,
  docs: endpoint.docs,
  serve: serving(endpoint),
});

const serving = <Q, B>(endpoint: TenantEndpoint<Q, B>): Route['serve'] => {
  const { scopes, idOf, isCall, takesKey, body: bodyRule, query: queryCodec, handle } = endpoint;
  const unsaid = queryCodec.decode({});
  return async (exchange) => {
    const { kit, req, params } = exchange;
    const arriving = arrivingBody(exchange, bodyRule);
    const credential = credentialOf(req);
    if (isLeft(credential)) return credential;
    const actor = await kit.authenticate(credential.right);
    if (isLeft(actor)) return actor;
    exchange.actor = actor.right.id;
    const ctx = tenantContext(actor.right, exchange, scopes);
    if (isLeft(ctx)) return ctx;
    exchange.tenant = ctx.right.tenantId;
    const id = params['id'] ?? '';
    if (idOf !== undefined && !isUuid(id)) return left(notFound(idOf));
    const options = isCall === true ? callOptionsOf(req.headers) : right(plainOptions);
    if (isLeft(options)) return options;
    const key = takesKey === true ? idempotencyKeyOf(req.headers) : withoutKey;
    if (isLeft(key)) return key;
    const bytes = await bodyBytes(exchange, bodyRule, arriving);
    if (isLeft(bytes)) return bytes;
    const query = queryOf(req.url ?? '', queryCodec);
    const parts = bodyAndQuery(bodyRule, bodyRule.understand(bytes.right), query, unsaid);
    if (isLeft(parts)) return parts;
    return await handle({
      ctx: ctx.right,
      id: id.toLowerCase(),
      ...parts.right,
      options: isCall === true ? { ...options.right, caller: waitingCaller(exchange.res) } : options.right,
      key: key.right,
      exchange,
    });
  };
};

const withoutKey = right(undefined);
