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
  'X-Request-Id': text('The id of the request: in logs, audit rows and events.'),
  ETag: text('Version of the resource, for If-Match.', '"3"'),
  Location: text('Path of what was made.'),
  'Retry-After': count('Seconds to wait.'),
  'Idempotency-Replayed': text('The answer of an earlier request with the same key.', 'true'),
  'WWW-Authenticate': text('The scheme to use.', 'Bearer realm="integration-service"'),
  Allow: text('What the path takes.'),
  Accept: text('Media types that a body may have.', 'application/json'),
  'Accept-Encoding': text('Content codings that a body may have: none.', 'identity'),
  'Accept-Patch': text('The same of PATCH.', 'application/merge-patch+json, application/json'),
  'Content-Disposition': text('A file to keep, never a page to show.', 'attachment; filename="body.bin"'),
  'X-Slack-No-Retry': text('To Slack, of what no repeat changes.', '1'),
  'X-Integration-Provider': text('Who answered.', 'google_maps'),
  'X-Integration-Attempts': count('Providers asked or held back.'),
  'X-Integration-Cost': text('What the call cost.', '0.005 USD'),
  'X-Integration-Log-Id': text('Id of the row of the trail.'),
  'Cache-Status': text(
    'RFC 9211.',
    'integration; hit; ttl=3411; detail=l1',
    'integration; fwd=miss; stored',
    'integration; fwd=stale; ttl=-30; detail=l2',
  ),
  Age: count('Seconds since the provider was asked; on answers from the cache.'),
  'Server-Timing': text('Milliseconds in cache, quota, provider, journal and total.'),
  RateLimit: text(
    'What is left of each quota window: draft-ietf-httpapi-ratelimit-headers.',
    '"google_maps-minute";r=59;t=12',
  ),
  'RateLimit-Policy': text('Each quota window.', '"google_maps-minute";q=60;w=60'),
  'RateLimit-Limit': count('Deliveries that a tenant may get in the window.'),
  'RateLimit-Remaining': count('None: the window is used up.'),
  'RateLimit-Reset': count('Seconds until the next one may come.'),
};

/** Request headers, under `components/parameters`. */
export const headerParameters = {
  Tenant: {
    name: 'X-Management-Company-Id',
    in: 'header',
    required: true,
    description: 'The management company the request is for; the credential must cover it.',
    example: 'uk_company_1',
    schema: { type: 'string', pattern: TENANT_ID.source },
  },
  RequestId: {
    name: 'X-Request-Id',
    in: 'header',
    description: 'Taken over when it looks like this; any other is replaced by a new one.',
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
      'no-cache: ask the provider, store the answer. no-store. only-if-cached: 504 when it is not. max-age=N: no answer older than that. min-fresh=N: none that lives for less. max-stale or max-stale=N: also one past its life, by N seconds at most.',
    schema: { type: 'string', examples: ['no-cache', 'max-age=60'] },
  },
  Deadline: {
    name: 'X-Request-Deadline-Ms',
    in: 'header',
    description: 'Milliseconds that all attempts together may take.',
    schema: { type: 'integer', minimum: 1, maximum: 600_000 },
  },
  IdempotencyKey: {
    name: 'Idempotency-Key',
    in: 'header',
    description:
      'A new one for every write: a repeat with the same key, body and caller does nothing and gets the stored answer, secrets that are shown once included. Reads take none, those by POST neither.',
    schema: { type: 'string', minLength: 1, maxLength: 255, pattern: '^[!-~]+$' },
  },
  IfMatch: {
    name: 'If-Match',
    in: 'header',
    required: true,
    description: 'ETag of the resource as last read; `*` for whatever it is now.',
    example: '*',
    schema: { type: 'string' },
  },
  OptionalIfMatch: {
    name: 'If-Match',
    in: 'header',
    description: 'When sent: nothing is done or read unless it names the ETag of the resource.',
    example: '*',
    schema: { type: 'string' },
  },
  IfNoneMatch: {
    name: 'If-None-Match',
    in: 'header',
    description: 'ETags of the resource as known already: the answer is 304 while one of them is its own.',
    schema: { type: 'string', examples: ['"3"'] },
  },
} as const satisfies { readonly [name: string]: JsonSchema };
export type HeaderParameter = keyof typeof headerParameters;
