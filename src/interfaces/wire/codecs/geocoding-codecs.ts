import * as t from 'io-ts';
import { pointIn } from '../../../domain/address/point-text.ts';
import { travelModes } from '../../../domain/provider/router.ts';
import {
  MOST_MATCHES,
  USUAL_MATCHES,
  type GeocodeRequest,
  type ReverseRequest,
} from '../../../domain/provider/geocoder.ts';
import type { DistanceEnd } from '../../../application/queries/distance-end.ts';
import type { DistanceQuery } from '../../../application/queries/measure-distance.ts';
import { left, right } from '../../../domain/shared/fp.ts';
import { anyShape, codecOf, component, described, leaf, mapped, noted, type Codec } from './codec.ts';
import { strictObject } from './object-codec.ts';
import { integer, numberBetween, oneOf, plainText } from './values.ts';
import { isJsonObject } from '../../../domain/shared/json.ts';

const LONGEST_ADDRESS = 1000;
const DEFAULT_LANGUAGE = 'ru';
const MOST_ADDRESSES = 1000;

export const address = plainText({
  min: 1,
  max: LONGEST_ADDRESS,
  notes: {
    description: 'An address as people write it, in any script; surrounding white space is ignored.',
    examples: ['Ташкент, улица Амира Темура, 1'],
  },
});

/** Script and region subtags are accepted and ignored: providers answer by language only. */
const LANGUAGE = /^([A-Za-z]{2})(?:-[A-Za-z0-9]{2,8}){0,3}$/;
const language = leaf<string>(
  {
    type: 'string',
    pattern: LANGUAGE.source,
    default: DEFAULT_LANGUAGE,
    description: 'BCP 47 language of the answer.',
    examples: ['ru', 'uz', 'en-GB'],
  },
  (input) => {
    const primary = typeof input === 'string' ? LANGUAGE.exec(input)?.[1] : undefined;
    return primary === undefined
      ? left('a language tag with a primary language of two letters, such as "ru" or "ru-RU"')
      : right(primary.toLowerCase());
  },
);

const COUNTRY = /^[A-Za-z]{2}$/;
/** "UK", as Google spells its region, is reserved in ISO 3166-1 for the same country. */
const isoCountry = (code: string): string => (code === 'UK' ? 'GB' : code);
const region = leaf<string>(
  {
    type: 'string',
    pattern: COUNTRY.source,
    description: 'ISO 3166-1 alpha-2 country to prefer: a hint, not a filter.',
    examples: ['UZ'],
  },
  (input) =>
    typeof input === 'string' && COUNTRY.test(input)
      ? right(isoCountry(input.toUpperCase()))
      : left('a country code of two letters, such as "UZ"'),
);

const limit = integer(1, MOST_MATCHES, {
  default: USUAL_MATCHES,
  description: 'Maximum number of matches to return.',
});
const latitude = numberBetween(-90, 90, { description: 'WGS 84 decimal degrees.' });
const longitude = numberBetween(-180, 180, { description: 'WGS 84 decimal degrees.' });

type Hints = { readonly language?: string; readonly region?: string; readonly limit?: number };
const hints = { language, region, limit };

/** Fills in the defaults. */
export const geocodeRequestOf = (text: string, given: Hints): GeocodeRequest => ({
  address: text,
  language: given.language ?? DEFAULT_LANGUAGE,
  ...(given.region === undefined ? {} : { region: given.region }),
  limit: given.limit ?? USUAL_MATCHES,
});

export const geocodeBody: Codec<GeocodeRequest> = component(
  'GeocodeRequest',
  mapped(strictObject({ address }, hints), (body) => geocodeRequestOf(body.address, body)),
);

export const reverseBody: Codec<ReverseRequest> = component(
  'ReverseGeocodeRequest',
  mapped(strictObject({ latitude, longitude }, { language }), (body) => ({
    coordinates: { latitude: body.latitude, longitude: body.longitude },
    language: body.language ?? DEFAULT_LANGUAGE,
  })),
);

export type BatchRequest = { readonly addresses: readonly unknown[]; readonly hints: Hints };
/** Elements are checked one by one later, so that a bad one fails on its own. */
const addresses = codecOf<readonly unknown[]>(
  (input, context) =>
    Array.isArray(input) && input.length >= 1 && input.length <= MOST_ADDRESSES
      ? t.success(input)
      : t.failure(input, context, `a list of 1 to ${MOST_ADDRESSES} addresses`),
  (describe) => ({
    type: 'array',
    items: describe(address),
    minItems: 1,
    maxItems: MOST_ADDRESSES,
    description: 'Each address is answered independently: an invalid one fails alone.',
  }),
);
export const batchBody: Codec<BatchRequest> = component(
  'GeocodeBatchRequest',
  mapped(strictObject({ addresses }, hints), (body): BatchRequest => ({
    addresses: body.addresses,
    hints: body,
  })),
);

/** A pair of degrees is exact already: as an address it would be billed, and moved to the nearest house. */
const endAt = (text: string): DistanceEnd => {
  const point = pointIn(text);
  return point === undefined ? { address: text } : { coordinates: point };
};
const textEnd = mapped(address, endAt);
const addressEnd = mapped(strictObject({ address }, {}), (end) => endAt(end.address));
const pointEnd = mapped(strictObject({ latitude, longitude }, {}), (end): DistanceEnd => ({
  coordinates: end,
}));
const noEnd = leaf<DistanceEnd>({}, () => left('an address, or an object with address or coordinates'));
const end = component(
  'DistanceEnd',
  noted(
    {
      description:
        'An address, as text or as an object, or coordinates; in text form the latitude comes first.',
    },
    anyShape([textEnd, addressEnd, pointEnd], (input) => {
      if (typeof input === 'string') return textEnd;
      if (!isJsonObject(input)) return noEnd;
      return 'address' in input ? addressEnd : pointEnd;
    }),
  ),
);
const mode = oneOf([...travelModes, 'straight_line'], {
  default: 'straight_line',
  description:
    'How to measure. straight_line is the geodesic on WGS 84; a road distance never falls back to it.',
});
const ends = {
  origin: described('Start of the distance.', end),
  destination: described('End of the distance.', end),
};
export const distanceBody: Codec<DistanceQuery> = component(
  'DistanceRequest',
  mapped(strictObject(ends, { mode, language, region }), (body) => ({
    origin: body.origin,
    destination: body.destination,
    mode: body.mode ?? 'straight_line',
    language: body.language ?? DEFAULT_LANGUAGE,
    ...(body.region === undefined ? {} : { region: body.region }),
  })),
);
