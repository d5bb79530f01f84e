import { accountQuota, type AccountQuota } from '../../src/application/provider-call/quota/account-quota.ts';
import { newLedger } from '../../src/application/provider-call/call-ledger.ts';
import type { Call } from '../../src/application/provider-call/call.ts';
import { anyCache } from '../../src/application/provider-call/call-options.ts';
import type { ExternalService } from '../../src/domain/external-service/external-service.ts';
import type { RateLimiter } from '../../src/domain/rate-limit/rate-limiter.ts';
import { MemoryRateLimiter } from '../../src/infrastructure/memory/memory-rate-limiter.ts';
import { fakeQuotaStateStore } from './fake-quota-state-store.ts';
import { fixedClock } from './fixed-clock.ts';
import { timersOf } from './fixed-timers.ts';
import { aService, aTenant, contextOf } from './pipeline-fixture.ts';

export const lineAccount = { clientEmail: 'gateway@p-1.iam.gserviceaccount.com', projectId: 'p-1' };

/** A spreadsheet service of a tenant. All of them have the same account. */
export const sheetsOf = (tenant: string, config: ExternalService['config'] = {}): ExternalService =>
  aService({
    id: `service-of-${tenant}`,
    tenantId: aTenant(tenant),
    serviceName: 'google_sheets',
    serviceType: 'spreadsheet',
    provider: 'google_sheets',
    config,
  });

/** The quota of one account on a fixed clock, over the real limiter; `taken` holds the times of its calls. */
export const lineRig = (change: (limiter: RateLimiter) => RateLimiter = (limiter) => limiter) => {
  const clock = fixedClock();
  const exceeded: string[] = [];
  const taken: number[] = [];
  const limiter = new MemoryRateLimiter({
    clock,
    sleep: clock.sleep,
    store: fakeQuotaStateStore().connect(),
  });
  const watched: RateLimiter = {
    take: async (subjects, cost) => {
      const outcome = await limiter.take(subjects, cost);
      if (outcome._tag === 'Right') taken.push(clock.monotonic());
      return outcome;
    },
    peek: (subjects) => limiter.peek(subjects),
    addCost: () => undefined,
    arrivedLate: () => undefined,
  };
  const newQuota = (): AccountQuota =>
    accountQuota({
      limiter: change(watched),
      accountOf: ({ provider }) => (provider === 'google_sheets' ? lineAccount : undefined),
      clock,
      timers: timersOf(clock),
      telemetry: {
        rateLimitExceeded: (service) => void exceeded.push(service),
        rateLimitUtilization: () => undefined,
      },
    });
  const aCall = (deadlineMs = 1_000, signal?: AbortSignal): Call<string> => ({
    ctx: contextOf('one'),
    plan: { services: [] },
    request: 'x',
    options: { cache: anyCache, deadlineMs: undefined },
    cacheKey: undefined,
    ledger: newLedger('log-1'),
    startedAt: clock.monotonic(),
    deadlineAt: clock.monotonic() + deadlineMs,
    signal,
  });
  return { clock, exceeded, taken, limiter, newQuota, aCall };
};

/** The greatest number of calls within any trailing minute. */
export const mostInAMinute = (times: readonly number[]): number =>
  Math.max(0, ...times.map((end) => times.filter((time) => time <= end && time > end - 60_000).length));
