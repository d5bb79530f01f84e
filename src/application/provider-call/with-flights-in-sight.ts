import { cacheKey } from '../../domain/cache/cache-key.ts';
import type { Call, ProviderCall } from './call.ts';
import type { Flights } from './flights.ts';
import type { Operation, OperationName } from './operation.ts';

/** Outside the cache, for the single flight behind it: what lands while a call looks into the cache is for it, too. */
export const withFlightsInSight =
  (flights: Flights) =>
  <Req, Res>(operation: Operation<Req, Res>, next: ProviderCall<Req, Res>): ProviderCall<Req, Res> =>
  async (call) => {
    const fields = operation.cacheFields(call.request);
    if (fields === undefined) return next(call);
    const key = flightKey(operation.name, fields, call);
    flights.begin(key, call.ledger);
    try {
      return await next(call);
    } finally {
      flights.end(key, call.ledger);
    }
  };

/** Who bypasses the cache asks for an answer of its own time: such calls share only with their like. */
export const flightKey = <Req>(
  name: OperationName,
  fields: readonly string[],
  { ctx, options }: Call<Req>,
): string => {
  const kind = options.cache.noStore ? 'no-store' : options.cache.noCache ? 'no-cache' : 'load';
  return `${kind}:${cacheKey(ctx.tenantId, name, fields)}`;
};
