import type { HealthStatus } from '../domain/external-service/external-service.ts';
import type { CallStatus } from '../domain/audit/call-record.ts';
import type { CommandType } from './command-queue.ts';
import type { WindowState } from '../domain/rate-limit/quota.ts';
import type { Money } from '../domain/shared/money.ts';

/**
 * Metrics. Labels come from closed sets only (provider or service type, operation, status), never from keys, addresses
 * or text that tenants choose.
 */
export type Telemetry = {
  readonly callFinished: (call: {
    readonly service: string;
    readonly operation: string;
    readonly status: CallStatus;
    readonly durationMs: number;
    /** The caller was told `outcome-unknown`: it is not known whether the write was done. */
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
    /** `ok`, the kind of the error, or `given-up` when the caller left the provider no time to answer. */
    readonly outcome: string;
    readonly durationMs: number;
  }) => void;
  /**
   * What a provider will charge for one request, equal to the cost in the audit row of the call that it is attributed
   * to. A metric of its own, because of appends that leave together the paying call may end before the outcome of the
   * request is known.
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
 * How one delivery of a command ended. `exhausted`: its last retry failed, or it reached the poison message limit.
 * `postponed`: another consumer was still carrying it out.
 */
export const commandOutcomes = ['done', 'repeated', 'refused', 'retried', 'exhausted', 'postponed'] as const;
export type CommandOutcome = (typeof commandOutcomes)[number];

export type CommandTelemetry = {
  readonly commandFinished: (command: {
    readonly command: CommandType | 'unknown';
    readonly outcome: CommandOutcome;
    readonly durationMs: number;
  }) => void;
  /** A reply could not be delivered: its queue is gone or accepts nothing. */
  readonly commandAnswerDropped: () => void;
};
