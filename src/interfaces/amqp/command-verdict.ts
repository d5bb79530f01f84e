import type { Failure } from '../wire/failure.ts';
import { callProblemKind } from '../wire/call-problem.ts';
import type { ProblemKind } from '../wire/problem-table.ts';

/** Told to the sender and parked at once, or tried again because time may cure it. */
export type Verdict = 'refuse' | 'retry';

export const problemKindOf = (failure: Failure): ProblemKind =>
  failure.kind === 'failed-call' ? callProblemKind(failure.error) : failure.kind;

/** The twin of HTTP's problem table. A kind without a row does not compile. */
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
  // A key that is refused now is refused in two minutes: somebody has to change it.
  'credentials-rejected': 'refuse',
  // No active service of the kind: nothing that waiting would bring.
  'no-provider': 'refuse',
  'not-cached': 'refuse',
  'quota-exceeded': 'retry',
  'provider-unavailable': 'retry',
  'all-providers-failed': 'retry',
  'answer-not-understood': 'retry',
  'breaker-open': 'retry',
  'provider-timeout': 'retry',
  // Its message id is the write's key, under which the next try finds out or says again that it cannot be known.
  'outcome-unknown': 'retry',
  'deadline-exceeded': 'retry',
  'idempotency-in-progress': 'retry',
  'trail-too-long': 'retry',
  stopping: 'retry',
  'dependency-lost': 'retry',
  // Perhaps a bug that this state alone brings out; the log has it, and people get the message after the last try.
  internal: 'retry',
} satisfies Record<ProblemKind, Verdict>;
