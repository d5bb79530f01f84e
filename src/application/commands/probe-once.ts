import * as t from 'io-ts';
import { map } from '../../domain/shared/fp.ts';
import { throughJson } from '../../domain/shared/json.ts';
import type { OnceSpec } from '../once-only.ts';
import type { ProbeFailure } from './probe-service.ts';
import type { ProbeResult } from '../health/health-monitor.ts';

const keptProbe = t.intersection([
  t.type({
    serviceId: t.string,
    reachable: t.boolean,
    healthStatus: t.keyof({ unknown: null, healthy: null, degraded: null, unhealthy: null }),
    checkedAt: t.number,
    durationMs: t.number,
  }),
  t.partial({ error: t.type({ kind: t.string, message: t.string }) }),
]);

const probeFrom = ({ error, ...probe }: t.TypeOf<typeof keptProbe>): ProbeResult => ({
  ...probe,
  error: error as ProbeResult['error'],
});

/** A probe is harmless, so a takeover simply repeats it. */
export const probeServiceOnce: OnceSpec<{ readonly id: string }, ProbeResult, ProbeFailure> = {
  operation: 'service_probe',
  asked: ({ id }) => ({ id }),
  codec: { encode: throughJson, decode: (stored) => map(probeFrom)(keptProbe.decode(stored)) },
  mayHaveWritten: () => false,
};
