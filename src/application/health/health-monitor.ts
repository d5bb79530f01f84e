import type { ExternalService, HealthStatus } from '../../domain/external-service/external-service.ts';
import { failureOutcome, observed, type HealthOutcome } from '../../domain/external-service/health-rule.ts';
import type { ProviderProbe } from '../../domain/provider/provider-access.ts';
import type { ProviderError, ProviderErrorKind } from '../../domain/provider/provider-error.ts';
import type { Clock, IdSource } from '../../domain/shared/clock.ts';
import { isLeft } from '../../domain/shared/fp.ts';
import type { SecretBox } from '../../domain/shared/secret-box.ts';
import { openedSecrets } from '../provider-call/via-adapter.ts';
import type { Telemetry } from '../telemetry.ts';
import type { UnitOfWork } from '../unit-of-work.ts';
import { healthTracks, type HealthTracks } from './health-tracks.ts';
import { storeHealthChange, storeHealthCheck, type HealthChange } from './store-health-change.ts';

export type ProbeResult = {
  readonly serviceId: string;
  readonly reachable: boolean;
  readonly healthStatus: HealthStatus;
  readonly checkedAt: number;
  readonly durationMs: number;
  readonly error: { readonly kind: ProviderErrorKind; readonly message: string } | undefined;
};

/** Follows how services fare: passively by outcomes of calls, actively by probes. */
export type HealthMonitor = {
  /** Synchronous and cheap: called for every call that left for a provider. */
  readonly observe: (service: ExternalService, outcome: HealthOutcome, reason: string) => void;
  /** Rejects when the result cannot be stored. */
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
  /** A change that this process has stored, and no other one. */
  readonly onChanged: (change: HealthChange) => void;
  /** A change that could not be stored; it is tried again with the next outcome of its kind. */
  readonly onUnstored: (serviceId: string, error: unknown) => void;
};

export const healthMonitor = (deps: Deps): HealthMonitor => {
  const { clock } = deps;
  const tracks = healthTracks();
  const turns = takingTurns();

  const note = (
    service: ExternalService,
    outcome: HealthOutcome,
    reason: string,
    correlationId: string,
  ): void => {
    const before = tracks.of(service, turns.areUnderWay(service.id));
    // It tells of a key or an address that the service no longer has.
    if (service.version < before.version) return;
    const after = { ...before, ...observed(before, outcome) };
    tracks.set(service.id, after);
    if (after.status === before.status) return;
    const { refused } = after;
    const change = { service, from: before.status, to: after.status, refused, reason, correlationId };
    turns.add(service.id, () => store(deps, change, tracks));
  };

  const noteProbe = async (
    service: ExternalService,
    failure: ProviderError | undefined,
    correlationId: string,
  ): Promise<void> => {
    if (failure === undefined) note(service, 'reachable', 'probe answered', correlationId);
    else note(service, failureOutcome(failure.kind), failure.kind, correlationId);
    await turns.over(service.id);
    await storeHealthCheck(deps, service, tracks.of(service, false), correlationId);
    deps.servicesChanged(service.tenantId);
  };

  return {
    observe: (service, outcome, reason) => note(service, outcome, reason, 'health-monitor'),
    probe: async (service, correlationId) => {
      const started = clock.monotonic();
      const failure = await failureOfProbe(deps, service);
      const durationMs = Math.round(clock.monotonic() - started);
      if (failure?.kind !== 'not-supported') await noteProbe(service, failure, correlationId);
      return {
        serviceId: service.id,
        reachable: failure === undefined,
        healthStatus: tracks.of(service, false).status,
        checkedAt: clock.now(),
        durationMs,
        error: failure && { kind: failure.kind, message: failure.message },
      };
    },
    settled: turns.allOver,
  };
};

/** Changes of one service are stored one after the other; services do not wait for each other. */
const takingTurns = () => {
  const underWay = new Map<string, Promise<void>>();
  return {
    add: (id: string, work: () => Promise<void>): void => {
      const before = underWay.get(id) ?? Promise.resolve();
      const done = before.then(async () => {
        await work();
        if (underWay.get(id) === done) underWay.delete(id);
      });
      underWay.set(id, done);
    },
    areUnderWay: (id: string): boolean => underWay.has(id),
    over: async (id: string): Promise<void> => underWay.get(id),
    allOver: async (): Promise<void> => void (await Promise.all(underWay.values())),
  };
};

/** What could not be stored is taken back, so that the very next outcome of its kind leads to it again. */
const store = async (deps: Deps, change: HealthChange, tracks: HealthTracks): Promise<void> => {
  const { service, from, to } = change;
  try {
    const { isOurs, status, asOf } = await storeHealthChange(deps, change);
    if (status === undefined) tracks.forget(service.id);
    else tracks.correct(service.id, to, status, asOf);
    deps.servicesChanged(service.tenantId);
    if (!isOurs) return;
    deps.telemetry.healthChanged(service.provider, from, to);
    deps.onChanged(change);
  } catch (error) {
    tracks.correct(service.id, to, from, service.lastHealthCheck ?? 0);
    deps.onUnstored(service.id, error);
  }
};

const failureOfProbe = async (
  { probes, secretBox, probeTimeoutMs }: Deps,
  service: ExternalService,
): Promise<ProviderError | undefined> => {
  const probe = probes[service.provider];
  if (probe === undefined) return { kind: 'not-supported', message: `${service.provider} cannot be probed` };
  const secrets = openedSecrets(secretBox, service);
  if (isLeft(secrets)) return secrets.left;
  const result = await probe.probe({
    tenantId: service.tenantId,
    serviceId: service.id,
    baseUrl: service.baseUrl,
    ...secrets.right,
    config: service.config,
    signal: AbortSignal.timeout(probeTimeoutMs),
    timeoutMs: probeTimeoutMs,
  });
  return isLeft(result) ? result.left : undefined;
};
