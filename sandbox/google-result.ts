import { countries, type Names } from './countries.ts';
import { idOf, roundDegrees } from './hash.ts';
import type { Point } from './places.ts';
import { plusCode } from './plus-code.ts';
import { placeKey, type Found } from './resolve.ts';

export type Language = keyof Names;

type AddressComponent = { long_name: string; short_name: string; types: string[] };
type Box = { northeast: Point; southwest: Point };

export type GoogleResult = {
  address_components: AddressComponent[];
  formatted_address: string;
  geometry: { bounds?: Box; location: Point; location_type: string; viewport: Box };
  partial_match?: true;
  place_id: string;
  plus_code?: { compound_code: string; global_code: string };
  types: string[];
};

/** As in recorded answers: a point's viewport is the point and this much around it, in degrees. */
const pointViewport = 0.0013489802915;
const viewports = { house: pointViewport, street: 0.006, city: 0.25, country: 5 };

const boxAround = ({ lat, lng }: Point, degrees: number): Box => ({
  northeast: { lat: roundDegrees(lat + degrees), lng: roundDegrees(lng + degrees) },
  southwest: { lat: roundDegrees(lat - degrees), lng: roundDegrees(lng - degrees) },
});

const component = (long: string, types: string[], short = long): AddressComponent => ({
  long_name: long,
  short_name: short,
  types,
});

const countryComponent = ({ city }: Found, language: Language): AddressComponent =>
  component(countries[city.country].names[language], ['country', 'political'], city.country);

const componentsOf = (found: Found, language: Language): AddressComponent[] => {
  const { city, street, house } = found;
  const town = city.country === 'GB' ? ['postal_town'] : ['locality', 'political'];
  return [
    ...(house === undefined ? [] : [component(house, ['street_number'])]),
    ...(street ? [component(street[language], ['route'])] : []),
    component(city.names[language], town),
    component(city.region[language], ['administrative_area_level_1', 'political']),
    countryComponent(found, language),
    ...(house === undefined ? [] : [component(city.postalCode, ['postal_code'])]),
  ];
};

/** English puts the number first; Russian and Uzbek put it behind the street. */
const formatted = ({ city, street, house }: Found, language: Language): string => {
  const name = street?.[language];
  const line = language === 'en' ? [house, name].filter(Boolean).join(' ') : [name, house];
  return [line, city.names[language], countries[city.country].names[language], house && city.postalCode]
    .flat()
    .filter(Boolean)
    .join(', ');
};

export const plusCodeOf = (point: Point, found: Found): { compound_code: string; global_code: string } => {
  const code = plusCode(point);
  const { city } = found;
  return {
    compound_code: `${code.slice(4)} ${city.names.en}, ${countries[city.country].names.en}`,
    global_code: code,
  };
};

const kinds = {
  house: { type: 'ROOFTOP', types: ['street_address'] },
  street: { type: 'GEOMETRIC_CENTER', types: ['route'] },
  city: { type: 'APPROXIMATE', types: ['locality', 'political'] },
};

export const googleResult = (found: Found, language: Language): GoogleResult => {
  const { level, point } = found;
  const box = boxAround(point, viewports[level]);
  return {
    address_components: componentsOf(found, language),
    formatted_address: formatted(found, language),
    geometry: {
      ...(level === 'house' ? {} : { bounds: box }),
      location: point,
      location_type: kinds[level].type,
      viewport: box,
    },
    ...(found.partial ? { partial_match: true } : {}),
    place_id: `ChIJ${idOf(placeKey(found), 23)}`,
    ...(level === 'house' ? { plus_code: plusCodeOf(point, found) } : {}),
    types: kinds[level].types,
  };
};

/** The last and least specific result of a reverse look-up. */
export const googleCountry = (found: Found, language: Language): GoogleResult => {
  const box = boxAround(found.point, viewports.country);
  const country = countryComponent(found, language);
  return {
    address_components: [country],
    formatted_address: country.long_name,
    geometry: { bounds: box, location: found.point, location_type: 'APPROXIMATE', viewport: box },
    place_id: `ChIJ${idOf(`country|${found.city.country}`, 23)}`,
    types: country.types,
  };
};
