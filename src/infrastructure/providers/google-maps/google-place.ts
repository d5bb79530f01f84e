import * as t from 'io-ts';
import { coordinates } from '../../../domain/provider/coordinates.ts';
import type { AddressComponents, Bounds, GeocodeMatch } from '../../../domain/provider/geocoder.ts';
import { googleQuality } from '../../../domain/provider/quality-score.ts';
import { isLeft, isRight } from '../../../domain/shared/fp.ts';
import { isoCode, named, placeIdOf, placeText } from '../address-parts.ts';
import { isText, listIn, textIn } from '../loose-fields.ts';

const point = t.type({ lat: t.number, lng: t.number });
const viewport = t.type({ northeast: point, southwest: point });
const component = t.intersection([
  t.type({ long_name: t.string, types: t.array(t.string) }),
  t.partial({ short_name: t.unknown }),
]);
/**
 * Only the fields that we read; Google adds others freely. Checked with `is`, which builds no error report: that would
 * be a tenth of all memory a call allocates, and nobody reads it.
 */
const googleResult = t.intersection([
  t.type({
    formatted_address: t.string,
    geometry: t.intersection([
      t.type({ location: point }),
      t.partial({ location_type: t.unknown, viewport: t.unknown, bounds: t.unknown }),
    ]),
  }),
  t.partial({
    address_components: t.unknown,
    partial_match: t.unknown,
    place_id: t.unknown,
    types: t.unknown,
  }),
]);
type Component = t.TypeOf<typeof component>;

/** One entry of `results`; undefined if it is not a place on Earth in the documented shape. */
export const googlePlace = (entry: unknown): GeocodeMatch | undefined => {
  if (!googleResult.is(entry)) return undefined;
  const { geometry, formatted_address } = entry;
  const where = coordinates(geometry.location.lat, geometry.location.lng);
  if (isLeft(where)) return undefined;
  const partialMatch = entry.partial_match === true;
  const quality = googleQuality({
    partialMatch,
    locationType: textIn(geometry.location_type),
    types: listIn(entry.types, isText),
  });
  const bounds = boundsOf(geometry.bounds) ?? boundsOf(geometry.viewport);
  const placeId = placeIdOf(textIn(entry.place_id));
  return {
    formattedAddress: placeText(formatted_address),
    coordinates: where.right,
    precision: quality.precision,
    confidence: quality.score,
    partialMatch,
    components: componentsOf(listIn(entry.address_components, component.is)),
    ...(bounds === undefined ? {} : { bounds }),
    ...(placeId === undefined ? {} : { placeId }),
  };
};

const boundsOf = (value: unknown): Bounds | undefined => {
  if (!viewport.is(value)) return undefined;
  const { northeast, southwest } = value;
  const northEast = coordinates(northeast.lat, northeast.lng);
  const southWest = coordinates(southwest.lat, southwest.lng);
  return isRight(northEast) && isRight(southWest)
    ? { southWest: southWest.right, northEast: northEast.right }
    : undefined;
};

/** Finest first: British towns are `postal_town`, and some villages only an `administrative_area_level_3`. */
const CITY = ['locality', 'postal_town', 'administrative_area_level_3'];
const DISTRICT = ['sublocality_level_1', 'sublocality', 'neighborhood', 'administrative_area_level_2'];

const componentsOf = (components: readonly Component[]): AddressComponents => {
  const first = (...types: readonly string[]): Component | undefined => {
    for (const type of types) {
      const found = components.find((candidate) => candidate.types.includes(type));
      if (found !== undefined) return found;
    }
    return undefined;
  };
  const country = first('country');
  return named({
    country: country?.long_name,
    countryCode: isoCode(textIn(country?.short_name)),
    region: first('administrative_area_level_1')?.long_name,
    city: first(...CITY)?.long_name,
    district: first(...DISTRICT)?.long_name,
    street: first('route')?.long_name,
    house: first('street_number', 'premise')?.long_name,
    postalCode: first('postal_code')?.long_name,
  });
};
