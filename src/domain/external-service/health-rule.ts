import type { ProviderErrorKind } from '../provider/provider-error.ts';
import type { ExternalService, HealthStatus } from './external-service.ts';

/** What has been seen of one service since its status last changed. */
export type HealthTrack = {
  readonly status: HealthStatus;
  readonly failures: number;
  readonly successes: number;
  /** The provider is there and lets this key in no more: only an answer to a call with the key says otherwise. */
  readonly refused: boolean;
};

/**
 * `answered`: a call got its answer. `reachable`: the provider is there, asked without the key, or about
 * another product. `refused`: it is there and does not take the key, or no more calls. `failed`: all else.
 */
export type HealthOutcome = 'answered' | 'reachable' | 'failed' | 'refused';

/** In a row, in both directions: a single odd answer changes nothing (hysteresis). */
export const FAILURES_TO_DEGRADE = 3;
export const FAILURES_TO_UNHEALTHY = 10;
export const SUCCESSES_TO_RECOVER = 3;

export const trackFrom = (status: HealthStatus, refused = false): HealthTrack => ({
  status,
  failures: 0,
  successes: 0,
  refused,
});

/** A refusal counts until the service is changed: its key may be another one since. */
export const isRefused = ({ refusedVersion, version }: ExternalService): boolean =>
  refusedVersion === version;

export const failureOutcome = (kind: ProviderErrorKind): 'failed' | 'refused' =>
  kind === 'credentials-rejected' || kind === 'quota-exceeded' ? 'refused' : 'failed';

/**
 * The next state of a service's health. From every state there is a way back: enough answers in a row
 * make it healthy again, wherever it stood. A probe without the key is no answer where the key was refused.
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
