import * as t from 'io-ts';
import { precisions, type GeocodeMatches } from '../../../domain/provider/geocoder.ts';
import type { RouteAnswer } from '../../../domain/provider/router.ts';
import { left, right, type Either } from '../../../domain/shared/fp.ts';

/**
 * Decoders for cached answers. These are foreign data, since another version of this program may have written them.
 * Typed against the domain, so that drift does not compile; additional fields are allowed.
 */
const point = t.type({ latitude: t.number, longitude: t.number });

const precision = t.keyof(
  Object.fromEntries(precisions.map((p) => [p, null])) as { [P in (typeof precisions)[number]]: null },
);

const components = t.partial({
  country: t.string,
  countryCode: t.string,
  region: t.string,
  city: t.string,
  district: t.string,
  street: t.string,
  house: t.string,
  postalCode: t.string,
});

const match = t.intersection([
  t.type({
    formattedAddress: t.string,
    coordinates: point,
    precision,
    confidence: t.number,
    partialMatch: t.boolean,
    components,
  }),
  t.partial({ bounds: t.type({ southWest: point, northEast: point }), placeId: t.string }),
]);

const matches = t.type({ matches: t.array(match), attribution: t.string });

const route = t.union([
  t.type({
    found: t.literal(true),
    distanceMetres: t.number,
    durationSeconds: t.number,
    degraded: t.boolean,
    attribution: t.string,
  }),
  t.type({ found: t.literal(false), attribution: t.string }),
]);

/**
 * Uses `is` instead of `decode` because no error report is needed: a value that fails is a miss. JSON has no undefined,
 * so io-ts's `T | undefined` and the domain's optional fields agree here.
 */
export const decodeMatches = (value: unknown): Either<unknown, GeocodeMatches> =>
  matches.is(value) ? right(value as GeocodeMatches) : left(value);
export const decodeRoute = (value: unknown): Either<unknown, RouteAnswer> =>
  route.is(value) ? right(value) : left(value);
