import { parseAddress } from './address-text.ts';
import type { Fixtures } from './fixtures.ts';
import type { Point } from './places.ts';

/** Houses whose exact points are in the geocoding fixtures, by normalised address. */
export const knownHouses = (fixtures: Fixtures): ReadonlyMap<string, Point> => {
  const known = new Map<string, Point>();
  const add = (address: string | undefined, point: Point | undefined): void => {
    const parsed = address === undefined ? undefined : parseAddress(address);
    if (parsed && point && parsed.house !== '' && !known.has(parsed.key)) known.set(parsed.key, point);
  };
  for (const { request, response } of fixtures.googleGeocoding.cases) {
    add(request.query?.['address'], exactGooglePoint(response.body));
  }
  for (const { request, response } of fixtures.yandexGeocoder.cases) {
    add(request.query?.['geocode'], exactYandexPoint(response.body));
  }
  return known;
};

type GoogleBody = {
  readonly results?: readonly {
    readonly partial_match?: boolean;
    readonly geometry: { readonly location: Point; readonly location_type: string };
  }[];
};
const exactGooglePoint = (body: unknown): Point | undefined => {
  const first = (body as GoogleBody | undefined)?.results?.[0];
  const exact = first?.geometry.location_type === 'ROOFTOP' && first.partial_match !== true;
  return exact ? first.geometry.location : undefined;
};

type YandexBody = {
  readonly response?: {
    readonly GeoObjectCollection: {
      readonly featureMember: readonly {
        readonly GeoObject: {
          readonly metaDataProperty: { readonly GeocoderMetaData: { readonly precision: string } };
          readonly Point: { readonly pos: string };
        };
      }[];
    };
  };
};
const exactYandexPoint = (body: unknown): Point | undefined => {
  const first = (body as YandexBody | undefined)?.response?.GeoObjectCollection.featureMember[0]?.GeoObject;
  if (first?.metaDataProperty.GeocoderMetaData.precision !== 'exact') return undefined;
  const [lng, lat] = first.Point.pos.split(' ').map(Number);
  return lat === undefined || lng === undefined ? undefined : { lat, lng };
};
