import type { HealthStatus } from './external-service.ts';

/** What has been seen of one service since its status last changed. */
export type HealthTrack = {
  readonly status: HealthStatus;
  readonly failures: number;
  readonly successes: number;
};

/** In a row, in both directions: a single odd answer changes nothing (hysteresis). */
export const FAILURES_TO_DEGRADE = 3;
export const FAILURES_TO_UNHEALTHY = 10;
export const SUCCESSES_TO_RECOVER = 3;

export const trackFrom = (status: HealthStatus): HealthTrack => ({ status, failures: 0, successes: 0 });

/**
 * The next state of a service's health. From every state there is a way back: enough answers in a row
 * make it healthy again, wherever it stood.
 */
export const observed = (track: HealthTrack, outcome: 'answered' | 'failed'): HealthTrack => {
  if (outcome === 'answered') {
    const successes = track.successes + 1;
    const enough =
      track.status === 'unknown' || track.status === 'healthy' || successes >= SUCCESSES_TO_RECOVER;
    return enough ? { status: 'healthy', failures: 0, successes } : { ...track, failures: 0, successes };
  }
  const failures = track.failures + 1;
  return { status: afterFailures(track.status, failures), failures, successes: 0 };
};

const afterFailures = (status: HealthStatus, failures: number): HealthStatus => {
  if (failures >= FAILURES_TO_UNHEALTHY) return 'unhealthy';
  return failures >= FAILURES_TO_DEGRADE && status !== 'unhealthy' ? 'degraded' : status;
};
