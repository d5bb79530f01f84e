import * as t from 'io-ts';
import { precisions, type GeocodeMatch, type GeocodeMatches } from '../../../domain/provider/geocoder.ts';
import { component, described, nullable } from '../codecs/codec.ts';
import { answerObject } from '../codecs/object-codec.ts';
import { numberBetween, oneOf } from '../codecs/values.ts';
import { textOrNull } from './times-and-money.ts';

export const latitude = numberBetween(-90, 90, { description: 'WGS 84 decimal degrees.' });
export const longitude = numberBetween(-180, 180, { description: 'WGS 84 decimal degrees.' });

const pointAnswer = component('Point', answerObject({ latitude, longitude }, {}));

const componentsAnswer = component(
  'AddressComponents',
  answerObject(
    {
      country: described('Name of the country; null when not known.', textOrNull),
      country_code: described('ISO 3166-1 alpha-2, upper case; null when not known.', textOrNull),
      region: described('State, province or oblast; null when not known.', textOrNull),
      city: described('City, town or village; null when not known.', textOrNull),
      district: described('Part of the city; null when not known.', textOrNull),
      street: described('Street; null when not known.', textOrNull),
      house: described('House number, including the building; null when not known.', textOrNull),
      postal_code: described('Postal code; null when not known.', textOrNull),
    },
    {},
  ),
);

export const matchAnswer = component(
  'Match',
  answerObject(
    {
      formatted_address: described('The whole address, as formatted by the provider.', t.string),
      latitude,
      longitude,
      precision: described(
        'How precise the match is; the values are ordered from finest to coarsest.',
        oneOf(precisions),
      ),
      confidence: described('0 to 1, comparable between providers.', numberBetween(0, 1)),
      partial_match: described(
        'The place matches only a part of the request, such as the street without the house.',
        t.boolean,
      ),
      components: described('The address in its parts.', componentsAnswer),
      bounds: described(
        'Bounding box of the place; null if the provider returns none.',
        nullable(
          answerObject(
            {
              south_west: described('The corner with the smallest coordinates.', pointAnswer),
              north_east: described('The opposite corner.', pointAnswer),
            },
            {},
          ),
        ),
      ),
      place_id: described("The provider's own id of the place; null if it has none.", textOrNull),
    },
    {},
  ),
);
export const matchesAnswer = answerObject(
  { matches: described('Best first; empty if no such place is known.', t.readonlyArray(matchAnswer)) },
  {},
);

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
