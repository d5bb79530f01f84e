import type { Coordinates } from '../../../domain/provider/coordinates.ts';
import type { RouteAnswer } from '../../../domain/provider/router.ts';
import type { StraightLine } from '../../../domain/provider/straight-line.ts';
import { left, right } from '../../../domain/shared/fp.ts';
import type { ProviderCall } from '../stage.ts';
import { decodeRoute } from './cached-values.ts';
import type { Operation } from '../operation.ts';

export type StraightLineRequest = { readonly origin: Coordinates; readonly destination: Coordinates };

/**
 * Our own geometry as an operation, so that it appears in the trail like any call. Never cached, because it is exact
 * and free.
 */
export const straightLineOperation: Operation<StraightLineRequest, RouteAnswer> = {
  name: 'distance',
  serviceType: 'geocoding',
  address: 'base',
  cacheFields: () => undefined,
  tags: () => [],
  lives: () => ({ l1Ms: 0, freshMs: 0, graceMs: 0, mayPersist: false }),
  decodeCached: decodeRoute,
  retrySafe: true,
  isNoMatch: () => false,
  isPoor: () => false,
  better: (_request, first) => ({ answer: first, winner: 'first' }),
  endpoint: () => undefined,
  auditRequest: ({ origin, destination }) => ({
    origin: { latitude: origin.latitude, longitude: origin.longitude },
    destination: { latitude: destination.latitude, longitude: destination.longitude },
    mode: 'straight_line',
  }),
  auditResponse: (answer) =>
    answer.found ? { distance_metres: answer.distanceMetres } : { route_found: false },
  auditOutline: ({ found }) => ({ route_found: found }),
  ask: async () => left({ kind: 'not-supported', message: 'a straight line has no provider' }),
};

/** More decimals than the accuracy of the ellipsoid would be noise. */
const toMillimetre = (metres: number): number => Math.round(metres * 1000) / 1000;

/** Computes the answer from geometry, without asking a provider. */
export const viaStraightLine =
  (straightLine: StraightLine): ProviderCall<StraightLineRequest, RouteAnswer> =>
  async ({ request }) =>
    right({
      value: {
        found: true,
        distanceMetres: toMillimetre(straightLine(request.origin, request.destination)),
        durationSeconds: 0,
        degraded: false,
        attribution: '',
      },
      service: { id: undefined, serviceName: 'straight_line', provider: 'straight_line' },
      cache: { status: 'bypass', key: undefined },
    });
