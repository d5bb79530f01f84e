import type { ExternalServiceReader } from '../../domain/external-service/external-service-repository.ts';
import { planFor } from '../../domain/external-service/plan-for.ts';
import type { GeocodeMatches, GeocodeRequest } from '../../domain/provider/geocoder.ts';
import type { Asked } from '../application.ts';
import type { Handler } from '../handler.ts';
import type { CompleteOperation } from '../provider-call/compose.ts';
import type { Answered, FailedCall } from '../provider-call/provider-call.ts';

type Deps = {
  readonly services: ExternalServiceReader;
  readonly geocode: CompleteOperation<GeocodeRequest, GeocodeMatches>;
};

/** Address to places. A query although it is a POST: it changes nothing the tenant can see. */
export const geocodeAddress =
  ({ services, geocode }: Deps): Handler<Asked<GeocodeRequest>, Answered<GeocodeMatches>, FailedCall> =>
  async (ctx, { request, options }) =>
    geocode(
      { ctx, request, options },
      { services: planFor(await services.activeOf(ctx.tenantId, 'geocoding')) },
    );
