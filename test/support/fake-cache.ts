import type { Application } from '../../src/application/application.ts';
import { invalidateCacheOnce, removeCacheEntryOnce } from '../../src/application/commands/cache-once.ts';
import { notFound } from '../../src/application/not-found.ts';
import type { Clock } from '../../src/domain/shared/clock.ts';
import { left, right } from '../../src/domain/shared/fp.ts';
import { anId } from './an-external-service.ts';
import type { memoryOnce } from './memory-once.ts';

/** A cache of one entry. */
export const fakeCacheQueries = (
  clock: Clock,
): Pick<Application['queries'], 'cacheStats' | 'listCacheEntries'> => ({
  cacheStats: async () =>
    right({ l1: { entries: 1, hits: 3, misses: 1 }, l2: { entries: 0, hits: 0, misses: 0 } }),
  listCacheEntries: async () =>
    right({
      items: [
        {
          key: 'geo:v1:uk_company_1:geocode:1',
          serviceId: anId(1),
          serviceName: 'google-main',
          provider: 'google_maps',
          operation: 'geocode',
          tags: ['service:google-main'],
          loadedBy: anId(900),
          storedAt: clock.now(),
          freshUntil: clock.now() + 3_600_000,
          goneAt: clock.now() + 7_200_000,
          hitCount: 2,
          cacheStatus: 'fresh',
        },
      ],
      nextCursor: undefined,
    }),
});

export const fakeCacheCommands = (
  leased: ReturnType<typeof memoryOnce>,
): Pick<Application['commands'], 'removeCacheEntry' | 'invalidateCache'> => ({
  removeCacheEntry: leased(removeCacheEntryOnce, async (_ctx, { key }) =>
    key.startsWith('geo:') ? right(undefined) : left(notFound('cache-entry')),
  ),
  invalidateCache: leased(invalidateCacheOnce, async () => right(undefined)),
});
