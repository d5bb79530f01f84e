import type { Application } from '../../application/application.ts';
import { invalidateCacheOnce, removeCacheEntryOnce } from '../../application/commands/cache-once.ts';
import { changeService } from '../../application/commands/change-service.ts';
import { invalidateCache } from '../../application/commands/invalidate-cache.ts';
import { issueToken } from '../../application/commands/issue-token.ts';
import { probeServiceOnce } from '../../application/commands/probe-once.ts';
import { probeService } from '../../application/commands/probe-service.ts';
import { registerService } from '../../application/commands/register-service.ts';
import { removeCacheEntry } from '../../application/commands/remove-cache-entry.ts';
import { removeService } from '../../application/commands/remove-service.ts';
import { revokeToken } from '../../application/commands/revoke-token.ts';
import type { HealthMonitor } from '../../application/health/health-monitor.ts';
import { onceOnly } from '../../application/once-only.ts';
import type { AccountOf } from '../../application/provider-call/quota/account-subjects.ts';
import { getServiceQuota } from '../../application/queries/get-service-quota.ts';
import { getService } from '../../application/queries/get-service.ts';
import { listServices } from '../../application/queries/list-services.ts';
import { cacheStats, listCacheEntries } from '../../application/queries/look-into-cache.ts';
import { listTokens } from '../../application/queries/list-tokens.ts';
import type { UnitOfWork } from '../../application/unit-of-work.ts';
import { wrongInServicePatch } from '../../application/wrong-in-patch.ts';
import type { CacheStore } from '../../domain/cache/cache-store.ts';
import type { RateLimiter } from '../../domain/rate-limit/rate-limiter.ts';
import type { Clock } from '../../domain/shared/clock.ts';
import { postgresCacheDirectory } from '../postgres/cache/postgres-cache-directory.ts';
import type { PostgresCacheTier } from '../postgres/cache/postgres-cache-tier.ts';
import {
  SNAPSHOT_MAX_AGE_MS,
  type PostgresExternalServiceReader,
} from '../postgres/services/postgres-external-service-reader.ts';
import type { PostgresServiceTokenFinder } from '../postgres/access/postgres-service-token-finder.ts';
import { postgresServiceTokenReader } from '../postgres/access/postgres-service-token-reader.ts';
import type { OutboundGuard } from '../security/outbound-policy.ts';
import { randomTokenMint } from '../security/token-mint.ts';
import { errorFields } from '../telemetry/winston-logger.ts';
import type { Platform } from './identifiers.ts';
import type { SheetsParts } from './sheets-handlers.ts';

export type AdministrationParts = {
  readonly platform: Platform;
  readonly cache: CacheStore;
  readonly cacheClock: Clock;
  readonly limiter: RateLimiter;
  readonly accountOf: AccountOf;
  readonly services: PostgresExternalServiceReader;
  readonly tokens: PostgresServiceTokenFinder;
  readonly cacheTier: PostgresCacheTier;
  readonly unitOfWork: UnitOfWork;
  readonly monitor: HealthMonitor;
  readonly outboundPolicy: OutboundGuard;
  readonly sheets: SheetsParts;
};

type Queries = Pick<
  Application['queries'],
  | 'getService'
  | 'wrongInServicePatch'
  | 'listServices'
  | 'getServiceQuota'
  | 'cacheStats'
  | 'listCacheEntries'
  | 'listTokens'
>;

type Commands = Pick<
  Application['commands'],
  | 'registerService'
  | 'changeService'
  | 'removeService'
  | 'probeService'
  | 'removeCacheEntry'
  | 'invalidateCache'
  | 'issueToken'
  | 'revokeToken'
>;

/** Queries on services, tokens and the cache. */
export const administrationQueries = ({
  platform: { database, config, sleep },
  services,
  cache,
  cacheTier,
  cacheClock,
  limiter,
  accountOf,
  outboundPolicy,
}: AdministrationParts): Queries => ({
  getService: getService({ services }),
  wrongInServicePatch: wrongInServicePatch({ outboundPolicy, sleep }),
  listServices: listServices({ services }),
  getServiceQuota: getServiceQuota({ services, limiter, tenantLimits: config.tenantLimits, accountOf }),
  cacheStats: cacheStats({ cache }),
  listCacheEntries: listCacheEntries({ directory: postgresCacheDirectory(database, cacheTier, cacheClock) }),
  listTokens: listTokens({ tokens: postgresServiceTokenReader(database) }),
});

export const administrationCommands = (parts: AdministrationParts): Commands => {
  const { cache, services, tokens, unitOfWork, monitor, outboundPolicy, sheets } = parts;
  const { secretBox, clock, sleep, ids, config, logger } = parts.platform;
  const { mostPerTenant, callDeadlineMs } = config;
  const own = { outboundPolicy, mostPerTenant, servicesChanged: services.invalidate };
  const deps = { unitOfWork, secretBox, clock, ids, ...own };
  const once = onceOnly(sheets.once);
  return {
    registerService: registerService(deps),
    changeService: changeService(deps),
    removeService: removeService({
      ...deps,
      cache,
      sleep,
      knownForMs: SNAPSHOT_MAX_AGE_MS,
      longestCallMs: callDeadlineMs,
      onNotPurged: (error, { tenantId, correlationId }) =>
        logger.warn(
          'cached answers of a removed service not purged, copies may be served until they expire in the first tier',
          {
            tenant: tenantId,
            request_id: correlationId,
            ...errorFields(error),
          },
        ),
    }),
    probeService: once(probeServiceOnce, probeService({ services, monitor })),
    removeCacheEntry: once(removeCacheEntryOnce, removeCacheEntry({ cache })),
    invalidateCache: once(invalidateCacheOnce, invalidateCache({ cache, services })),
    issueToken: issueToken({ unitOfWork, mint: randomTokenMint, clock, ids, mostPerTenant }),
    revokeToken: revokeToken({ unitOfWork, clock, tokensChanged: tokens.forgetAll }),
  };
};
