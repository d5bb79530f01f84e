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
  /** In OpenAPI's notation: `/services/{id}`. */
  readonly path: string;
};

/** A request that has passed every check: authorised, decoded, with defaults filled in. */
export type TenantRequest<Q, B> = {
  readonly ctx: TenantContext;
  /** The `{id}` of the path, if it has one. */
  readonly id: string;
  readonly query: Q;
  readonly body: B;
  readonly options: CallOptions;
  /** The Idempotency-Key, on routes that take one, if it was sent. */
  readonly key: IdempotencyKey | undefined;
  /** For path parameters, headers, and whether the caller is still there. */
  readonly exchange: Exchange;
};

export type TenantEndpoint<Q, B> = Where & {
  /** Any one of these scopes is enough; administrators have all. */
  readonly scopes: readonly Scope[];
  readonly query: Codec<Q>;
  readonly body: BodyRule<B>;
  /** What kind of thing the `{id}` of the path names. An id that is not a UUID is answered as not found. */
  readonly idOf?: NotFound['what'];
  /** Obeys Cache-Control and X-Request-Deadline-Ms. */
  readonly isCall?: boolean;
  readonly takesKey?: boolean;
  readonly needsIfMatch?: boolean;
  /** Obeys If-Match, but does not require it. */
  readonly takesIfMatch?: boolean;
  readonly docs: RouteDocs;
  readonly handle: (request: TenantRequest<Q, B>) => AsyncResult<Failure, Reply>;
};

/** An entry of the route table: what is served where, and how the document describes it. */
export type Route = Where & {
  readonly scopes: readonly Scope[] | 'open';
  readonly query: t.Mixed | undefined;
  readonly body: Pick<BodyRule<unknown>, 'codec' | 'mediaTypes' | 'isOptional'> | undefined;
  readonly hasId: boolean;
  readonly isCall: boolean;
  readonly takesKey: boolean;
  readonly needsIfMatch: boolean;
  readonly takesIfMatch: boolean;
  /**
   * Also serves paths with parameters that cannot be decoded, which it ignores: to its callers a wrong path is just a
   * wrong path.
   */
  readonly takesUndecoded: boolean;
  /** Serves only some targets of its path and refuses the others itself. `Allow` does not name its method. */
  readonly isForSome: boolean;
  readonly docs: RouteDocs;
  readonly serve: (exchange: Exchange) => Promise<Outcome>;
};

/** An endpoint without authentication. */
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
 * An endpoint for callers of a tenant. The order of checks: who asks, for which tenant, with which scopes; the id in
 * the path; headers; the media type, size and syntax of the body; its values together with those of the query
 * (docs/api.md).
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
