import * as t from 'io-ts';
import type { Coordinates } from '../../../domain/provider/coordinates.ts';
import type { ProviderAccess } from '../../../domain/provider/provider-access.ts';
import type { ProviderError } from '../../../domain/provider/provider-error.ts';
import type { RouteAnswer, RouteRequest } from '../../../domain/provider/router.ts';
import { isLeft, left, right, type Either } from '../../../domain/shared/fp.ts';
import type { JsonObject } from '../../../domain/shared/json.ts';
import { jsonOrFailure, notUnderstood, statusFailure, type HttpAnswer } from '../http-answer.ts';
import { GOOGLE_ATTRIBUTION } from './google-geocode.ts';
import { googleRpcFailure, rpcCodeFailure } from './google-rpc-error.ts';

/** Without `status`, a failed element would look like a good one. */
export const ROUTE_FIELDS =
  'originIndex,destinationIndex,status,condition,distanceMeters,duration,fallbackInfo';

export const routeMatrixBody = ({ origin, destination, mode }: RouteRequest): JsonObject => ({
  origins: [waypoint(origin)],
  destinations: [waypoint(destination)],
  // A routing preference is refused for anything but driving.
  ...(mode === 'driving'
    ? { travelMode: 'DRIVE', routingPreference: 'TRAFFIC_UNAWARE' }
    : { travelMode: 'WALK' }),
  units: 'METRIC',
});

const waypoint = ({ latitude, longitude }: Coordinates): JsonObject => ({
  waypoint: { location: { latLng: { latitude, longitude } } },
});

const orNull = <A extends t.Mixed>(type: A) => t.union([type, t.null]);

/** proto3 leaves out zeros, or may write null for them: both indexes, the distance and an empty status. */
const routeElement = t.partial({
  originIndex: orNull(t.number),
  destinationIndex: orNull(t.number),
  status: orNull(t.partial({ code: orNull(t.number) })),
  condition: orNull(t.string),
  distanceMeters: orNull(t.number),
  duration: orNull(t.string),
  fallbackInfo: orNull(t.UnknownRecord),
});
type RouteElement = t.TypeOf<typeof routeElement>;
const routeMatrix = t.array(routeElement);

/** The result for origin 0 and destination 0, wherever it is in the array. */
export const googleRoute = (
  answer: HttpAnswer,
  access: ProviderAccess,
): Either<ProviderError, RouteAnswer> => {
  const json = jsonOrFailure(answer);
  if (isLeft(json)) return json;
  const failure = googleRpcFailure(json.right, answer, access) ?? statusFailure(answer);
  if (failure !== undefined) return left(failure);
  const matrix = routeMatrix.decode(json.right);
  if (isLeft(matrix)) return left(notUnderstood('not a matrix of routes'));
  const element = matrix.right.find(
    ({ originIndex, destinationIndex }) => (originIndex ?? 0) === 0 && (destinationIndex ?? 0) === 0,
  );
  return element === undefined ? left(notUnderstood('the pair that was asked is missing')) : routeOf(element);
};

const routeOf = (element: RouteElement): Either<ProviderError, RouteAnswer> => {
  const code = element.status?.code ?? 0;
  if (code !== 0) return left(rpcCodeFailure(code));
  if (element.condition === 'ROUTE_NOT_FOUND')
    return right({ found: false, attribution: GOOGLE_ATTRIBUTION });
  if (element.condition !== 'ROUTE_EXISTS') return left(notUnderstood('a route of unknown condition'));
  const distanceMetres = element.distanceMeters ?? 0;
  const durationSeconds = secondsOf(element.duration, distanceMetres);
  if (!Number.isFinite(distanceMetres) || distanceMetres < 0 || durationSeconds === undefined)
    return left(notUnderstood('a route without a sensible distance and duration'));
  return right({
    found: true,
    distanceMetres,
    durationSeconds,
    degraded: (element.fallbackInfo ?? undefined) !== undefined,
    attribution: GOOGLE_ATTRIBUTION,
  });
};

/**
 * `"160s"` or `"160.5s"`, of at most twelve digits (google.protobuf.Duration). A missing duration is zero only if the
 * distance is.
 */
const secondsOf = (duration: string | null | undefined, metres: number): number | undefined => {
  if (duration === undefined || duration === null) return metres === 0 ? 0 : undefined;
  const seconds = /^(\d{1,12}(?:\.\d+)?)s$/.exec(duration)?.[1];
  return seconds === undefined ? undefined : Math.round(Number(seconds));
};
