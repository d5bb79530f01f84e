import type { Application } from '../../src/application/application.ts';
import { notFound } from '../../src/application/not-found.ts';
import { left, right } from '../../src/domain/shared/fp.ts';
import type { TenantContext } from '../../src/domain/shared/tenant-context.ts';
import { aCallRecord } from './a-recorded-call.ts';
import type { FakeServices } from './fake-services.ts';

type TrailQueries = Pick<Application['queries'], 'listLogs' | 'getLog' | 'summarizeLogs' | 'reportCosts'>;

/** A trail that contains one call. */
export const fakeTrailQueries = (
  seen: (ctx: TenantContext) => void,
  { serviceOf }: FakeServices,
): TrailQueries => {
  const log = aCallRecord();
  return {
    listLogs: async (ctx, { filter }) => {
      seen(ctx);
      const isMeant = (filter.operation ?? log.operation) === log.operation;
      return right({ items: ctx.tenantId === log.tenantId && isMeant ? [log] : [], nextCursor: undefined });
    },
    getLog: async (ctx, { id }) =>
      ctx.tenantId === log.tenantId && id === log.id ? right(log) : left(notFound('log')),
    summarizeLogs: async () =>
      right([{ group: 'google-main', calls: 3, errors: 1, cacheHits: 1, p50Ms: 12, p95Ms: 40 }]),
    reportCosts: async (ctx, { filter, groupBy }) =>
      filter.serviceId !== undefined && serviceOf(ctx, filter.serviceId) === undefined
        ? left(notFound('service'))
        : right([{ group: groupBy, calls: 3, costMicros: 15_000, currency: 'USD' }]),
  };
};
