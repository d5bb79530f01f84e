import type { ExternalService } from '../../../domain/external-service/external-service.ts';
import type { CallKind } from '../../../domain/provider/provider-access.ts';
import type { ProviderError } from '../../../domain/provider/provider-error.ts';
import type { QuotaSubject } from '../../../domain/rate-limit/quota.ts';
import type { RateLimiter } from '../../../domain/rate-limit/rate-limiter.ts';
import type { Clock } from '../../../domain/shared/clock.ts';
import { isLeft, left, right, type AsyncResult } from '../../../domain/shared/fp.ts';
import type { Telemetry } from '../../telemetry.ts';
import { AccountLine } from './account-line.ts';
import { accountSubjects, type AccountOf } from './account-subjects.ts';
import type { Call } from '../call.ts';
import { putLast } from '../../../domain/shared/put-last.ts';
import type { Timers } from '../../timers.ts';
import type { Wish } from '../leave.ts';
import { NOTHING_SCARCE, type ExpectedCall, type NoPlace } from './line-ticket.ts';
import { withNewer } from './own-quota.ts';
import { ACCOUNT_ARRIVAL_MS } from './places-ahead.ts';

/**
 * The quotas that Google counts by account and by project, across all tenants that share one. One instance per process.
 */
export type AccountQuota = {
  /**
   * Waits for a place while one may come in time, then charges the caller and takes the place. Left: no place was
   * taken.
   */
  readonly take: <Req>(
    call: Call<Req>,
    service: ExternalService,
    wish: Wish,
  ) => AsyncResult<ProviderError, void>;
  /**
   * The refusal that `take` would end with, as far as this process knows; undefined: `take` may succeed. `waitMs`: a
   * lower bound for the wait that the caller knows of.
   */
  readonly hopeless: <Req>(
    call: Call<Req>,
    service: ExternalService,
    kind: CallKind,
    waitMs?: number,
  ) => ProviderError | undefined;
  /** The provider has refused a call for its quota, so the account's line pauses for as long as it said. */
  readonly refused: (service: ExternalService, kind: CallKind, retryAfterMs: number) => void;
  readonly expect: (service: ExternalService, kind: CallKind) => ExpectedCall;
};

type Deps = {
  readonly limiter: RateLimiter;
  readonly accountOf: AccountOf;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly telemetry: Pick<Telemetry, 'rateLimitExceeded' | 'rateLimitUtilization'>;
};

/** Milliseconds a call needs at least once it has its place. */
const TIME_TO_CALL_MS = 250 + ACCOUNT_ARRIVAL_MS;
/**
 * Google's quota windows are minutes long. A longer pause, as an answer may ask for, would stop everybody who uses the
 * account.
 */
const LONGEST_HOLD_MS = 60_000;
const SHORTEST_HOLD_MS = 1_000;

export const accountQuota = (deps: Deps): AccountQuota => {
  const { accountOf, clock, telemetry } = deps;
  const lineOf = accountLines(deps);
  const subjectsOf = (service: ExternalService, kind: CallKind): readonly QuotaSubject[] =>
    accountSubjects(service, accountOf(service), kind);
  const patienceOf = <Req>({ deadlineAt }: Call<Req>): number =>
    deadlineAt - clock.monotonic() - TIME_TO_CALL_MS;
  const refuse = <Req>(call: Call<Req>, service: ExternalService, kind: CallKind, none: NoPlace) => {
    telemetry.rateLimitExceeded(service.provider);
    return refusalOf(call, service, kind, none);
  };

  return {
    take: async (call, service, { kind, charge, timeLeft, signal = call.signal, onHeld }) => {
      const subjects = subjectsOf(service, kind);
      if (subjects.length === 0) return charge();
      const { quota: before } = call.ledger.timings;
      const started = clock.monotonic();
      const patience = (): number => (timeLeft ? timeLeft() - TIME_TO_CALL_MS : patienceOf(call));
      const { tenantId } = service;
      const place = await lineOf(subjects).enter({ tenantId, subjects, patience, signal, charge, onHeld });
      // Assigned, not added: `charge` has meanwhile added its own part of this time.
      call.ledger.timings.quota = before + clock.monotonic() - started;
      if (isLeft(place))
        return left(place.left.kind === 'no-place' ? refuse(call, service, kind, place.left) : place.left);
      call.ledger.windows = withNewer(call.ledger.windows, place.right);
      telemetry.rateLimitUtilization(service.provider, place.right);
      return right(undefined);
    },
    hopeless: (call, service, kind, waitMs = 0) => {
      const subjects = subjectsOf(service, kind);
      const none = subjects.length === 0 ? undefined : lineOf(subjects).outlook(subjects, waitMs);
      return none === undefined || none.retryAfterMs <= patienceOf(call)
        ? undefined
        : refuse(call, service, kind, none);
    },
    refused: (service, kind, retryAfterMs) => {
      const subjects = subjectsOf(service, kind);
      if (subjects.length > 0)
        lineOf(subjects).hold(Math.min(LONGEST_HOLD_MS, Math.max(SHORTEST_HOLD_MS, retryAfterMs)));
    },
    expect: (service, kind) => {
      const subjects = subjectsOf(service, kind);
      return subjects.length === 0 ? NOTHING_SCARCE : lineOf(subjects).expect(subjects);
    },
  };
};

/** Beyond this number the least recently used line is forgotten. */
const MOST_LINES = 10_000;

/**
 * Tenants that configure a lower limit for a shared account wait in a line of their own, so that they hold up nobody
 * else. Between lines, as between replicas, the limiter decides.
 */
const lineKey = (subjects: readonly QuotaSubject[]): string =>
  subjects.map(({ subjectId, limits }) => `${subjectId}:${limits.minute}`).join(' ');

const accountLines = (deps: Pick<Deps, 'limiter' | 'clock' | 'timers'>) => {
  const lines = new Map<string, AccountLine>();
  return (subjects: readonly QuotaSubject[]): AccountLine => {
    const key = lineKey(subjects);
    const line = lines.get(key) ?? new AccountLine(deps);
    putLast(lines, key, line, MOST_LINES);
    return line;
  };
};

const refusalOf = <Req>(
  { ledger }: Call<Req>,
  service: ExternalService,
  kind: CallKind,
  { by, retryAfterMs }: NoPlace,
): ProviderError => {
  if (by !== undefined) ledger.refusals.push({ serviceName: by.subjectId, window: by });
  const whose = by?.subjectId.startsWith('project:') === true ? 'project' : 'account';
  const what = `the ${whose} of ${service.serviceName}`;
  const message =
    by === undefined || by.remaining > 0
      ? `${what} cannot take more ${kind} within the time left`
      : `${what} has used up its ${by.limit} ${kind} of this minute`;
  return { kind: 'quota-exceeded', scope: 'service', retryAfterMs, ...(by && { window: by }), message };
};
