import { buildingAddress } from '../../../domain/address/building-address.ts';
import { ADDRESS_RULES, canonicalAddress } from '../../../domain/address/canonical-address.ts';
import { serviceTag } from '../../../domain/cache/invalidation.ts';
import { plainAddress } from '../../../domain/address/plain-address.ts';
import {
  matchesToAskFor,
  type GeocodeMatches,
  type Geocoder,
  type GeocodeRequest,
} from '../../../domain/provider/geocoder.ts';
import { hasHouseNumber } from '../../../domain/provider/house-number.ts';
import {
  houseFirst,
  isPoorMatch,
  isTownAlone,
  knowsTownsOnly,
  mergeAnswers,
  type AsksForHouse,
} from '../../../domain/provider/quality.ts';
import { left, map } from '../../../domain/shared/fp.ts';
import { remembering } from '../../../domain/shared/remembering.ts';
import { answerLives, type OperationLives } from './answer-lives.ts';
import { matchesForAudit, matchesOutline } from './audit-bodies.ts';
import { decodeMatches } from './cached-values.ts';
import { geocodingEndpoint } from './endpoints.ts';
import type { Operation } from '../operation.ts';

export type Geocoders = { readonly [provider: string]: Geocoder | undefined };

/**
 * Memoised, because normalising an address takes a tenth of the time of a cached call, and services ask for the same
 * addresses again and again.
 */
const canonical = remembering(canonicalAddress, 2_000);
/** The address as it is sent to providers. Memoised, because both are needed several times in a call. */
const buildingOf = remembering((address) => buildingAddress(plainAddress(address)), 200);
const namesHouse = remembering(hasHouseNumber, 200);
const houseIn =
  ({ address }: GeocodeRequest): AsksForHouse =>
  () =>
    namesHouse(address);

const cacheFields = ({ address, language, region, limit }: GeocodeRequest): readonly string[] => [
  ADDRESS_RULES,
  // The address consists only of a part like "офис 5": there is no building that could be shared, so it is used as
  // it is.
  canonical(address) || address,
  language,
  region ?? '',
  String(matchesToAskFor(limit)),
];

/**
 * Address to places. The cache key uses the normalised address, so different spellings of one place share an answer.
 */
export const geocodeOperation = (
  geocoders: Geocoders,
  lives: OperationLives,
): Operation<GeocodeRequest, GeocodeMatches> => ({
  name: 'geocode',
  serviceType: 'geocoding',
  address: 'base',
  cacheFields,
  tags: ({ serviceName }) => [serviceTag(serviceName)],
  lives: (service, { matches }, provisional) =>
    answerLives(lives, 'geocode', service, provisional || matches.length === 0),
  decodeCached: decodeMatches,
  retrySafe: true,
  isNoMatch: ({ matches }) => matches.length === 0,
  knowsPart: knowsTownsOnly,
  isPoor: (request, answer) => isPoorMatch(answer, houseIn(request)),
  isCoarse: (request, answer) => isPoorMatch(answer, houseIn(request)) || isTownAlone(answer),
  better: ({ limit }, first, second) => {
    const { answer, ...which } = mergeAnswers(first, second);
    return { answer: { ...answer, matches: answer.matches.slice(0, matchesToAskFor(limit)) }, ...which };
  },
  endpoint: geocodingEndpoint,
  auditRequest: ({ address, language, region, limit }) => ({
    address,
    language,
    ...(region !== undefined && { region }),
    limit,
  }),
  auditResponse: matchesForAudit,
  auditOutline: matchesOutline,
  ask: async (provider, access, request) => {
    const geocoder = geocoders[provider];
    if (geocoder === undefined)
      return left({ kind: 'not-supported', message: `${provider} does not geocode` });
    const asked = {
      address: buildingOf(request.address),
      limit: matchesToAskFor(request.limit),
    };
    const answer = await geocoder.geocode(access, { ...request, ...asked });
    return map((matches: GeocodeMatches) => houseFirst(matches, houseIn(request)))(answer);
  },
});
