import type { HealthStatus } from '../domain/external-service/external-service.ts';
import type { CallStatus } from '../domain/audit/call-record.ts';
import type { CommandType } from './command-queue.ts';
import type { WindowState } from '../domain/rate-limit/quota.ts';
import type { Money } from '../domain/shared/money.ts';

/**
 * Labels come from closed sets: provider or service type, operation, status. Never a key, an
 * address or tenant-made text.
 */
export type Telemetry = {
  readonly callFinished: (call: {
    readonly service: string;
    readonly operation: string;
    readonly status: CallStatus;
    readonly durationMs: number;
    /** Its caller was told `outcome-unknown`: nobody knows whether it was written. */
    readonly isUnknown: boolean;
  }) => void;
  readonly cacheLookup: (lookup: {
    readonly service: string;
    readonly operation: string;
    readonly hit: boolean;
  }) => void;
  readonly providerCalled: (call: {
    readonly provider: string;
    readonly operation: string;
    /** `ok`, the kind of the error, or `given-up`: its caller left it no time to answer. */
    readonly outcome: string;
    readonly durationMs: number;
  }) => void;
  /**
   * What a provider will charge for a request, as it stands in the row of the call that it is put down to. By itself:
   * of appends that leave together, the one that paid may have its end before anybody knows that of the request.
   */
  readonly providerCharged: (charge: {
    readonly provider: string;
    readonly operation: string;
    readonly cost: Money;
  }) => void;
  readonly rateLimitExceeded: (service: string) => void;
  readonly rateLimitUtilization: (service: string, windows: readonly WindowState[]) => void;
  readonly healthChanged: (service: string, from: HealthStatus, to: HealthStatus) => void;
};

/**
 * What became of one delivery. `exhausted`: the last try failed too, or it ended its consumers. `postponed`: somebody
 * else was still at it.
 */
export const commandOutcomes = ['done', 'repeated', 'refused', 'retried', 'exhausted', 'postponed'] as const;
export type CommandOutcome = (typeof commandOutcomes)[number];

export type CommandTelemetry = {
  readonly commandFinished: (command: {
    readonly command: CommandType | 'unknown';
    readonly outcome: CommandOutcome;
    readonly durationMs: number;
  }) => void;
  /** An answer for a queue that is gone, or that takes nothing. */
  readonly commandAnswerDropped: () => void;
};
