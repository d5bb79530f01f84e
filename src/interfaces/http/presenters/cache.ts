import * as t from 'io-ts';
import type { CacheEntryListing } from '../../../domain/cache/cache-directory.ts';
import type { CacheStats } from '../../../domain/cache/cache-store.ts';
import { component, noted, nullable } from '../codecs/codec.ts';
import { answerObject } from '../codecs/object-codec.ts';
import { numberBetween, oneOf } from '../codecs/values.ts';
import { integerAnswer, timeAnswer, timeText, uuidAnswer, uuidOrNull } from './times-and-money.ts';

const tierAnswer = component(
  'CacheTier',
  answerObject(
    {
      entries: integerAnswer,
      hits: integerAnswer,
      misses: integerAnswer,
      hit_rate: noted({ description: 'null before the first lookup.' }, nullable(numberBetween(0, 1))),
    },
    {},
  ),
);
export const cacheStatsAnswer = component('CacheStats', answerObject({ l1: tierAnswer, l2: tierAnswer }, {}));

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
      key: t.string,
      service_id: uuidOrNull,
      service_name: t.string,
      provider: t.string,
      operation: t.string,
      tags: t.readonlyArray(t.string),
      loaded_by: noted({ description: 'Log id of the call that loaded it.' }, uuidAnswer),
      cache_status: oneOf(['fresh', 'stale']),
      hit_count: integerAnswer,
      stored_at: timeAnswer,
      expires_at: timeAnswer,
      gone_at: noted(
        { description: 'Until then it may be served stale when every provider fails.' },
        timeAnswer,
      ),
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
