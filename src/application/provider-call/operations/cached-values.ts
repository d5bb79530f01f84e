import * as t from 'io-ts';
import { precisions, type GeocodeMatches } from '../../../domain/provider/geocoder.ts';
import type { RouteAnswer } from '../../../domain/provider/router.ts';
import { left, right, type Either } from '../../../domain/shared/fp.ts';

/**
 * Decoders for what lies in the cache: foreign data, since another version or another hand may have
 * written it. Typed against the domain, so drift does not compile; extra fields are let through.
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
 * By `is`, which builds no report: one that fails is a miss. JSON has no undefined, so io-ts's optional fields and the
 * domain's agree here, `T | undefined` and `T` or absent.
 */
export const decodeMatches = (value: unknown): Either<unknown, GeocodeMatches> =>
  matches.is(value) ? right(value as GeocodeMatches) : left(value);
export const decodeRoute = (value: unknown): Either<unknown, RouteAnswer> =>
  route.is(value) ? right(value) : left(value);
