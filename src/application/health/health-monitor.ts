import type { ExternalService } from '../../domain/external-service/external-service.ts';
import type { ProbeResult } from '../commands/probe-service.ts';

export type Outcome = 'answered' | 'failed';

/** Follows how services fare: passively by outcomes of calls, actively by probes. */
export type HealthMonitor = {
  /** Synchronous and cheap: called for every attempt that left for a provider. */
  readonly observe: (service: ExternalService, outcome: Outcome, reason: string) => void;
  readonly probe: (service: ExternalService, correlationId: string) => Promise<ProbeResult>;
  /** Waits until changes seen so far are stored. */
  readonly settled: () => Promise<void>;
};
