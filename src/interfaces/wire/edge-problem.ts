import type { InvalidInput } from '../../application/input-problem.ts';
import type { FailedCall } from '../../application/provider-call/complete-operation.ts';
import type { EndNotPlaced } from '../../application/queries/measure-distance.ts';
import type { CredentialRefused } from '../../domain/access/credential.ts';
import type { Scope } from '../../domain/shared/tenant-context.ts';
import type { Failure } from './failure.ts';
import type { ProblemFacts } from './problem-table.ts';

/** What the caller is told about every failure except those of integration calls. */
export const edgeProblemFacts = (failure: Exclude<Failure, FailedCall | EndNotPlaced>): ProblemFacts => {
  const { kind } = failure;
  switch (failure.kind) {
    case 'malformed-request':
      return { kind, detail: failure.detail };
    case 'forbidden':
      return { kind, detail: failure.detail, headers: ['WWW-Authenticate', tooLittle(failure.scope)] };
    case 'invalid-input':
      return { kind, ...withErrors(failure) };
    case 'credential-refused':
      return refusedCredential(failure);
    case 'method-not-allowed': {
      const allow = failure.allow.join(', ');
      return { kind, detail: `this path takes ${allow}`, headers: ['Allow', allow] };
    }
    case 'unsupported-media-type': {
      const { accepted, isPatch } = failure;
      const types = accepted.join(', ');
      // RFC 9110 section 15.5.16: the cause may be the media type or the content coding. For patches RFC 5789 section
      // 2.2 has a header of its own.
      const headers = [
        'Accept',
        types,
        'Accept-Encoding',
        'identity',
        ...(isPatch ? ['Accept-Patch', types] : []),
      ];
      return { kind, detail: `send ${accepted.join(' or ')} in UTF-8, without content encoding`, headers };
    }
    case 'too-large':
      return { kind, detail: `a body may have at most ${failure.limitBytes} bytes` };
    case 'not-found':
      return { kind, detail: `no such ${failure.what.replace('-', ' ')}` };
    case 'idempotency-in-progress':
      return {
        kind,
        detail: 'a request with this Idempotency-Key is under way; repeat it a little later',
        retryAfterMs: failure.retryAfterMs,
      };
    case 'name-taken':
    case 'webhook-name-taken':
    case 'not-replayable':
    case 'too-many-replays':
    case 'tenant-full':
      return { kind, detail: conflictDetail(failure) };
    default:
      return { kind, detail: sentences[failure.kind] };
  }
};

type Conflict = Extract<
  Failure,
  {
    readonly kind:
      'name-taken' | 'webhook-name-taken' | 'not-replayable' | 'too-many-replays' | 'tenant-full';
  }
>;

const conflictDetail = (failure: Conflict): string => {
  switch (failure.kind) {
    case 'name-taken':
      return `a service named "${failure.serviceName}" exists already`;
    case 'webhook-name-taken':
      return `a webhook named "${failure.name}" exists already`;
    case 'not-replayable':
      return `a delivery that is ${failure.state} is not replayed`;
    case 'too-many-replays':
      return `${failure.most} replays are running; wait for the end of one, or cancel one`;
    case 'tenant-full':
      return `a management company may have at most ${failure.most} ${failure.what}`;
  }
};

/** Kinds that need no further explanation; the compiler requires a sentence for each. */
const sentences = {
  'tenant-required': 'send the header X-Management-Company-Id',
  'route-unknown': 'no such path',
  'method-unknown': 'no path here takes this method; methods are written in capitals',
  'request-timeout': 'the request did not arrive completely in the time allowed',
  'headers-too-large': 'request line and headers together are too long',
  'version-changed': 'somebody else has changed it; read it again and repeat with its new ETag',
  'precondition-failed':
    'If-Match does not name the current ETag, or If-None-Match does; read the resource again',
  'precondition-required': 'send If-Match with the ETag of the resource, as the last answer gave it',
  'idempotency-mismatch':
    'this Idempotency-Key was used for another request before; use a new key for every write',
  referenced:
    'another service names it as its fallback_service_id, or a webhook as its source_service_id; archived webhooks ' +
    'count too, and are listed only with status=archived',
  'trail-too-long':
    'the query did not finish in the time allowed; ask for a shorter period with from and to, or repeat the request later',
  stopping: 'this instance is stopping; repeat the request',
  'dependency-lost': 'something this service needs does not answer; repeat the request later',
  internal: 'an unexpected error; tell the request_id to the operators',
};

const withErrors = ({ problems, more = 0 }: InvalidInput): Omit<ProblemFacts, 'kind'> => {
  const all = problems.length + more;
  const named = more === 0 ? '' : `, of which ${problems.length} are named`;
  return {
    detail: all === 1 ? 'one value is not valid' : `${all} values are not valid${named}`,
    members: { errors: problems },
  };
};

/** RFC 6750 section 3.1. */
const tooLittle = (scope: Scope | undefined): string =>
  `Bearer error="insufficient_scope"${scope === undefined ? '' : `, scope="${scope}"`}`;

/**
 * RFC 6750 section 3 requires a parameter in every challenge, and section 3.1 no error code if no token was sent,
 * whether with another scheme or with none.
 */
const NO_TOKEN_SENT = 'Bearer realm="integration-service"';
const WITHOUT_TOKEN: ReadonlySet<CredentialRefused['reason']> = new Set(['missing', 'other-scheme']);

const refusedCredential = ({ kind, reason }: CredentialRefused): ProblemFacts =>
  // Not the caller's fault: the keys for verifying the credential cannot be fetched.
  reason === 'keys-unavailable'
    ? { kind: 'dependency-lost', detail: 'the credential cannot be checked at the moment' }
    : {
        kind,
        detail: 'send a valid credential as Authorization: Bearer',
        headers: [
          'WWW-Authenticate',
          WITHOUT_TOKEN.has(reason) ? NO_TOKEN_SENT : 'Bearer error="invalid_token"',
        ],
      };
