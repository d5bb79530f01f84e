import { serviceTag } from '../../../domain/cache/invalidation.ts';
import type { GeocodeMatches, ReverseRequest } from '../../../domain/provider/geocoder.ts';
import { isCoarse, knowsTownsOnly, mergeAnswers } from '../../../domain/provider/quality.ts';
import { left } from '../../../domain/shared/fp.ts';
import { answerLives, type OperationLives } from './answer-lives.ts';
import { matchesForAudit, matchesOutline } from './audit-bodies.ts';
import { decodeMatches } from './cached-values.ts';
import { geocodingEndpoint } from './endpoints.ts';
import type { Geocoders } from './geocode-operation.ts';
import type { Operation } from '../operation.ts';
import { pointFields, roundedPoint } from './rounded-point.ts';

export const roundedRequest = (request: ReverseRequest): ReverseRequest => ({
  ...request,
  coordinates: roundedPoint(request.coordinates),
});

/** Point to places. */
export const reverseGeocodeOperation = (
  geocoders: Geocoders,
  lives: OperationLives,
): Operation<ReverseRequest, GeocodeMatches> => ({
  name: 'reverse_geocode',
  serviceType: 'geocoding',
  address: 'base',
  cacheFields: ({ coordinates, language }) => [...pointFields(coordinates), language],
  tags: ({ serviceName }) => [serviceTag(serviceName)],
  lives: (service, { matches }, provisional) =>
    answerLives(lives, 'reverse', service, provisional || matches.length === 0),
  decodeCached: decodeMatches,
  retrySafe: true,
  isNoMatch: ({ matches }) => matches.length === 0,
  knowsPart: knowsTownsOnly,
  // The nearest place is the answer to a point, however coarse, so no answer is poor.
  isPoor: () => false,
  isCoarse: (_request, { matches: [best] }) => best === undefined || isCoarse(best),
  better: (_request, first, second) => mergeAnswers(first, second),
  endpoint: geocodingEndpoint,
  auditRequest: ({ coordinates, language }) => ({
    latitude: coordinates.latitude,
    longitude: coordinates.longitude,
    language,
  }),
  auditResponse: matchesForAudit,
  auditOutline: matchesOutline,
  ask: async (provider, access, request) =>
    geocoders[provider]?.reverse(access, request) ??
    left({ kind: 'not-supported', message: `${provider} does not reverse geocode` }),
});
