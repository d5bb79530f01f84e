import type { ProviderErrorKind } from '../provider/provider-error.ts';
import type { ExternalService, HealthStatus } from './external-service.ts';

/** Outcomes of one service since its status last changed. */
export type HealthTrack = {
  readonly status: HealthStatus;
  readonly failures: number;
  readonly successes: number;
  /** The provider is reachable but refuses this key: only a successful call with the key clears this. */
  readonly refused: boolean;
};

/**
 * `answered`: a call succeeded. `reachable`: the provider responded, but without use of the key or at another product.
 * `refused`: it responded and refused the key or further calls. `failed`: everything else.
 */
export type HealthOutcome = 'answered' | 'reachable' | 'failed' | 'refused';

/** Consecutive outcomes needed in either direction (hysteresis), so that a single odd answer changes nothing. */
export const FAILURES_TO_DEGRADE = 3;
export const FAILURES_TO_UNHEALTHY = 10;
export const SUCCESSES_TO_RECOVER = 3;

export const trackFrom = (status: HealthStatus, refused = false): HealthTrack => ({
  status,
  failures: 0,
  successes: 0,
  refused,
});

/** A refusal counts until the service is changed, since its key may be a different one then. */
export const isRefused = ({ refusedVersion, version }: ExternalService): boolean =>
  refusedVersion === version;

export const failureOutcome = (kind: ProviderErrorKind): 'failed' | 'refused' =>
  kind === 'credentials-rejected' || kind === 'quota-exceeded' ? 'refused' : 'failed';

/**
 * The state machine of a service's health. Every state can recover: enough consecutive successes lead to `healthy`.
 * Where the key was refused, a probe without the key is no success (ADR 12).
 */
export const observed = (track: HealthTrack, outcome: HealthOutcome): HealthTrack => {
  if (outcome === 'reachable' && track.refused) return track;
  if (outcome === 'answered' || outcome === 'reachable') {
    const successes = track.successes + 1;
    const enough =
      track.status === 'unknown' || track.status === 'healthy' || successes >= SUCCESSES_TO_RECOVER;
    return enough
      ? { status: 'healthy', failures: 0, successes, refused: false }
      : { ...track, failures: 0, successes };
  }
  const failures = track.failures + 1;
  const refused = track.refused || outcome === 'refused';
  return { status: afterFailures(track.status, failures), failures, successes: 0, refused };
};

const afterFailures = (status: HealthStatus, failures: number): HealthStatus => {
  if (failures >= FAILURES_TO_UNHEALTHY) return 'unhealthy';
  return failures >= FAILURES_TO_DEGRADE && status !== 'unhealthy' ? 'degraded' : status;
};
