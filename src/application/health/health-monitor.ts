import type { ExternalService, HealthStatus } from '../../domain/external-service/external-service.ts';
import { observed, trackFrom, type HealthTrack } from '../../domain/external-service/health-rule.ts';
import type { ProviderAccess, ProviderProbe } from '../../domain/provider/provider-access.ts';
import type { ProviderError } from '../../domain/provider/provider-error.ts';
import type { Clock, IdSource } from '../../domain/shared/clock.ts';
import { isLeft, right } from '../../domain/shared/fp.ts';
import type { IntegrationEvent } from '../../domain/shared/integration-event.ts';
import type { SecretBox } from '../../domain/shared/secret-box.ts';
import type { TenantContext } from '../../domain/shared/tenant-context.ts';
import type { ProbeResult } from '../commands/probe-service.ts';
import { openedKey } from '../provider-call/via-adapter.ts';
import type { Telemetry } from '../telemetry.ts';
import type { UnitOfWork } from '../unit-of-work.ts';

/** Follows how services fare: passively by outcomes of calls, actively by probes. */
export type HealthMonitor = {
  /** Synchronous and cheap: called for every call that left for a provider. */
  readonly observe: (service: ExternalService, outcome: 'answered' | 'failed', reason: string) => void;
  readonly probe: (service: ExternalService, correlationId: string) => Promise<ProbeResult>;
  /** Waits until every change seen so far is stored, or has failed to be. */
  readonly settled: () => Promise<void>;
};

type Deps = {
  readonly unitOfWork: UnitOfWork;
  readonly probes: { readonly [provider: string]: ProviderProbe | undefined };
  readonly secretBox: SecretBox;
  readonly telemetry: Telemetry;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly probeTimeoutMs: number;
  readonly servicesChanged: (tenantId: ExternalService['tenantId']) => void;
  /** A change that could not be stored; it is tried again with the next outcome. */
  readonly onUnstored: (serviceId: string, error: unknown) => void;
};

type Change = {
  readonly service: ExternalService;
  readonly from: HealthStatus;
  readonly to: HealthStatus;
  readonly reason: string;
  readonly correlationId: string;
};

/** Tracks of services nobody calls any more are forgotten with the oldest. */
const MOST_TRACKS = 10_000;

export const healthMonitor = (deps: Deps): HealthMonitor => {
  const { clock } = deps;
  const tracks = new Map<string, HealthTrack>();
  let storing: Promise<void> = Promise.resolve();

  const note = (
    service: ExternalService,
    outcome: 'answered' | 'failed',
    reason: string,
    correlationId: string,
  ): HealthStatus => {
    const before = tracks.get(service.id) ?? trackFrom(service.healthStatus);
    const after = observed(before, outcome);
    if (tracks.size >= MOST_TRACKS && !tracks.has(service.id))
      tracks.delete(tracks.keys().next().value ?? '');
    tracks.set(service.id, after);
    if (after.status !== before.status) {
      const change = { service, from: before.status, to: after.status, reason, correlationId };
      storing = storing.then(() => store(deps, change, () => tracks.delete(service.id)));
    }
    return after.status;
  };

  return {
    observe: (service, outcome, reason) => void note(service, outcome, reason, 'health-monitor'),
    probe: async (service, correlationId) => {
      const started = clock.monotonic();
      const failure = await failureOfProbe(deps, service);
      const [outcome, reason] =
        failure === undefined
          ? (['answered', 'probe answered'] as const)
          : (['failed', failure.kind] as const);
      const healthStatus = note(service, outcome, reason, correlationId);
      await storing;
      await checked(deps, service, healthStatus, correlationId);
      const durationMs = Math.round(clock.monotonic() - started);
      const error = failure && { kind: failure.kind, message: failure.message };
      return {
        serviceId: service.id,
        reachable: failure === undefined,
        healthStatus,
        checkedAt: clock.now(),
        durationMs,
        error,
      };
    },
    settled: () => storing,
  };
};

/** A change that cannot be stored is forgotten, so that the next outcomes come to it again. */
const store = async (deps: Deps, change: Change, forget: () => void): Promise<void> => {
  try {
    const stored = await stateChanged(deps, change);
    deps.servicesChanged(change.service.tenantId);
    if (stored) deps.telemetry.healthChanged(change.service.provider, change.from, change.to);
  } catch (error) {
    forget();
    deps.onUnstored(change.service.id, error);
  }
};

const systemContext = (service: ExternalService, correlationId: string): TenantContext => ({
  tenantId: service.tenantId,
  actor: { kind: 'system', id: 'health-monitor', tenants: [service.tenantId], scopes: [] },
  correlationId,
});

/** The event goes out only with the row's own change of state, so several replicas tell of it once. */
const stateChanged = async (
  deps: Deps,
  { service, from, to, reason, correlationId }: Change,
): Promise<boolean> => {
  const stored = await deps.unitOfWork.run<never, boolean>(
    systemContext(service, correlationId),
    async (tx) => {
      const now = deps.clock.now();
      if (!(await tx.services.changeHealth(service.id, from, to, now))) return right(false);
      const type = eventType(from, to);
      if (type !== undefined) {
        const data = { service_id: service.id, service_name: service.serviceName, from, to, reason };
        tx.events.add({
          id: deps.ids.uuid(),
          type,
          tenantId: service.tenantId,
          subject: service.id,
          time: now,
          correlationId,
          data,
        });
      }
      return right(true);
    },
  );
  return !isLeft(stored) && stored.right;
};

/** The first answer of a new service is no recovery: nothing was wrong before. */
const eventType = (from: HealthStatus, to: HealthStatus): IntegrationEvent['type'] | undefined => {
  if (to === 'healthy') return from === 'unknown' ? undefined : 'integration.health.recovered';
  return to === 'unknown' ? undefined : 'integration.health.degraded';
};

const checked = async (
  deps: Deps,
  service: ExternalService,
  status: HealthStatus,
  correlationId: string,
): Promise<void> => {
  await deps.unitOfWork.run<never, void>(systemContext(service, correlationId), async (tx) => {
    await tx.services.changeHealth(service.id, status, status, deps.clock.now());
    return right(undefined);
  });
  deps.servicesChanged(service.tenantId);
};

const failureOfProbe = async (deps: Deps, service: ExternalService): Promise<ProviderError | undefined> => {
  const probe = deps.probes[service.provider];
  if (probe === undefined) return undefined;
  const key = openedKey(deps.secretBox, service);
  const access: ProviderAccess = {
    tenantId: service.tenantId,
    serviceId: service.id,
    baseUrl: service.baseUrl,
    apiKey: key === undefined || isLeft(key) ? undefined : key.right,
    config: service.config,
    signal: AbortSignal.timeout(deps.probeTimeoutMs),
    timeoutMs: deps.probeTimeoutMs,
  };
  const result = await probe.probe(access);
  return isLeft(result) ? result.left : undefined;
};
