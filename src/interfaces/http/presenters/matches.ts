import * as t from 'io-ts';
import { precisions, type GeocodeMatch, type GeocodeMatches } from '../../../domain/provider/geocoder.ts';
import { component, noted, nullable } from '../codecs/codec.ts';
import { answerObject } from '../codecs/object-codec.ts';
import { numberBetween, oneOf } from '../codecs/values.ts';
import { textOrNull } from './times-and-money.ts';

const pointAnswer = component(
  'Point',
  answerObject({ latitude: numberBetween(-90, 90), longitude: numberBetween(-180, 180) }, {}),
);

const componentsAnswer = component(
  'AddressComponents',
  answerObject(
    {
      country: textOrNull,
      country_code: textOrNull,
      region: textOrNull,
      city: textOrNull,
      district: textOrNull,
      street: textOrNull,
      house: textOrNull,
      postal_code: textOrNull,
    },
    {},
  ),
);

export const matchAnswer = component(
  'Match',
  answerObject(
    {
      formatted_address: t.string,
      latitude: numberBetween(-90, 90),
      longitude: numberBetween(-180, 180),
      precision: oneOf(precisions),
      confidence: noted({ description: 'Comparable between providers.' }, numberBetween(0, 1)),
      partial_match: t.boolean,
      components: componentsAnswer,
      bounds: nullable(answerObject({ south_west: pointAnswer, north_east: pointAnswer }, {})),
      place_id: noted({ description: "The provider's own id of the place." }, textOrNull),
    },
    {},
  ),
);
export const matchesAnswer = answerObject({ matches: t.readonlyArray(matchAnswer) }, {});

export const matchOf = (match: GeocodeMatch): t.TypeOf<typeof matchAnswer> => {
  const { coordinates, components, bounds } = match;
  return {
    formatted_address: match.formattedAddress,
    latitude: coordinates.latitude,
    longitude: coordinates.longitude,
    precision: match.precision,
    confidence: match.confidence,
    partial_match: match.partialMatch,
    components: {
      country: components.country ?? null,
      country_code: components.countryCode ?? null,
      region: components.region ?? null,
      city: components.city ?? null,
      district: components.district ?? null,
      street: components.street ?? null,
      house: components.house ?? null,
      postal_code: components.postalCode ?? null,
    },
    bounds: bounds === undefined ? null : { south_west: bounds.southWest, north_east: bounds.northEast },
    place_id: match.placeId ?? null,
  };
};

/** Best first; empty when no such place is known. */
export const matchesOf = ({ matches }: GeocodeMatches): t.TypeOf<typeof matchesAnswer> => ({
  matches: matches.map(matchOf),
});
