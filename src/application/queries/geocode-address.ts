import type { ExternalServiceReader } from '../../domain/external-service/external-service-repository.ts';
import { planFor } from '../../domain/external-service/plan-for.ts';
import type { GeocodeMatches, GeocodeRequest } from '../../domain/provider/geocoder.ts';
import { isLeft, right } from '../../domain/shared/fp.ts';
import type { Handler } from '../handler.ts';
import type { Answered, Asked, CompleteOperation, FailedCall } from '../provider-call/complete-operation.ts';

type Deps = {
  readonly services: ExternalServiceReader;
  readonly geocode: CompleteOperation<GeocodeRequest, GeocodeMatches>;
};

/**
 * Address to places. A query although it is a POST, since it changes nothing the tenant can see. Cached answers are
 * shared between callers with different limits; each gets as many matches as it asked for.
 */
export const geocodeAddress =
  ({ services, geocode }: Deps): Handler<Asked<GeocodeRequest>, Answered<GeocodeMatches>, FailedCall> =>
  async (ctx, { request, options }) => {
    const plan = planFor(await services.activeOf(ctx.tenantId, 'geocoding'));
    const answered = await geocode({ ctx, request, options }, plan);
    if (isLeft(answered) || answered.right.value.matches.length <= request.limit) return answered;
    const { value, report } = answered.right;
    return right({ value: { ...value, matches: value.matches.slice(0, request.limit) }, report });
  };
