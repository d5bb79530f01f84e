import type { Application } from '../../src/application/application.ts';
import type { TenantContext } from '../../src/domain/shared/tenant-context.ts';
import { left, right } from '../../src/domain/shared/fp.ts';
import { aFailedCall, aHitReport, aMatch, aReport } from './a-call-report.ts';

type PlaceQueries = Pick<Application['queries'], 'geocodeAddress' | 'reverseGeocode' | 'measureDistance'>;

/** `nowhere` has no match. `asked`: the addresses that a provider was asked for because they were not cached. */
export const fakePlaceQueries = (seen: (ctx: TenantContext) => void, asked: string[]): PlaceQueries => {
  const cached = new Set<string>();
  return {
    geocodeAddress: async (ctx, { request, options }) => {
      seen(ctx);
      const key = `${ctx.tenantId}:${request.language}:${request.address}`;
      const matches = request.address === 'nowhere' ? [] : [aMatch({ formattedAddress: request.address })];
      const value = { matches: matches.slice(0, request.limit), attribution: 'Map data © Google' };
      if (cached.has(key) && !options.cache.noCache) return right({ value, report: aHitReport() });
      if (options.cache.onlyIfCached) return left(aFailedCall({ kind: 'not-cached' }));
      asked.push(request.address);
      cached.add(key);
      return right({ value, report: aReport() });
    },
    reverseGeocode: async (ctx, { request }) => {
      seen(ctx);
      const value = { matches: [aMatch({ coordinates: request.coordinates })], attribution: '' };
      return right({ value, report: aReport() });
    },
    measureDistance: async (ctx, { request }) => {
      seen(ctx);
      const ends = (['origin', 'destination'] as const).filter((end) => {
        const given = request[end];
        return 'address' in given && given.address === 'nowhere';
      });
      if (ends.length > 0) return left({ kind: 'end-not-placed', ends, report: aReport() });
      const point = (end: typeof request.origin) =>
        'coordinates' in end
          ? { coordinates: end.coordinates }
          : { coordinates: aMatch().coordinates, match: aMatch() };
      return right({
        value: {
          mode: request.mode,
          origin: point(request.origin),
          destination: point(request.destination),
          routeFound: true,
          distanceMetres: 1234.5,
          durationSeconds: request.mode === 'straight_line' ? undefined : 300,
          degraded: false,
          approximate: false,
          attribution: 'Google',
        },
        report: aReport(),
      });
    },
  };
};
