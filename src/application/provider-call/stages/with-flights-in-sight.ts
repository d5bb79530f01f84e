import type { Call } from '../call.ts';
import type { ProviderCall } from '../stage.ts';
import type { Flights } from '../flights.ts';
import type { Operation } from '../operation.ts';

/**
 * Registers the call with the single flight before it looks into the cache, so that it can share an answer that is
 * stored during its lookup.
 */
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

/**
 * Calls that bypass the cache want an answer newer than themselves, so they share flights only with calls of the same
 * directive.
 */
export const flightKey = <Req>({ cacheKey, options }: Call<Req>): string | undefined => {
  const { noStore, noCache } = options.cache;
  if (cacheKey === undefined || (!noStore && !noCache)) return cacheKey;
  return `${noStore ? 'no-store' : 'no-cache'}:${cacheKey}`;
};
