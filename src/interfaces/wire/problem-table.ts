import type { CallError, ProviderErrorKind } from '../../domain/provider/provider-error.ts';
import type { Failure } from './failure.ts';

/** Stable names for programs; `status` and `title` nearly always follow from the code. */
export type ProblemCode =
  | 'malformed-request'
  | 'tenant-required'
  | 'unauthenticated'
  | 'forbidden'
  | 'not-found'
  | 'method-not-allowed'
  | 'not-implemented'
  | 'request-timeout'
  | 'conflict'
  | 'idempotency-in-progress'
  | 'precondition-failed'
  | 'too-large'
  | 'unsupported-media-type'
  | 'invalid-input'
  | 'idempotency-mismatch'
  | 'request-rejected'
  | 'quota-exceeded'
  | 'internal'
  | 'provider-failed'
  | 'answer-not-understood'
  | 'credentials-rejected'
  | 'unavailable'
  | 'provider-timeout'
  | 'outcome-unknown'
  | 'not-cached';

type Row = { readonly status: number; readonly code: ProblemCode; readonly title: string };

/** Kinds that only wrap another failure are unwrapped before the table is used. */
export type ProblemKind =
  Exclude<Failure['kind'], 'failed-call'> | Exclude<CallError['kind'], 'call-failed'> | ProviderErrorKind;

/** The content of a problem document, before its common members are added. */
export type ProblemFacts = {
  readonly kind: ProblemKind;
  readonly detail: string;
  readonly headers?: readonly string[];
  readonly retryAfterMs?: number | undefined;
  /** Further members of the document (RFC 9457 section 3.2). */
  readonly members?: { readonly [member: string]: unknown };
};

const malformed: Row = { status: 400, code: 'malformed-request', title: 'The request is malformed' };
const invalid: Row = { status: 422, code: 'invalid-input', title: 'The input is not valid' };
const notFound: Row = { status: 404, code: 'not-found', title: 'Not found' };
const conflict: Row = { status: 409, code: 'conflict', title: 'In conflict with what exists' };
const outdated: Row = { status: 412, code: 'precondition-failed', title: 'The resource has changed' };
const rejected: Row = { status: 422, code: 'request-rejected', title: 'The provider rejects the request' };
const providerFailed: Row = { status: 502, code: 'provider-failed', title: 'No provider answered' };
const unavailable: Row = { status: 503, code: 'unavailable', title: 'Not available at the moment' };
const tooSlow: Row = { status: 504, code: 'provider-timeout', title: 'No answer in time' };

/** Each failure in terms of HTTP. A kind without a row does not compile. */
export const problemTable = {
  'malformed-request': malformed,
  'tenant-required': { status: 400, code: 'tenant-required', title: 'A management company is required' },
  'credential-refused': { status: 401, code: 'unauthenticated', title: 'Valid credentials are required' },
  forbidden: { status: 403, code: 'forbidden', title: 'Not allowed' },
  'route-unknown': notFound,
  'not-found': notFound,
  'method-not-allowed': { status: 405, code: 'method-not-allowed', title: 'Method not allowed' },
  'method-unknown': { status: 501, code: 'not-implemented', title: 'The method is not known' },
  'request-timeout': { status: 408, code: 'request-timeout', title: 'The request did not arrive in time' },
  'name-taken': conflict,
  'webhook-name-taken': conflict,
  'not-replayable': conflict,
  'too-many-replays': conflict,
  'tenant-full': conflict,
  referenced: conflict,
  'idempotency-in-progress': {
    status: 409,
    code: 'idempotency-in-progress',
    title: 'A request of the same key is under way',
  },
  'idempotency-mismatch': {
    status: 422,
    code: 'idempotency-mismatch',
    title: 'The key was used for another request',
  },
  'version-changed': outdated,
  'precondition-failed': { ...outdated, title: 'A precondition does not hold' },
  'precondition-required': { status: 428, code: 'precondition-failed', title: 'If-Match is required' },
  'too-large': { status: 413, code: 'too-large', title: 'The body is too large' },
  'headers-too-large': { status: 431, code: 'too-large', title: 'The headers are too large' },
  'unsupported-media-type': {
    status: 415,
    code: 'unsupported-media-type',
    title: 'The media type is not supported',
  },
  'invalid-input': invalid,
  'end-not-placed': { ...rejected, title: 'An end of the distance could not be located' },
  'request-rejected': rejected,
  'resource-not-found': notFound,
  'not-supported': { ...rejected, title: 'No provider can do this' },
  'quota-exceeded': { status: 429, code: 'quota-exceeded', title: 'The quota is used up' },
  'provider-unavailable': providerFailed,
  'all-providers-failed': providerFailed,
  'answer-not-understood': {
    status: 502,
    code: 'answer-not-understood',
    title: "The provider's answer was not understood",
  },
  'credentials-rejected': {
    status: 502,
    code: 'credentials-rejected',
    title: "The provider rejects the service's credentials",
  },
  'breaker-open': unavailable,
  'no-provider': unavailable,
  'trail-too-long': unavailable,
  stopping: unavailable,
  'dependency-lost': unavailable,
  'provider-timeout': tooSlow,
  'deadline-exceeded': tooSlow,
  'outcome-unknown': { status: 504, code: 'outcome-unknown', title: 'Nobody knows whether it was written' },
  'not-cached': { status: 504, code: 'not-cached', title: 'Not in the cache, and only-if-cached was asked' },
  internal: { status: 500, code: 'internal', title: 'Internal error' },
} satisfies Record<ProblemKind, Row>;
