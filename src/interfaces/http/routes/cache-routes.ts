import type { Application } from '../../../application/application.ts';
import { notFound } from '../../../application/not-found.ts';
import { isLeft, left, right } from '../../../domain/shared/fp.ts';
import { jsonBody, noBody } from '../body-rule.ts';
import { invalidationBody } from '../../wire/codecs/cache-codecs.ts';
import { cacheEntryQuery, noQuery } from '../../wire/codecs/query-codecs.ts';
import { isPlainText } from '../../wire/codecs/values.ts';
import { tenantEndpoint, type Route } from '../endpoint.ts';
import { listEndpoint } from '../list-endpoint.ts';
import { onceEndpoint } from '../once-endpoint.ts';
import { dataAnswer, emptyAnswer, pageAnswer } from '../openapi/answers.ts';
import {
  cacheEntryAnswer,
  cacheEntryOf,
  cacheStatsAnswer,
  cacheStatsOf,
} from '../../wire/presenters/cache.ts';
import { noContent, ok } from '../../wire/reply.ts';

const LONGEST_KEY = 4096;

/** Inspecting the cache, and removing entries from it. */
export const cacheRoutes = (application: Application): readonly Route[] => [
  statsRoute(application),
  entriesRoute(application),
  removeRoute(application),
  invalidateRoute(application),
];

const shared = { scopes: ['cache:manage'], query: noQuery, body: noBody } as const;

const statsRoute = ({ queries }: Application): Route =>
  tenantEndpoint({
    ...shared,
    method: 'get',
    path: '/cache/stats',
    docs: {
      operationId: 'readCacheStats',
      tag: 'Cache',
      summary: 'Show entries, hits and misses of both tiers',
      answers: [dataAnswer('Hits and misses are counted since this instance started.', cacheStatsAnswer)],
    },
    handle: async ({ ctx }) => {
      const stats = await queries.cacheStats(ctx, {});
      return isLeft(stats) ? stats : right(ok(cacheStatsOf(stats.right)));
    },
  });

const entriesRoute = ({ queries }: Application): Route =>
  listEndpoint({
    path: '/cache/entries',
    scopes: shared.scopes,
    query: cacheEntryQuery,
    docs: {
      operationId: 'listCacheEntries',
      tag: 'Cache',
      summary: 'List cached answers, newest first',
      answers: [pageAnswer('One page.', cacheEntryAnswer)],
    },
    find: ({ ctx, query }) => queries.listCacheEntries(ctx, query),
    present: cacheEntryOf,
  });

const removeRoute = ({ commands }: Application): Route =>
  onceEndpoint({
    ...shared,
    method: 'delete',
    path: '/cache/entries/{key}',
    docs: {
      operationId: 'removeCacheEntry',
      tag: 'Cache',
      summary: 'Remove one cached answer',
      answers: [emptyAnswer(204, 'Removed.')],
      problems: [404],
    },
    command: commands.removeCacheEntry,
    asked: ({ exchange: { params } }) => {
      const key = params['key'] ?? '';
      return key.length > LONGEST_KEY || !isPlainText(key) ? left(notFound('cache-entry')) : right({ key });
    },
    reply: () => noContent,
  });

const invalidateRoute = ({ commands }: Application): Route =>
  onceEndpoint({
    ...shared,
    method: 'post',
    path: '/cache/invalidations',
    body: jsonBody(invalidationBody),
    docs: {
      operationId: 'invalidateCache',
      tag: 'Cache',
      summary: 'Invalidate all cached answers of a service, an operation or a tag',
      description:
        'Several fields narrow the scope together; an empty object means all cached answers of the tenant.',
      answers: [emptyAnswer(204, 'Answers cached before this moment are no longer served.')],
    },
    command: commands.invalidateCache,
    asked: ({ body }) => right(body),
    reply: () => noContent,
  });
