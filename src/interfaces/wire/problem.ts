import { callProblemFacts, endProblemFacts } from './call-problem.ts';
import { edgeProblemFacts } from './edge-problem.ts';
import type { Failure } from './failure.ts';
import { problemTable, type ProblemCode, type ProblemFacts } from './problem-table.ts';
import { NO_STORE, type WholeReply } from './reply.ts';

export type Problem = {
  readonly status: number;
  readonly code: ProblemCode;
  readonly headers: readonly string[];
  readonly document: { readonly [member: string]: unknown };
};

const TYPE_PREFIX = 'urn:integration-service:problem:';
/** When it is unknown how long a lack lasts. */
const USUAL_WAIT_MS = 10_000;
/** Problems that waiting may cure: these always say how long. */
const CURED_BY_WAITING: ReadonlySet<ProblemCode> = new Set([
  'quota-exceeded',
  'unavailable',
  'provider-timeout',
  // The outcome need not be known by then, but a repeat with the same key finds out.
  'outcome-unknown',
]);

/** Turns any failure into a problem document of RFC 9457. */
export const problemOf = (failure: Failure, requestId: string, now: number): Problem => {
  const facts = factsOf(failure, requestId, now);
  const { status, code, title } = problemTable[facts.kind];
  return {
    status,
    code,
    headers: [...(facts.headers ?? []), ...retryAfter(code, facts.retryAfterMs)],
    document: { ...problemDocument({ status, code, title }, facts.detail, requestId), ...facts.members },
  };
};

const factsOf = (failure: Failure, requestId: string, now: number): ProblemFacts => {
  switch (failure.kind) {
    case 'failed-call':
      return callProblemFacts(failure, requestId, now);
    case 'end-not-placed':
      return endProblemFacts(failure, requestId, now);
    default:
      return edgeProblemFacts(failure);
  }
};

/** The members of every problem document. */
export const problemDocument = (
  { status, code, title }: { readonly status: number; readonly code: string; readonly title: string },
  detail: string,
  requestId: string,
) => ({ type: TYPE_PREFIX + code, title, status, detail, code, request_id: requestId });

export const problemReply = ({ status, headers, document }: Problem): WholeReply => ({
  status,
  headers: ['Content-Type', 'application/problem+json', ...NO_STORE, ...headers],
  body: JSON.stringify(document),
});

const retryAfter = (code: ProblemCode, waitMs: number | undefined): readonly string[] => {
  const isWorthIt = CURED_BY_WAITING.has(code) || (waitMs !== undefined && waitMs > 0);
  if (!isWorthIt) return [];
  return ['Retry-After', String(Math.max(1, Math.ceil((waitMs ?? USUAL_WAIT_MS) / 1000)))];
};
