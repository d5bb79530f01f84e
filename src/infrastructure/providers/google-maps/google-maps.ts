import { pointIn } from '../../../domain/address/point-text.ts';
import type { Geocoder, GeocodeRequest, ReverseRequest } from '../../../domain/provider/geocoder.ts';
import type { ProviderAccess } from '../../../domain/provider/provider-access.ts';
import type { Router } from '../../../domain/provider/router.ts';
import { isLeft } from '../../../domain/shared/fp.ts';
import { withStatus } from '../http-answer.ts';
import { latitudeFirst } from '../plain-degrees.ts';
import type { ProviderHttp } from '../provider-http.ts';
import { configuredUrl, withoutSlash } from '../provider-text.ts';
import { googleMatches, googleReachable, isNoPlusCode, type Wanted } from './google-geocode.ts';
import { googleRoute, ROUTE_FIELDS, routeMatrixBody } from './google-routes.ts';

const DEFAULT_BASE_URL = 'https://maps.googleapis.com/maps/api';
const DEFAULT_ROUTES_URL = 'https://routes.googleapis.com';
/** Google returns a handful at most; a reverse answer climbs from the house to the country. */
const REVERSE_LIMIT = 10;

/** Google Maps: Geocoding API v3 (v4 has no `partial_match`) and Routes API. */
export const googleMaps = ({ http }: { readonly http: ProviderHttp }): Geocoder & Router => {
  const ask = async (access: ProviderAccess, query: Record<string, string | undefined>, wanted: Wanted) => {
    const answer = await http.send(access, {
      method: 'GET',
      url: geocodeUrl(access),
      query: { ...query, key: access.apiKey },
    });
    return isLeft(answer) ? answer : withStatus(answer.right)(googleMatches(answer.right, access, wanted));
  };

  return {
    geocode: (access, request: GeocodeRequest) =>
      ask(
        access,
        // Without `language` the Accept-Language header decides.
        { address: request.address, language: request.language, region: ccTld(request.region) },
        // A point instead of an address is answered as in reverse geocoding.
        { limit: request.limit, ...(pointIn(request.address) && { isWanted: isNoPlusCode }) },
      ),

    reverse: (access, request: ReverseRequest) =>
      ask(
        access,
        { latlng: latitudeFirst(request.coordinates), language: request.language },
        { limit: REVERSE_LIMIT, isWanted: isNoPlusCode },
      ),

    route: async (access, request) => {
      const base = configuredUrl(access.config, 'routes_base_url', DEFAULT_ROUTES_URL);
      const answer = await http.send(access, {
        method: 'POST',
        url: `${base}/distanceMatrix/v2:computeRouteMatrix`,
        headers: {
          'X-Goog-FieldMask': ROUTE_FIELDS,
          ...(access.apiKey === undefined ? {} : { 'X-Goog-Api-Key': access.apiKey }),
        },
        json: routeMatrixBody(request),
      });
      return isLeft(answer) ? answer : withStatus(answer.right)(googleRoute(answer.right, access));
    },

    probe: async (access) => {
      const answer = await http.send(access, { method: 'GET', url: geocodeUrl(access) });
      return isLeft(answer) ? answer : googleReachable(answer.right);
    },
    // Neither key nor address is sent, so nothing is counted or billed.
    probeIsFree: true,
  };
};

const geocodeUrl = (access: ProviderAccess): string =>
  `${withoutSlash(access.baseUrl ?? DEFAULT_BASE_URL)}/geocode/json`;

/** `region` is a country-code top-level domain, which differs from ISO 3166 for Great Britain. */
const ccTld = (region: string | undefined): string | undefined =>
  region === 'GB' ? 'uk' : region?.toLowerCase();
