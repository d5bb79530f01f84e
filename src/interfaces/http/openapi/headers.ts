import { TENANT_ID } from '../../../domain/shared/tenant-context.ts';
import type { JsonSchema } from '../../wire/codecs/codec.ts';
import { REQUEST_ID } from '../../wire/request-id.ts';
import type { HeaderDoc } from './answers.ts';

const text = (description: string, ...examples: readonly string[]): JsonSchema => ({
  description,
  schema: { type: 'string', ...(examples.length > 0 ? { examples } : {}) },
});
const count = (description: string): JsonSchema => ({
  description,
  schema: { type: 'integer', minimum: 0 },
});

/** `components/headers`. */
export const headerComponents: { readonly [H in HeaderDoc | 'X-Request-Id']: JsonSchema } = {
  'X-Request-Id': text('The id of the request, also in logs, audit rows and events.'),
  ETag: text('Version of the resource, for If-Match.', '"3"'),
  Location: text('Path of the created resource.'),
  'Retry-After': count('Seconds to wait before a retry.'),
  'Idempotency-Replayed': text('This is the stored answer of an earlier request with the same key.', 'true'),
  'WWW-Authenticate': text('The authentication scheme to use.', 'Bearer realm="integration-service"'),
  Allow: text('Methods that the path supports.'),
  Accept: text('Media types that are accepted for a body.', 'application/json'),
  'Accept-Encoding': text('Content codings that are accepted for a body: none.', 'identity'),
  'Accept-Patch': text(
    'Media types that are accepted for the body of a PATCH.',
    'application/merge-patch+json, application/json',
  ),
  'Content-Disposition': text(
    'Makes browsers save the body as a file and never show it as a page.',
    'attachment; filename="body.bin"',
  ),
  'X-Slack-No-Retry': text('Tells Slack not to retry, when a retry would change nothing.', '1'),
  'X-Integration-Provider': text('The provider that answered.', 'google_maps'),
  'X-Integration-Attempts': count('Number of providers that were asked or skipped.'),
  'X-Integration-Cost': text('What the call cost.', '0.005 USD'),
  'X-Integration-Log-Id': text('Id of the row of the trail, for `GET /logs/{id}`.'),
  'Cache-Status': text(
    'How the cache handled the request (RFC 9211).',
    'integration; hit; ttl=3411; detail=l1',
    'integration; fwd=miss; stored',
    'integration; fwd=stale; ttl=-30; detail=l2',
  ),
  Age: count('Seconds since the provider was asked; only on answers from the cache.'),
  'Server-Timing': text('Milliseconds spent in cache, quota, provider and journal, and in total.'),
  RateLimit: text(
    'What is left of each quota window (draft-ietf-httpapi-ratelimit-headers).',
    '"google_maps-minute";r=59;t=12',
  ),
  'RateLimit-Policy': text('Limit and length of each quota window.', '"google_maps-minute";q=60;w=60'),
  'RateLimit-Limit': count('Deliveries that a tenant may receive in the window.'),
  'RateLimit-Remaining': count('Always 0, since the window is used up.'),
  'RateLimit-Reset': count('Seconds until the next delivery may be sent.'),
};

/** Request headers, under `components/parameters`. */
export const headerParameters = {
  Tenant: {
    name: 'X-Management-Company-Id',
    in: 'header',
    required: true,
    description: 'The management company (tenant) that the request is for; the credential must cover it.',
    example: 'uk_company_1',
    schema: { type: 'string', pattern: TENANT_ID.source },
  },
  RequestId: {
    name: 'X-Request-Id',
    in: 'header',
    description:
      'Used as the request id if it matches this pattern; any other value is replaced by a new id.',
    schema: { type: 'string', pattern: REQUEST_ID.source },
  },
  TraceParent: {
    name: 'traceparent',
    in: 'header',
    description: 'W3C Trace Context, passed on to providers.',
    schema: { type: 'string' },
  },
  CacheControl: {
    name: 'Cache-Control',
    in: 'header',
    description:
      'no-cache: ask the provider and store the answer. no-store: neither read nor store. only-if-cached: 504 if the answer is not cached. max-age=N: no answer older than N seconds. min-fresh=N: no answer that stays fresh for less than N seconds. max-stale or max-stale=N: also an answer that is no longer fresh, by at most N seconds.',
    schema: { type: 'string', examples: ['no-cache', 'max-age=60'] },
  },
  Deadline: {
    name: 'X-Request-Deadline-Ms',
    in: 'header',
    description: 'Time limit for all attempts together, in milliseconds.',
    schema: { type: 'integer', minimum: 1, maximum: 600_000 },
  },
  IdempotencyKey: {
    name: 'Idempotency-Key',
    in: 'header',
    description:
      'Use a new key for every write: a repeat with the same key, body and caller does nothing and gets the stored answer, including secrets that are shown only once. Reads take no key, not even those made by POST.',
    schema: { type: 'string', minLength: 1, maxLength: 255, pattern: '^[!-~]+$' },
  },
  IfMatch: {
    name: 'If-Match',
    in: 'header',
    required: true,
    description: 'ETag of the resource as last read; `*` accepts any current version.',
    example: '*',
    schema: { type: 'string' },
  },
  OptionalIfMatch: {
    name: 'If-Match',
    in: 'header',
    description: 'If sent, nothing is done or read unless it contains the current ETag of the resource.',
    example: '*',
    schema: { type: 'string' },
  },
  IfNoneMatch: {
    name: 'If-None-Match',
    in: 'header',
    description:
      'ETags that the caller already knows: the answer is 304 while one of them is the current one.',
    schema: { type: 'string', examples: ['"3"'] },
  },
} as const satisfies { readonly [name: string]: JsonSchema };
export type HeaderParameter = keyof typeof headerParameters;
