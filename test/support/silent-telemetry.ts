import type { Telemetry } from '../../src/application/telemetry.ts';

/** Telemetry that counts nothing: a test replaces the methods that it observes. */
export const silentTelemetry: Telemetry = {
  callFinished: () => undefined,
  cacheLookup: () => undefined,
  providerCalled: () => undefined,
  providerCharged: () => undefined,
  rateLimitExceeded: () => undefined,
  rateLimitUtilization: () => undefined,
  healthChanged: () => undefined,
};
