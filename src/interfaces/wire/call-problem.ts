import type { CallReport } from '../../application/provider-call/call-report.ts';
import type { FailedCall } from '../../application/provider-call/complete-operation.ts';
import type { EndNotPlaced } from '../../application/queries/measure-distance.ts';
import { failedForQuotas, type CallError, type ProviderError } from '../../domain/provider/provider-error.ts';
import type { WindowState } from '../../domain/rate-limit/quota.ts';
import { callHeaders, resetsInMs, windowOwner } from './presenters/call-headers.ts';
import { attemptOf, metaOf } from './presenters/call-meta.ts';
import { windowFieldsOf } from './presenters/quota-window.ts';
import type { ProblemFacts, ProblemKind } from './problem-table.ts';

/**
 * The members of a failed call's problem beyond kind and detail: which services were asked, what it cost, which window
 * is full.
 */
export const callProblemFacts = (
  { error, report }: FailedCall,
  requestId: string,
  now: number,
): ProblemFacts => {
  const kind = callProblemKind(error);
  const window = kind === 'quota-exceeded' ? fullWindow(error, report.windows) : undefined;
  return {
    kind,
    detail: detailOf(error, kind),
    headers: callHeaders(report, now),
    retryAfterMs: retryAfterMs(error, window, now),
    members: {
      ...(window === undefined
        ? {}
        : { window: { service_name: windowOwner(report, window), ...windowFieldsOf(window) } }),
      ...callMembers(report, requestId),
    },
  };
};

/** The problem of a distance when one or both ends could not be found; what that took is reported as for every call. */
export const endProblemFacts = (
  { kind, ends, report }: EndNotPlaced,
  requestId: string,
  now: number,
): ProblemFacts => ({
  kind,
  detail: 'the distance cannot be measured',
  headers: callHeaders(report, now),
  members: {
    errors: ends.map((end) => ({ pointer: `/${end}`, detail: 'no such place is known' })),
    ...callMembers(report, requestId),
  },
});

const callMembers = (report: CallReport, requestId: string) => ({
  attempts: report.attempts.map(attemptOf),
  meta: metaOf(report, null, requestId),
});

/** The kind of problem that the caller is told: if only quotas were in the way, that. */
export const callProblemKind = (error: CallError): ProblemKind => {
  if (error.kind === 'call-failed') return error.error.kind;
  const onlyQuota = error.kind === 'all-providers-failed' && failedForQuotas(error.attempts);
  return onlyQuota ? 'quota-exceeded' : error.kind;
};

const detailOf = (error: CallError, kind: ProblemKind): string => {
  switch (error.kind) {
    case 'call-failed':
      return error.error.message;
    case 'no-provider':
      return error.message;
    case 'deadline-exceeded':
      return 'the time allowed for this request is over';
    case 'not-cached':
      return 'the cache holds no answer that is fresh enough, and only-if-cached forbids asking a provider';
    case 'all-providers-failed':
      return kind === 'quota-exceeded'
        ? 'the quota of every provider is used up'
        : 'every provider was asked and none answered; attempts says why';
  }
};

/**
 * A refusal by the provider names no window. Then it is the window of ours, if any, for which the caller has to wait
 * longest.
 */
const fullWindow = (error: CallError, windows: readonly WindowState[]): WindowState | undefined => {
  const full = windows.filter(({ remaining }) => remaining <= 0);
  if (error.kind !== 'call-failed') return full[0];
  return windowOf(error.error) ?? full.toSorted((one, two) => two.resetsAt - one.resetsAt)[0];
};
const windowOf = (error: ProviderError): WindowState | undefined =>
  error.kind === 'quota-exceeded' ? error.window : undefined;

/** Undefined when it is unknown. */
const retryAfterMs = (error: CallError, window: WindowState | undefined, now: number): number | undefined => {
  const stated =
    error.kind === 'all-providers-failed'
      ? error.retryAfterMs
      : error.kind === 'call-failed' && 'retryAfterMs' in error.error
        ? error.error.retryAfterMs
        : undefined;
  if (stated !== undefined && stated > 0) return stated;
  return window === undefined ? undefined : resetsInMs(window, now);
};
