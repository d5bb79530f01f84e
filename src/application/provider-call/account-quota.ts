import { createHash } from 'node:crypto';
import type { ExternalService } from '../../domain/external-service/external-service.ts';
import type { ProviderError } from '../../domain/provider/provider-error.ts';
import type { SpreadsheetAccount } from '../../domain/provider/spreadsheet.ts';
import type { QuotaRefused, QuotaSubject, WindowState } from '../../domain/rate-limit/quota.ts';
import type { RateLimiter } from '../../domain/rate-limit/rate-limiter.ts';
import type { Clock } from '../../domain/shared/clock.ts';
import { isLeft, left, right, type AsyncResult } from '../../domain/shared/fp.ts';
import type { TenantId } from '../../domain/shared/tenant-context.ts';
import type { Telemetry } from '../telemetry.ts';
import type { Call } from './call.ts';
import type { Timers } from './flights.ts';

/** Google counts reads and writes apart, for each project and for each account in it. */
export const accountWindows = ['reads', 'writes'] as const;
export type AccountWindow = (typeof accountWindows)[number];

/** Whose quotas the calls of a service spend; undefined where there are none, or its credentials cannot be read. */
export type AccountOf = (service: ExternalService) => SpreadsheetAccount | undefined;

export type AccountQuota = {
  /** One call; waits for a place as long as the call has time. */
  readonly take: <Req>(
    call: Call<Req>,
    service: ExternalService,
    window: AccountWindow,
  ) => AsyncResult<ProviderError, void>;
  /** The refusal that `take` would come to, known without taking anything; undefined: worth a try. */
  readonly hopeless: <Req>(
    call: Call<Req>,
    service: ExternalService,
    window: AccountWindow,
  ) => Promise<ProviderError | undefined>;
};

type Deps = {
  readonly limiter: RateLimiter;
  readonly accountOf: AccountOf;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly telemetry: Pick<Telemetry, 'rateLimitExceeded' | 'rateLimitUtilization'>;
};

/** Google's own, in calls a minute; `config` of a service may say that its account has others. */
const STANDARD = { project: 300, account: 60 } as const;
/**
 * Google counts a call when it arrives, we when it leaves: after a burst that was under way for so long, the next
 * minute of ours would begin before Google's has.
 */
const ARRIVAL_MS = 500;
/** What a call needs at least after its wait. */
const TIME_TO_CALL_MS = 250 + ARRIVAL_MS;

/**
 * The windows of the account behind a service, shared by every tenant that uses the same one. They belong to no
 * tenant, whose ids never begin so; by project, so that both are taken in one step.
 */
export const accountSubjects = (
  service: ExternalService,
  account: SpreadsheetAccount | undefined,
  window: AccountWindow,
): readonly QuotaSubject[] => {
  if (account === undefined) return [];
  const project = hashOf(account.projectId);
  const subject = (of: keyof typeof STANDARD, id: string): QuotaSubject => ({
    tenantId: `~google-${project}` as TenantId,
    subjectId: `${of}:${id}:${window}`,
    serviceName: `${of}:${window}`,
    limits: { minute: limitOf(service, of, window) },
  });
  return [subject('account', hashOf(account.clientEmail)), subject('project', project)];
};

/** Names no account: subjects stand in metrics, answers and rows. */
const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 16);

const limitOf = ({ config }: ExternalService, of: keyof typeof STANDARD, window: AccountWindow): number => {
  const configured = config[`${of}_${window}_per_minute`];
  return typeof configured === 'number' && Number.isSafeInteger(configured) && configured >= 0
    ? configured
    : STANDARD[of];
};

export const accountQuota = ({ limiter, accountOf, clock, timers, telemetry }: Deps): AccountQuota => {
  const timeLeft = <Req>({ deadlineAt }: Call<Req>): number =>
    deadlineAt - clock.monotonic() - TIME_TO_CALL_MS;
  const pause = (ms: number): Promise<void> =>
    new Promise((resolve) => void timers.set(() => resolve(), Math.max(1, ms)));

  const refuse = <Req>(
    { ledger }: Call<Req>,
    service: ExternalService,
    window: AccountWindow,
    by: WindowState,
    retryAfterMs: number,
  ): ProviderError => {
    ledger.refusals.push({ serviceName: by.subjectId, window: by });
    telemetry.rateLimitExceeded(service.provider);
    const whose = by.subjectId.startsWith('project:') ? 'project' : 'account';
    const message = `the ${whose} of ${service.serviceName} has used up its ${by.limit} ${window} of this minute`;
    return { kind: 'quota-exceeded', scope: 'service', retryAfterMs, window: by, message };
  };

  return {
    take: async (call, service, window) => {
      const subjects = accountSubjects(service, accountOf(service), window);
      if (subjects.length === 0) return right(undefined);
      const started = clock.monotonic();
      let refused: QuotaRefused | undefined;
      do {
        if (refused !== undefined) await pause(refused.retryAfterMs + ARRIVAL_MS);
        const taken = await limiter.take(subjects, 1);
        const { windows } = isLeft(taken) ? taken.left : taken.right;
        call.ledger.windows = withNewer(call.ledger.windows, windows);
        telemetry.rateLimitUtilization(service.provider, windows);
        refused = isLeft(taken) ? taken.left : undefined;
      } while (refused !== undefined && refused.retryAfterMs <= timeLeft(call) && !isAborted(call));
      call.ledger.timings.quota += clock.monotonic() - started;
      return refused === undefined
        ? right(undefined)
        : left(refuse(call, service, window, refused.by, refused.retryAfterMs));
    },
    hopeless: async (call, service, window) => {
      const subjects = accountSubjects(service, accountOf(service), window);
      if (subjects.length === 0) return undefined;
      const full = (await limiter.peek(subjects)).find(({ remaining }) => remaining < 1);
      const waitMs = full === undefined ? 0 : full.resetsAt - clock.now();
      return full === undefined || waitMs <= timeLeft(call)
        ? undefined
        : refuse(call, service, window, full, waitMs);
    },
  };
};

const isAborted = <Req>({ signal }: Call<Req>): boolean => signal?.aborted === true;

/** After a fallback or a second try the answer tells of each window as it stood last. */
export const withNewer = (
  known: readonly WindowState[],
  newer: readonly WindowState[],
): readonly WindowState[] => [
  ...known.filter(
    (one) => !newer.some((two) => two.subjectId === one.subjectId && two.window === one.window),
  ),
  ...newer,
];
