import type { ExternalService, HealthStatus } from '../../domain/external-service/external-service.ts';
import { failureOutcome, type HealthOutcome } from '../../domain/external-service/health-rule.ts';
import type { ProviderProbe } from '../../domain/provider/provider-access.ts';
import type { ProviderError, ProviderErrorKind } from '../../domain/provider/provider-error.ts';
import { isLeft } from '../../domain/shared/fp.ts';
import type { SecretBox } from '../../domain/shared/secret-box.ts';
import { openedSecrets } from '../provider-call/opened-secrets.ts';
import { healthNotes, type HealthNotesDeps } from './health-notes.ts';
import { storeHealthCheck } from './store-health-change.ts';

export type ProbeResult = {
  readonly serviceId: string;
  readonly reachable: boolean;
  readonly healthStatus: HealthStatus;
  readonly checkedAt: number;
  readonly durationMs: number;
  readonly error: { readonly kind: ProviderErrorKind; readonly message: string } | undefined;
};

/** Monitors the health of services: passively from the outcomes of calls, actively by probes. */
export type HealthMonitor = {
  /** Called for every call that left for a provider, so it must be synchronous and cheap. */
  readonly observe: (service: ExternalService, outcome: HealthOutcome, reason: string) => void;
  /** Sends a probe to the provider. Rejects when the result cannot be stored. */
  readonly probe: (service: ExternalService, correlationId: string) => Promise<ProbeResult>;
  /** Resolves when every change observed so far has been stored or has failed to be. */
  readonly settled: () => Promise<void>;
};

type Deps = HealthNotesDeps & {
  readonly probes: { readonly [provider: string]: ProviderProbe | undefined };
  readonly secretBox: SecretBox;
  readonly probeTimeoutMs: number;
};

export const healthMonitor = (deps: Deps): HealthMonitor => {
  const { clock } = deps;
  const notes = healthNotes(deps);

  const noteProbe = async (
    service: ExternalService,
    failure: ProviderError | undefined,
    correlationId: string,
  ): Promise<void> => {
    if (failure === undefined) notes.note(service, 'reachable', 'probe answered', correlationId);
    else notes.note(service, failureOutcome(failure.kind), failure.kind, correlationId);
    await notes.storedOf(service.id);
    await storeHealthCheck(deps, service, notes.trackOf(service), correlationId);
    deps.servicesChanged(service.tenantId);
  };

  return {
    observe: (service, outcome, reason) => notes.note(service, outcome, reason, 'health-monitor'),
    probe: async (service, correlationId) => {
      const started = clock.monotonic();
      const failure = await failureOfProbe(deps, service);
      const durationMs = Math.round(clock.monotonic() - started);
      if (failure?.kind !== 'not-supported') await noteProbe(service, failure, correlationId);
      return {
        serviceId: service.id,
        reachable: failure === undefined,
        healthStatus: notes.trackOf(service).status,
        checkedAt: clock.now(),
        durationMs,
        error: failure && { kind: failure.kind, message: failure.message },
      };
    },
    settled: notes.allStored,
  };
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
