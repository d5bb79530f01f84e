import type { Telemetry } from '../../src/application/telemetry.ts';

/** Nobody counts: a test takes the place of what it looks at. */
export const silentTelemetry: Telemetry = {
  callFinished: () => undefined,
  cacheLookup: () => undefined,
  providerCalled: () => undefined,
  providerCharged: () => undefined,
  rateLimitExceeded: () => undefined,
  rateLimitUtilization: () => undefined,
  healthChanged: () => undefined,
};
