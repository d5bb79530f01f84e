import * as t from 'io-ts';
import type { CacheEntryListing } from '../../../domain/cache/cache-directory.ts';
import type { CacheStats } from '../../../domain/cache/cache-store.ts';
import { component, described, nullable } from '../codecs/codec.ts';
import { answerObject } from '../codecs/object-codec.ts';
import { numberBetween, oneOf } from '../codecs/values.ts';
import { integerAnswer, timeAnswer, timeText, uuidAnswer, uuidOrNull } from './times-and-money.ts';

const tierAnswer = component(
  'CacheTier',
  answerObject(
    {
      entries: described('Cached answers of the tenant in this tier.', integerAnswer),
      hits: described(
        'Lookups of the tenant that found an answer, since this process started.',
        integerAnswer,
      ),
      misses: described(
        'Lookups of the tenant that found no answer, since this process started.',
        integerAnswer,
      ),
      hit_rate: described(
        'Share of lookups that were hits, 0 to 1; null before the first lookup.',
        nullable(numberBetween(0, 1)),
      ),
    },
    {},
  ),
);
export const cacheStatsAnswer = component(
  'CacheStats',
  answerObject(
    {
      l1: described('The tier that is asked first: memory or Redis.', tierAnswer),
      l2: described('The tier behind it: PostgreSQL.', tierAnswer),
    },
    {},
  ),
);

const tierOf = ({ entries, hits, misses }: CacheStats['l1']): t.TypeOf<typeof tierAnswer> => ({
  entries,
  hits,
  misses,
  hit_rate: hits + misses === 0 ? null : hits / (hits + misses),
});
export const cacheStatsOf = ({ l1, l2 }: CacheStats): t.TypeOf<typeof cacheStatsAnswer> => ({
  l1: tierOf(l1),
  l2: tierOf(l2),
});

export const cacheEntryAnswer = component(
  'CacheEntry',
  answerObject(
    {
      key: described('Key of the entry, for `DELETE /cache/entries/{key}`.', t.string),
      service_id: described('The service that answered; null if none was asked.', uuidOrNull),
      service_name: described('Its name.', t.string),
      provider: described('The adapter, such as `google_maps`.', t.string),
      operation: described('Such as `geocode` or `sheets_read`.', t.string),
      tags: described('Tags that can be used as `tag` of an invalidation.', t.readonlyArray(t.string)),
      loaded_by: described('Log id of the call that loaded it.', uuidAnswer),
      cache_status: described('`fresh` until `expires_at`.', oneOf(['fresh', 'stale'])),
      hit_count: described('How often it was served; updated some seconds late.', integerAnswer),
      stored_at: described('When the provider was asked.', timeAnswer),
      expires_at: described('Until then it is fresh and served normally.', timeAnswer),
      gone_at: described('Until then it may be served stale when every provider fails.', timeAnswer),
    },
    {},
  ),
);
export const cacheEntryOf = (entry: CacheEntryListing): t.TypeOf<typeof cacheEntryAnswer> => ({
  key: entry.key,
  service_id: entry.serviceId,
  service_name: entry.serviceName,
  provider: entry.provider,
  operation: entry.operation,
  tags: entry.tags,
  loaded_by: entry.loadedBy,
  cache_status: entry.cacheStatus,
  hit_count: entry.hitCount,
  stored_at: timeText(entry.storedAt),
  expires_at: timeText(entry.freshUntil),
  gone_at: timeText(entry.goneAt),
});
