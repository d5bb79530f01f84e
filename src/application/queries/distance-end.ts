import type { ProviderPlan } from '../../domain/external-service/plan-for.ts';
import type { Coordinates } from '../../domain/provider/coordinates.ts';
import {
  USUAL_MATCHES,
  type GeocodeMatch,
  type GeocodeMatches,
  type GeocodeRequest,
} from '../../domain/provider/geocoder.ts';
import { isLeft, right, type Either } from '../../domain/shared/fp.ts';
import type { CallReport } from '../provider-call/call-report.ts';
import type {
  Answered,
  CompleteOperation,
  FailedCall,
  OperationRequest,
} from '../provider-call/complete-operation.ts';

export type DistanceEnd = { readonly address: string } | { readonly coordinates: Coordinates };

/** One end of the distance as it was used. `match` is present when the end was given as an address. */
export type DistancePoint = { readonly coordinates: Coordinates; readonly match?: GeocodeMatch };

export type NotPlaced = { readonly point: undefined; readonly geocoded: Answered<GeocodeMatches> };
/** `geocoded` is undefined for an end that was given as coordinates. */
export type Placed = {
  readonly point: DistancePoint;
  readonly geocoded: Answered<GeocodeMatches> | undefined;
};
export type End = Placed | NotPlaced;

export const reportsOf = (end: Either<FailedCall, End>): readonly CallReport[] => {
  const report = isLeft(end) ? end.left.report : end.right.geocoded?.report;
  return report === undefined ? [] : [report];
};

type Deps = { readonly geocode: CompleteOperation<GeocodeRequest, GeocodeMatches> };

/** Resolves one end to a point. An address is geocoded in a call of its own. */
export const placed = async (
  { geocode }: Deps,
  asked: OperationRequest<Pick<GeocodeRequest, 'language' | 'region'>>,
  plan: ProviderPlan,
  end: DistanceEnd,
): Promise<Either<FailedCall, End>> => {
  if ('coordinates' in end) return right({ point: { coordinates: end.coordinates }, geocoded: undefined });
  const { language, region } = asked.request;
  const request: GeocodeRequest = {
    address: end.address,
    language,
    limit: USUAL_MATCHES,
    ...(region !== undefined && { region }),
  };
  const result = await geocode({ ctx: asked.ctx, options: asked.options, request }, plan);
  if (isLeft(result)) return result;
  const match = result.right.value.matches[0];
  return right(
    match === undefined
      ? { point: undefined, geocoded: result.right }
      : { point: { coordinates: match.coordinates, match }, geocoded: result.right },
  );
};
