import * as t from 'io-ts';
import { coordinates, type Coordinates } from '../../../domain/provider/coordinates.ts';
import type { AddressComponents, Bounds, GeocodeMatch } from '../../../domain/provider/geocoder.ts';
import { yandexQuality } from '../../../domain/provider/quality-score.ts';
import { isLeft } from '../../../domain/shared/fp.ts';
import { isoCode, named, placeIdOf, placeText } from '../address-parts.ts';
import { listIn, objectIn, textIn } from '../loose-fields.ts';

const component = t.type({ kind: t.string, name: t.string });
/**
 * Only required fields, checked with `is`, since nobody reads an error report. `AddressDetails` (xAL) is old, deeply
 * nested, and not guaranteed to stay.
 */
const geoObject = t.type({
  GeoObject: t.intersection([
    t.type({
      metaDataProperty: t.type({ GeocoderMetaData: t.UnknownRecord }),
      Point: t.type({ pos: t.string }),
    }),
    t.partial({ name: t.unknown, boundedBy: t.unknown, uri: t.unknown }),
  ]),
});
const envelope = t.type({ Envelope: t.type({ lowerCorner: t.string, upperCorner: t.string }) });

/** One `featureMember`; undefined if it is not a place on Earth in the documented shape. */
export const yandexPlace = (member: unknown, queryHasHouse: boolean): GeocodeMatch | undefined => {
  if (!geoObject.is(member)) return undefined;
  const { metaDataProperty, Point, boundedBy, uri, name } = member.GeoObject;
  const meta = metaDataProperty.GeocoderMetaData;
  const [kind, precision] = [textIn(meta['kind']), textIn(meta['precision'])];
  const address = objectIn(meta['Address']);
  const where = pointOf(Point.pos);
  const formattedAddress = textIn(meta['text']) ?? textIn(address['formatted']) ?? textIn(name);
  if (where === undefined || formattedAddress === undefined) return undefined;
  const quality = yandexQuality({ kind, precision }, queryHasHouse);
  const bounds = boundsOf(boundedBy);
  const placeId = placeIdOf(textIn(uri));
  return {
    formattedAddress: placeText(formattedAddress),
    coordinates: where,
    precision: quality.precision,
    confidence: quality.score,
    partialMatch: OTHER_HOUSE.has(precision ?? '') || (queryHasHouse && quality.precision !== 'house'),
    components: componentsOf(address),
    ...(bounds === undefined ? {} : { bounds }),
    ...(placeId === undefined ? {} : { placeId }),
  };
};

/** Another house than requested: a neighbouring one, or one with another letter. */
const OTHER_HOUSE = new Set(['number', 'near']);

const PAIR = /^\s*(-?\d+(?:\.\d+)?)\s+(-?\d+(?:\.\d+)?)\s*$/;

/** "longitude latitude", the only order in this API. */
const pointOf = (text: string): Coordinates | undefined => {
  const pair = PAIR.exec(text);
  if (pair === null) return undefined;
  const point = coordinates(Number(pair[2]), onThisTurn(Number(pair[1])));
  return isLeft(point) ? undefined : point.right;
};

/** Areas may extend beyond the 180th meridian: the box of Russia ends at 191.128003. */
const onThisTurn = (longitude: number): number =>
  Math.abs(longitude) > 180 ? Number((longitude - Math.sign(longitude) * 360).toFixed(6)) : longitude;

const boundsOf = (value: unknown): Bounds | undefined => {
  if (!envelope.is(value)) return undefined;
  const southWest = pointOf(value.Envelope.lowerCorner);
  const northEast = pointOf(value.Envelope.upperCorner);
  return southWest === undefined || northEast === undefined ? undefined : { southWest, northEast };
};

/** Kinds repeat, coarse ones first: `province` is the federal district, then the region. */
const componentsOf = (address: Readonly<Record<string, unknown>>): AddressComponents => {
  const components = listIn(address['Components'], component.is);
  const last = (kind: string): string | undefined =>
    components.findLast((candidate) => candidate.kind === kind)?.name;
  return named({
    country: last('country'),
    countryCode: isoCode(textIn(address['country_code'])),
    region: last('province'),
    city: last('locality'),
    district: last('district') ?? last('area'),
    street: last('street'),
    house: last('house'),
    postalCode: textIn(address['postal_code']),
  });
};
