import type { ExternalServiceReader } from '../../domain/external-service/external-service-repository.ts';
import { planFor } from '../../domain/external-service/plan-for.ts';
import type { GeocodeMatches, ReverseRequest } from '../../domain/provider/geocoder.ts';
import type { Handler } from '../handler.ts';
import type { Answered, Asked, CompleteOperation, FailedCall } from '../provider-call/complete-operation.ts';
import { roundedRequest } from '../provider-call/operations/reverse-geocode-operation.ts';

type Deps = {
  readonly services: ExternalServiceReader;
  readonly reverse: CompleteOperation<ReverseRequest, GeocodeMatches>;
};

/** Point to places. */
export const reverseGeocode =
  ({ services, reverse }: Deps): Handler<Asked<ReverseRequest>, Answered<GeocodeMatches>, FailedCall> =>
  async (ctx, { request, options }) =>
    reverse(
      { ctx, request: roundedRequest(request), options },
      planFor(await services.activeOf(ctx.tenantId, 'geocoding')),
    );
