import { pointIn } from '../../../domain/address/point-text.ts';
import type { Geocoder } from '../../../domain/provider/geocoder.ts';
import { hasHouseNumber } from '../../../domain/provider/house-number.ts';
import type { ProviderAccess } from '../../../domain/provider/provider-access.ts';
import type { Router, RouteRequest } from '../../../domain/provider/router.ts';
import { isLeft } from '../../../domain/shared/fp.ts';
import { withStatus } from '../http-answer.ts';
import { latitudeFirst, longitudeFirst } from '../plain-degrees.ts';
import type { ProviderHttp } from '../provider-http.ts';
import { configuredUrl, withoutSlash } from '../provider-text.ts';
import { yandexRoute } from './yandex-distance.ts';
import { yandexMatches, yandexReachable } from './yandex-geocode.ts';

const DEFAULT_BASE_URL = 'https://geocode-maps.yandex.ru/v1';
const DEFAULT_DISTANCE_URL = 'https://api.routing.yandex.net/v2';
const REVERSE_LIMIT = 10;
const MOST_RESULTS = 50;

/** Yandex Geocoder v1 (`longitude,latitude`) and Distance Matrix v2 (`latitude,longitude`): the orders differ. */
export const yandexMaps = ({ http }: { readonly http: ProviderHttp }): Geocoder & Router => {
  const ask = async (access: ProviderAccess, question: Question) => {
    const answer = await http.send(access, {
      method: 'GET',
      url: geocodeUrl(access),
      query: geocodeQuery(access, question),
    });
    return isLeft(answer) ? answer : withStatus(answer.right)(yandexMatches(answer.right, access, question));
  };

  return {
    geocode: (access, { address, language, limit }) =>
      ask(access, {
        geocode: unswapped(address),
        language,
        limit: Math.min(limit, MOST_RESULTS),
        queryHasHouse: hasHouseNumber(address),
      }),

    reverse: (access, { coordinates, language }) =>
      ask(access, {
        geocode: longitudeFirst(coordinates),
        language,
        limit: REVERSE_LIMIT,
        queryHasHouse: false,
      }),

    route: async (access, request) => {
      const base = configuredUrl(access.config, 'distance_base_url', DEFAULT_DISTANCE_URL);
      const answer = await http.send(access, {
        method: 'GET',
        url: `${base}/distancematrix`,
        query: distanceQuery(access, request),
      });
      return isLeft(answer) ? answer : withStatus(answer.right)(yandexRoute(answer.right, access));
    },

    probe: async (access) => {
      const query = { format: 'json' };
      const answer = await http.send(access, { method: 'GET', url: geocodeUrl(access), query });
      return isLeft(answer) ? answer : yandexReachable(answer.right, access);
    },
    // Without a key it counts against nobody's quota.
    probeIsFree: true,
  };
};

type Question = {
  /** An address, or a point with longitude first: the text itself decides the direction. */
  readonly geocode: string;
  readonly language: string;
  readonly limit: number;
  readonly queryHasHouse: boolean;
};

const geocodeQuery = ({ apiKey }: ProviderAccess, { geocode, language, limit }: Question) => ({
  apikey: apiKey,
  geocode,
  lang: locale(language),
  format: 'json',
  results: String(limit),
});

const distanceQuery = ({ apiKey }: ProviderAccess, { origin, destination, mode }: RouteRequest) => ({
  apikey: apiKey,
  origins: latitudeFirst(origin),
  destinations: latitudeFirst(destination),
  mode,
});

const geocodeUrl = (access: ProviderAccess): string => `${withoutSlash(access.baseUrl ?? DEFAULT_BASE_URL)}/`;

/** Yandex has no Uzbek; its Russian names are those known there. With an underscore, since `ru-RU` is refused. */
const LOCALES: { readonly [language: string]: string } = {
  ru: 'ru_RU',
  uz: 'ru_RU',
  en: 'en_RU',
  uk: 'uk_UA',
  be: 'be_BY',
  tr: 'tr_TR',
};
const locale = (language: string): string => LOCALES[language.toLowerCase().split(/[-_]/, 1)[0]!] ?? 'en_RU';

/** Yandex takes a bare pair of numbers for longitude and latitude. */
const unswapped = (address: string): string => {
  const point = pointIn(address);
  return point === undefined ? address : longitudeFirst(point);
};
