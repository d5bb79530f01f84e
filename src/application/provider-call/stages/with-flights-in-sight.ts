import type { Call } from '../call.ts';
import type { ProviderCall } from '../stage.ts';
import type { Flights } from '../flights.ts';
import type { Operation } from '../operation.ts';

/** Outside the cache, for the single flight behind it: what lands while a call looks into the cache is for it, too. */
export const withFlightsInSight =
  (flights: Flights) =>
  <Req, Res>(_: Operation<Req, Res>, next: ProviderCall<Req, Res>): ProviderCall<Req, Res> =>
  async (call) => {
    const key = flightKey(call);
    if (key === undefined) return next(call);
    flights.begin(key, call.ledger);
    try {
      return await next(call);
    } finally {
      flights.end(key, call.ledger);
    }
  };

/** Who bypasses the cache asks for an answer of its own time: such calls share only with their like. */
export const flightKey = <Req>({ cacheKey, options }: Call<Req>): string | undefined => {
  const { noStore, noCache } = options.cache;
  if (cacheKey === undefined || (!noStore && !noCache)) return cacheKey;
  return `${noStore ? 'no-store' : 'no-cache'}:${cacheKey}`;
};
