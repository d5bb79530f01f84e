import type { CallJournal } from '../../domain/audit/call-journal.ts';
import type { CacheStore } from '../../domain/cache/cache-store.ts';
import type { RateLimiter } from '../../domain/rate-limit/rate-limiter.ts';
import type { Clock, IdSource } from '../../domain/shared/clock.ts';
import type { SecretBox } from '../../domain/shared/secret-box.ts';
import type { HealthMonitor } from '../health/health-monitor.ts';
import type { Telemetry } from '../telemetry.ts';
import type { Tracing } from '../tracing.ts';
import type { AccountQuota } from './quota/account-quota.ts';
import { through, throughService, type ServiceStage, type Stage } from './stage.ts';
import { firstThatAnswers } from './stages/first-that-answers.ts';
import { flightTable } from './flights.ts';
import { knownWindows } from './quota/known-windows.ts';
import type { Operation } from './operation.ts';
import { openedOnce } from './opened-secrets.ts';
import { ownQuota, type TenantLimits } from './quota/own-quota.ts';
import type { CompleteOperation } from './complete-operation.ts';
import { viaAdapter } from './stages/via-adapter.ts';
import { withBreaker, type CircuitBreakers } from './stages/with-breaker.ts';
import { withCache } from './stages/with-cache.ts';
import { withCallMetrics } from './stages/with-call-metrics.ts';
import { withHealth } from './stages/with-health.ts';
import { withJournal } from './stages/with-journal.ts';
import { withKnownWindows } from './stages/with-known-windows.ts';
import { withOpenedSecrets } from './stages/with-opened-secrets.ts';
import { withQuota } from './stages/with-quota.ts';
import { withRetry, type Retries } from './stages/with-retry.ts';
import type { ClusterFlights } from './cluster-flights.ts';
import type { Timers } from '../timers.ts';
import { withClusterFlight } from './stages/with-cluster-flight.ts';
import { withFlightsInSight } from './stages/with-flights-in-sight.ts';
import { withSingleFlight } from './stages/with-single-flight.ts';
import { withAttemptSpan, withTracing } from './stages/with-tracing.ts';

export type PipelineDeps = {
  readonly journal: CallJournal;
  readonly cache: CacheStore;
  /** The clock that dates cache entries; the same time on all replicas that share a cache. */
  readonly cacheClock: Clock;
  /** Undefined when there is no Redis over which replicas could share a load. */
  readonly clusterFlights: ClusterFlights | undefined;
  readonly limiter: RateLimiter;
  readonly tenantLimits: TenantLimits;
  /** The waiting lines of accounts, shared by all operations. */
  readonly accountQuota: AccountQuota;
  readonly breakers: CircuitBreakers;
  readonly retries: Retries;
  readonly health: Pick<HealthMonitor, 'observe'>;
  readonly secretBox: SecretBox;
  readonly telemetry: Telemetry;
  /** Undefined when no collector for traces is configured: no spans are made. */
  readonly tracing: Tracing | undefined;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly timers: Timers;
  readonly maxDeadlineMs: number;
  readonly attemptTimeoutMs: number;
};

/**
 * The stages of a call, outermost first. The order is the policy: the journal records refusals and cache hits too; a
 * hit costs neither quota nor money; retry is outside the quota stage, so each try is counted and paid for.
 */
export const pipeline = (
  deps: PipelineDeps,
): (<Req, Res>(operation: Operation<Req, Res>) => CompleteOperation<Req, Res>) => {
  const { clock, tracing, accountQuota: account } = deps;
  const own = ownQuota(deps);
  const secretsOf = openedOnce(deps.secretBox);
  const known = knownWindows(deps);
  const caching = { ...deps, clock: deps.cacheClock };
  const flights = flightTable(caching);
  const perCall: readonly Stage[] = [
    withKnownWindows(known),
    withFlightsInSight(flights),
    withCache(caching),
    withSingleFlight({ ...deps, flights }),
    withClusterFlight(caching),
  ];
  const perService: readonly ServiceStage[] = [
    withBreaker(deps.breakers),
    withRetry(deps.retries, clock),
    withHealth(deps.health.observe),
    withOpenedSecrets({ ...deps, secretsOf }),
    withQuota(own, account),
    withCallMetrics(deps),
    ...(tracing === undefined ? [] : [withAttemptSpan(tracing)]),
  ];
  const journalled = withJournal(deps);
  return (operation) => {
    const oneService = throughService(
      operation,
      perService,
      viaAdapter({ ...deps, secretsOf, own, account })(operation),
    );
    const complete = journalled(
      operation,
      through(operation, perCall, firstThatAnswers(clock)(operation, oneService)),
    );
    return tracing === undefined ? complete : withTracing({ tracing, clock })(operation, complete);
  };
};
