import { serviceTag } from '../../../domain/cache/invalidation.ts';
import type { Coordinates } from '../../../domain/provider/coordinates.ts';
import type { RouteAnswer, Router, RouteRequest } from '../../../domain/provider/router.ts';
import { left } from '../../../domain/shared/fp.ts';
import type { Json } from '../../../domain/shared/json.ts';
import { answerLives, type OperationLives } from './answer-lives.ts';
import { decodeRoute } from './cached-values.ts';
import { routingEndpoint } from './endpoints.ts';
import type { Operation } from '../operation.ts';
import { pointFields, roundedPoint } from './rounded-point.ts';

export type Routers = { readonly [provider: string]: Router | undefined };

export const roundedRoute = (request: RouteRequest): RouteRequest => ({
  ...request,
  origin: roundedPoint(request.origin),
  destination: roundedPoint(request.destination),
});

/** Road distance between two points. "No route" is an answer; it is never replaced by a straight line. */
export const distanceOperation = (
  routers: Routers,
  lives: OperationLives,
): Operation<RouteRequest, RouteAnswer> => ({
  name: 'distance',
  serviceType: 'geocoding',
  address: 'routing',
  cacheFields: ({ origin, destination, mode }) => [...pointFields(origin), ...pointFields(destination), mode],
  tags: ({ serviceName }) => [serviceTag(serviceName)],
  lives: (service, { found }, provisional) => answerLives(lives, 'distance', service, provisional || !found),
  decodeCached: decodeRoute,
  retrySafe: true,
  lacks: (provider) => routers[provider] === undefined || routers[provider].isRoadless === true,
  isNoMatch: ({ found }) => !found,
  isPoor: () => false,
  better: (_request, first, second) =>
    second.found && !first.found ? { answer: second, winner: 'second' } : { answer: first, winner: 'first' },
  endpoint: routingEndpoint,
  auditRequest: ({ origin, destination, mode }) => ({
    origin: pointForAudit(origin),
    destination: pointForAudit(destination),
    mode,
  }),
  auditResponse: (answer) =>
    answer.found
      ? {
          distance_metres: answer.distanceMetres,
          duration_seconds: answer.durationSeconds,
          degraded: answer.degraded,
        }
      : { route_found: false },
  auditOutline: ({ found }) => ({ route_found: found, withheld: 'licence' }),
  ask: async (provider, access, request) =>
    routers[provider]?.route(access, request) ??
    left({ kind: 'not-supported', message: `${provider} knows no roads` }),
});

const pointForAudit = ({ latitude, longitude }: Coordinates): Json => ({ latitude, longitude });
