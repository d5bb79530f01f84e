import type { ExternalServiceReader } from '../../domain/external-service/external-service-repository.ts';
import { planFor, type ProviderPlan } from '../../domain/external-service/plan-for.ts';
import type { GeocodeMatches, GeocodeRequest, Precision } from '../../domain/provider/geocoder.ts';
import type { RouteAnswer, RouteRequest, TravelMode } from '../../domain/provider/router.ts';
import type { Clock } from '../../domain/shared/clock.ts';
import { isLeft, left, right } from '../../domain/shared/fp.ts';
import type { Handler } from '../handler.ts';
import { roundedRoute } from '../provider-call/operations/distance-operation.ts';
import { jointAnswer, jointReport } from '../provider-call/joint-report.ts';
import type {
  Answered,
  Asked,
  CompletedCall,
  CompleteOperation,
  FailedCall,
  OperationRequest,
} from '../provider-call/complete-operation.ts';
import type { CallOptions } from '../provider-call/call-options.ts';
import type { CallReport } from '../provider-call/call-report.ts';
import {
  placed,
  reportsOf,
  type DistanceEnd,
  type DistancePoint,
  type NotPlaced,
  type Placed,
} from './distance-end.ts';
import type { StraightLineRequest } from '../provider-call/operations/straight-line-operation.ts';

/** `language` and `region` are those of a `GeocodeRequest`, for ends given as addresses. */
export type DistanceQuery = {
  readonly origin: DistanceEnd;
  readonly destination: DistanceEnd;
  readonly mode: TravelMode | 'straight_line';
  readonly language: string;
  readonly region?: string;
};

export type DistanceAnswer = {
  readonly mode: DistanceQuery['mode'];
  readonly origin: DistancePoint;
  readonly destination: DistancePoint;
  /** False: both points are known, but no road connects them. */
  readonly routeFound: boolean;
  readonly distanceMetres: number | undefined;
  /** Undefined for a straight line. */
  readonly durationSeconds: number | undefined;
  /** The provider computed it differently than requested, for instance without traffic. */
  readonly degraded: boolean;
  /**
   * An end given as an address was only found as a district or something coarser, so the distance may be off by
   * kilometres.
   */
  readonly approximate: boolean;
  readonly attribution: string;
};

/** No provider knows a place for an end that was given as an address. `report` covers the geocoding calls. */
export type EndNotPlaced = {
  readonly kind: 'end-not-placed';
  readonly ends: readonly ('origin' | 'destination')[];
  readonly report: CallReport;
};
export type DistanceFailure = FailedCall | EndNotPlaced;

type Deps = {
  readonly services: ExternalServiceReader;
  readonly geocode: CompleteOperation<GeocodeRequest, GeocodeMatches>;
  readonly route: CompleteOperation<RouteRequest, RouteAnswer>;
  readonly straightLine: CompleteOperation<StraightLineRequest, RouteAnswer>;
  readonly clock: Pick<Clock, 'monotonic'>;
};

/**
 * Distance between two ends, each an address or a point. Each address is first geocoded in a call of its own, with its
 * own audit row, quota and cost; the answer's report adds them up, and is stale if one of them was. A road distance
 * that cannot be obtained is a failure; it is never replaced by a straight line.
 */
export const measureDistance =
  (deps: Deps): Handler<Asked<DistanceQuery>, Answered<DistanceAnswer>, DistanceFailure> =>
  async (ctx, { request, options }) => {
    const started = deps.clock.monotonic();
    const plan = planFor(await deps.services.activeOf(ctx.tenantId, 'geocoding'));
    const place = (end: DistanceEnd) => placed(deps, { ctx, options, request }, plan, end);
    const places = await Promise.all([place(request.origin), place(request.destination)]);
    const reports = places.flatMap(reportsOf);
    const [origin, destination] = places;
    if (isLeft(origin)) return left(withAll(origin.left, reports));
    if (isLeft(destination)) return left(withAll(destination.left, reports));
    const [from, to] = [origin.right, destination.right];
    if (from.point === undefined)
      return left(
        endNotPlaced(to.point === undefined ? ['origin', 'destination'] : ['origin'], from, reports),
      );
    if (to.point === undefined) return left(endNotPlaced(['destination'], to, reports));
    const rest = { ctx, options: withTimeLeft(options, deps.clock.monotonic() - started) };
    const ends = { origin: from.point.coordinates, destination: to.point.coordinates };
    const measured = await way(deps, rest, { ...ends, mode: request.mode }, plan);
    if (isLeft(measured)) return left(withAll(measured.left, reports));
    return right(answered(request.mode, from, to, measured.right));
  };

const way = (
  { straightLine, route }: Deps,
  asked: Omit<OperationRequest<unknown>, 'request'>,
  { origin, destination, mode }: StraightLineRequest & Pick<DistanceQuery, 'mode'>,
  plan: ProviderPlan,
): CompletedCall<RouteAnswer> =>
  mode === 'straight_line'
    ? straightLine({ ...asked, request: { origin, destination } }, { services: [] })
    : route({ ...asked, request: roundedRoute({ origin, destination, mode }) }, plan);

/**
 * The caller's deadline covers the geocoding and the route together. A route for which no time is left is still called,
 * and reports the missed deadline itself.
 */
const withTimeLeft = (options: CallOptions, spentMs: number): CallOptions =>
  options.deadlineMs === undefined
    ? options
    : { ...options, deadlineMs: Math.max(1, options.deadlineMs - spentMs) };

const withAll = (failure: FailedCall, ends: readonly CallReport[]): FailedCall => ({
  ...failure,
  report: jointReport(failure.report, ends),
});

const endNotPlaced = (
  ends: EndNotPlaced['ends'],
  { geocoded }: NotPlaced,
  reports: readonly CallReport[],
): EndNotPlaced => ({ kind: 'end-not-placed', ends, report: jointReport(geocoded.report, reports) });

const COARSE: ReadonlySet<string> = new Set<Precision>(['district', 'city', 'region', 'country']);

const answered = (
  mode: DistanceQuery['mode'],
  from: Placed,
  to: Placed,
  { value: route, report }: Answered<RouteAnswer>,
): Answered<DistanceAnswer> => {
  const ends = [from.geocoded, to.geocoded].filter((end) => end !== undefined);
  return {
    value: {
      mode,
      origin: from.point,
      destination: to.point,
      routeFound: route.found,
      distanceMetres: route.found ? route.distanceMetres : undefined,
      durationSeconds: route.found && mode !== 'straight_line' ? route.durationSeconds : undefined,
      degraded: route.found && route.degraded,
      approximate: [from.point, to.point].some(
        ({ match }) => match !== undefined && COARSE.has(match.precision),
      ),
      attribution: attributionOf(ends, route),
    },
    report: jointAnswer(
      report,
      ends.map((end) => end.report),
    ),
  };
};

/** The attributions of all providers that contributed must be shown. */
const attributionOf = (ends: readonly Answered<GeocodeMatches>[], route: RouteAnswer): string => {
  const all = [...ends.map(({ value }) => value.attribution), route.attribution];
  return [...new Set(all)].filter((text) => text !== '').join('; ');
};
