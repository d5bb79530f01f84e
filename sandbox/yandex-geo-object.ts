import { countries, type Names } from './countries.ts';
import { idOf, roundDegrees } from './hash.ts';
import type { Point } from './places.ts';
import { placeKey, type Found } from './resolve.ts';

export type GeoObject = {
  readonly metaDataProperty: {
    readonly GeocoderMetaData: {
      readonly precision: string;
      readonly text: string;
      readonly kind: string;
      readonly Address: Readonly<Record<string, unknown>>;
      readonly AddressDetails: Readonly<Record<string, unknown>>;
    };
  };
  readonly name: string;
  readonly description: string;
  readonly boundedBy: { readonly Envelope: { readonly lowerCorner: string; readonly upperCorner: string } };
  readonly uri: string;
  readonly Point: { readonly pos: string };
};

type Language = keyof Names;

/** Half the envelope of a house in degrees of longitude, as in recorded answers; latitude is narrower by its cosine. */
const halfEnvelope = { house: 0.004105, street: 0.012, city: 0.25 };

const kinds = {
  house: { kind: 'house', precision: 'exact' },
  street: { kind: 'street', precision: 'street' },
  city: { kind: 'locality', precision: 'other' },
};

/** Longitude first, then one space: the format of everything this service prints. */
export const pos = ({ lat, lng }: Point): string => `${roundDegrees(lng)} ${roundDegrees(lat)}`;

const envelope = ({ lat, lng }: Point, half: number): GeoObject['boundedBy'] => {
  const narrow = half * Math.cos((lat * Math.PI) / 180);
  return {
    Envelope: {
      lowerCorner: pos({ lat: lat - narrow, lng: lng - half }),
      upperCorner: pos({ lat: lat + narrow, lng: lng + half }),
    },
  };
};

type Texts = {
  country: string;
  provinces: string[];
  city: string;
  street?: string | undefined;
  house?: string | undefined;
};

const textsOf = ({ city, street, house }: Found, language: Language): Texts => ({
  country: countries[city.country].names[language],
  provinces: [city.federalDistrict, city.region].flatMap((names) => (names ? [names[language]] : [])),
  city: city.names[language],
  street: street?.[language],
  house,
});

const components = (texts: Texts): { kind: string; name: string }[] => [
  { kind: 'country', name: texts.country },
  ...texts.provinces.map((name) => ({ kind: 'province', name })),
  { kind: 'locality', name: texts.city },
  ...(texts.street === undefined ? [] : [{ kind: 'street', name: texts.street }]),
  ...(texts.house === undefined ? [] : [{ kind: 'house', name: texts.house }]),
];

/** The old xAL format, nested as deeply as the address is detailed. */
const addressDetails = (
  found: Found,
  texts: Texts,
  line: string,
): GeoObject['metaDataProperty']['GeocoderMetaData']['AddressDetails'] => {
  const premise = texts.house
    ? { Premise: { PremiseNumber: texts.house, PostalCode: { PostalCodeNumber: found.city.postalCode } } }
    : undefined;
  const thoroughfare = texts.street
    ? { Thoroughfare: { ThoroughfareName: texts.street, ...premise } }
    : undefined;
  return {
    Country: {
      AddressLine: line,
      CountryNameCode: found.city.country,
      CountryName: texts.country,
      AdministrativeArea: {
        AdministrativeAreaName: texts.provinces.at(-1),
        Locality: { LocalityName: texts.city, ...thoroughfare },
      },
    },
  };
};

export const geoObject = (found: Found, language: Language): GeoObject => {
  const texts = textsOf(found, language);
  const { kind, precision } = kinds[found.level];
  const own = [texts.street, texts.house].filter(Boolean).join(', ');
  const line = [texts.country, texts.city, own].filter(Boolean).join(', ');
  return {
    metaDataProperty: {
      GeocoderMetaData: {
        precision,
        text: line,
        kind,
        Address: {
          country_code: found.city.country,
          formatted: line,
          ...(texts.house ? { postal_code: found.city.postalCode } : {}),
          Components: components(texts),
        },
        AddressDetails: addressDetails(found, texts, line),
      },
    },
    name: own || texts.city,
    description: own ? `${texts.city}, ${texts.country}` : texts.country,
    boundedBy: envelope(found.point, halfEnvelope[found.level]),
    uri: `ymapsbm1://geo?data=SANDBOX-${idOf(placeKey(found), 12)}`,
    Point: { pos: pos(found.point) },
  };
};
