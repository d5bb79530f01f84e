import type { Failure } from '../wire/failure.ts';
import { callProblemKind } from '../wire/call-problem.ts';
import type { ProblemKind } from '../wire/problem-table.ts';

/** `refuse`: answered and parked at once. `retry`: tried again, since time may help. */
export type Verdict = 'refuse' | 'retry';

export const problemKindOf = (failure: Failure): ProblemKind =>
  failure.kind === 'failed-call' ? callProblemKind(failure.error) : failure.kind;

/** The counterpart of HTTP's problem table. A kind without a row does not compile. */
export const commandVerdicts = {
  'malformed-request': 'refuse',
  'tenant-required': 'refuse',
  'credential-refused': 'refuse',
  forbidden: 'refuse',
  'route-unknown': 'refuse',
  'not-found': 'refuse',
  'method-not-allowed': 'refuse',
  'method-unknown': 'refuse',
  'request-timeout': 'refuse',
  'name-taken': 'refuse',
  'webhook-name-taken': 'refuse',
  'not-replayable': 'refuse',
  'too-many-replays': 'refuse',
  'tenant-full': 'refuse',
  referenced: 'refuse',
  'idempotency-mismatch': 'refuse',
  'version-changed': 'refuse',
  'precondition-failed': 'refuse',
  'precondition-required': 'refuse',
  'too-large': 'refuse',
  'headers-too-large': 'refuse',
  'unsupported-media-type': 'refuse',
  'invalid-input': 'refuse',
  'end-not-placed': 'refuse',
  'request-rejected': 'refuse',
  'not-supported': 'refuse',
  'resource-not-found': 'refuse',
  // Somebody has to change the key: in two minutes it would be rejected again.
  'credentials-rejected': 'refuse',
  // There is no active service of the kind, which waiting does not change.
  'no-provider': 'refuse',
  'not-cached': 'refuse',
  'quota-exceeded': 'retry',
  'provider-unavailable': 'retry',
  'all-providers-failed': 'retry',
  'answer-not-understood': 'retry',
  'breaker-open': 'retry',
  'provider-timeout': 'retry',
  // The message id is the idempotency key of the write: the next attempt finds out what became of it, or that this
  // cannot be known.
  'outcome-unknown': 'retry',
  'deadline-exceeded': 'retry',
  'idempotency-in-progress': 'retry',
  'trail-too-long': 'retry',
  stopping: 'retry',
  'dependency-lost': 'retry',
  // It may be a bug that only shows in the current state; it is logged, and after the last attempt the message is
  // parked for people.
  internal: 'retry',
} satisfies Record<ProblemKind, Verdict>;
