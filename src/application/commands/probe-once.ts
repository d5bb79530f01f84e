import * as t from 'io-ts';
import { isLeft, right } from '../../domain/shared/fp.ts';
import type { Json } from '../../domain/shared/json.ts';
import type { OnceSpec } from '../once-only.ts';
import type { ProbeFailure, ProbeResult } from './probe-service.ts';

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

/** A second probe does no harm: a takeover asks again. */
export const probeServiceOnce: OnceSpec<{ readonly id: string }, ProbeResult, ProbeFailure> = {
  operation: 'service_probe',
  asked: ({ id }) => ({ id }),
  codec: {
    // JSON has no undefined.
    encode: (probe) => JSON.parse(JSON.stringify(probe)) as Json,
    decode: (stored) => {
      const kept = keptProbe.decode(stored);
      return isLeft(kept) ? kept : right({ ...kept.right, error: kept.right.error as ProbeResult['error'] });
    },
  },
  mayHaveWritten: () => false,
};
