import { pointIn } from '../../../domain/address/point-text.ts';
import type {
  Geocoder,
  GeocodeMatch,
  GeocodeMatches,
  GeocodeRequest,
  ReverseRequest,
} from '../../../domain/provider/geocoder.ts';
import type { ProviderError } from '../../../domain/provider/provider-error.ts';
import { offlineQuality, type OfflineMatch } from '../../../domain/provider/quality-score.ts';
import type { Router } from '../../../domain/provider/router.ts';
import { left, right } from '../../../domain/shared/fp.ts';
import { named } from '../address-parts.ts';
import { loadPlaceIndex, type Country, type Named, type Place, type PlaceIndex } from './place-index.ts';
import { readPlaceQuery } from './place-query.ts';

const GEONAMES_ATTRIBUTION = 'Place data © GeoNames (geonames.org), CC BY 4.0';

type Deps = { readonly load?: () => Promise<PlaceIndex> };

/**
 * Offline and in process, with cities only, for an installation without a key: an approximate city, marked as such, is
 * better than nothing.
 */
export const gazetteer = ({ load = loadPlaceIndex }: Deps = {}): Geocoder & Router => {
  const index = readOnce(load);
  return {
    geocode: async ({ signal }, request) =>
      signal.aborted ? left(TIME_IS_OVER) : right(answer(matchesFor(await index(), request))),
    reverse: async ({ signal }, request) =>
      signal.aborted ? left(TIME_IS_OVER) : right(answer(matchesNear(await index(), request))),
    route: async () => left({ kind: 'not-supported', message: 'the offline gazetteer knows no roads' }),
    isRoadless: true,
    probe: async () => {
      await index();
      return right({ reachable: true });
    },
    probeIsFree: true,
  };
};

/** On first use; a failed read is tried again by the next call. */
const readOnce = (load: () => Promise<PlaceIndex>): (() => Promise<PlaceIndex>) => {
  let loading: Promise<PlaceIndex> | undefined;
  return () => {
    loading ??= load().catch((error: unknown) => {
      loading = undefined;
      throw error;
    });
    return loading;
  };
};

const matchesFor = (
  places: PlaceIndex,
  { address, language, region, limit }: GeocodeRequest,
): readonly GeocodeMatch[] => {
  const point = pointIn(address);
  if (point !== undefined) return matchesNear(places, { coordinates: point, language });
  const { places: found, country, asksForMore } = readPlaceQuery(address, places);
  const hint = country?.code ?? region;
  return bestFirst(found, hint)
    .slice(0, limit)
    .map((candidate) => matchOf(places, candidate.place, language, kindOf(candidate, hint), asksForMore));
};

/** A point says more than a name, but a city near it says less than its address. */
const matchesNear = (
  places: PlaceIndex,
  { coordinates, language }: ReverseRequest,
): readonly GeocodeMatch[] => {
  const place = places.nearest(coordinates);
  return place === undefined ? [] : [matchOf(places, place, language, 'alternate-name', false)];
};

const answer = (matches: readonly GeocodeMatch[]): GeocodeMatches => ({
  matches,
  attribution: GEONAMES_ATTRIBUTION,
});

const TIME_IS_OVER: ProviderError = {
  kind: 'provider-timeout',
  message: 'the time for the whole request was over before the gazetteer was asked',
};

const kindOf = ({ place, exact }: Named, hint: string | undefined): OfflineMatch =>
  !exact ? 'alternate-name' : place.countryCode === hint ? 'exact-name+country' : 'exact-name';

/** By score; the hint breaks ties between places of the same name, and within each group the largest stays first. */
const bestFirst = (found: readonly Named[], hint: string | undefined): readonly Named[] => {
  const rank = (candidate: Named): number => offlineQuality(kindOf(candidate, hint), false).score;
  const fits = ({ place }: Named): number => (place.countryCode === hint ? 1 : 0);
  return found.toSorted((a, b) => rank(b) - rank(a) || fits(b) - fits(a));
};

const inLanguage = (
  { name, nameRu, nameUz }: Pick<Place | Country, 'name' | 'nameRu' | 'nameUz'>,
  language: string,
): string =>
  language === 'ru' && nameRu !== '' ? nameRu : language === 'uz' && nameUz !== '' ? nameUz : name;

const matchOf = (
  places: PlaceIndex,
  place: Place,
  language: string,
  kind: OfflineMatch,
  partialMatch: boolean,
): GeocodeMatch => {
  const quality = offlineQuality(kind, partialMatch);
  const city = inLanguage(place, language);
  const country = places.country(place.countryCode);
  const countryName = country === undefined ? undefined : inLanguage(country, language);
  return {
    formattedAddress: countryName === undefined ? city : `${city}, ${countryName}`,
    coordinates: place.coordinates,
    precision: quality.precision,
    confidence: quality.score,
    partialMatch,
    components: named({
      country: countryName,
      countryCode: place.countryCode,
      city,
      region: undefined,
      district: undefined,
      street: undefined,
      house: undefined,
      postalCode: undefined,
    }),
    ...(place.id !== '' && { placeId: `geonames:${place.id}` }),
  };
};
