import type { Application } from '../../src/application/application.ts';
import { invalidateCacheOnce, removeCacheEntryOnce } from '../../src/application/commands/cache-once.ts';
import { probeServiceOnce } from '../../src/application/commands/probe-once.ts';
import { invalidInput, together } from '../../src/application/input-problem.ts';
import { notFound } from '../../src/application/not-found.ts';
import type { ServiceToken } from '../../src/domain/access/service-token.ts';
import type { CallRecord } from '../../src/domain/audit/call-record.ts';
import type { ExternalService } from '../../src/domain/external-service/external-service.ts';
import { serviceDraftProblems } from '../../src/domain/external-service/service-fields.ts';
import { isExpected } from '../../src/application/version-changed.ts';
import type { Clock, IdSource } from '../../src/domain/shared/clock.ts';
import { left, right, type Either } from '../../src/domain/shared/fp.ts';
import type { CredentialRefused } from '../../src/domain/access/credential.ts';
import type { Actor, Scope, TenantContext } from '../../src/domain/shared/tenant-context.ts';
import { aFailedCall, aHitReport, aMatch, aReport, aWindow } from './a-call-report.ts';
import { aCallRecord } from './a-recorded-call.ts';
import { fakeSheetCommands, fakeSheetQueries } from './fake-sheets.ts';
import { anId, OTHER_TENANT, TENANT } from './an-external-service.ts';
import { fakeOnce } from './fake-once.ts';
import { fakeWebhooks } from './fake-webhooks.ts';
import { memoryOnce } from './memory-once.ts';
import { pageOfNewest } from './page-of-newest.ts';
import { fakeDeliveryQueries } from './fake-deliveries.ts';
import { fakeReplays } from './fake-replays.ts';
import { fakeIngest } from './fake-ingest.ts';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** What the HTTP side serves in its tests. Handlers can be replaced one by one. */
export type FakeApplication = {
  readonly authenticate: Application['authenticate'];
  /** What `authenticate` asks. */
  judge: Application['authenticate'];
  readonly ingest: Mutable<Application['ingest']>;
  readonly queries: Mutable<Application['queries']>;
  readonly commands: Mutable<Application['commands']>;
  /** Contexts that reached a handler, in order. */
  readonly contexts: readonly TenantContext[];
  /** Addresses that a provider was asked for. */
  readonly asked: readonly string[];
  /** Under which something was written, in order. */
  readonly keys: readonly string[];
  readonly services: Map<string, ExternalService>;
};

export const ADMINISTRATOR: Actor = {
  kind: 'administrator',
  id: 'admin@example.test',
  tenants: [TENANT, OTHER_TENANT],
  scopes: 'all',
};

const refused = (reason: CredentialRefused['reason']) =>
  left({ kind: 'credential-refused' as const, reason });

/**
 * `Bearer admin`, or `Bearer` and scopes separated by "+" for a token of `TENANT`; `expired` and `no-keys` are refused.
 */
const actorOf = (credential: string | undefined): Either<CredentialRefused, Actor> => {
  if (credential === undefined) return refused('missing');
  if (!credential.startsWith('Bearer')) return refused('other-scheme');
  const secret = /^Bearer (\S+)$/.exec(credential)?.[1];
  if (secret === undefined) return refused('malformed');
  if (secret === 'expired') return refused('expired');
  if (secret === 'no-keys') return refused('keys-unavailable');
  if (secret === 'admin') return right(ADMINISTRATOR);
  const scopes = secret.split('+') as Scope[];
  return right({ kind: 'service-token', id: 'token-1', tenants: [TENANT], scopes });
};

export const fakeApplication = (clock: Clock, ids: IdSource): FakeApplication => {
  const contexts: TenantContext[] = [];
  const asked: string[] = [];
  const keys: string[] = [];
  const cached = new Set<string>();
  const services = new Map<string, ExternalService>();
  const tokens = new Map<string, ServiceToken>();
  const webhooks = fakeWebhooks(clock, ids);
  const replays = fakeReplays(clock, ids);
  const { once, answers } = fakeOnce();
  const leased = memoryOnce(clock);
  const log: CallRecord = aCallRecord();
  const serviceOf = (ctx: TenantContext, id: string): ExternalService | undefined => {
    const service = services.get(id);
    return service?.tenantId === ctx.tenantId ? service : undefined;
  };
  const seen = (ctx: TenantContext): void => void contexts.push(ctx);

  const queries: Application['queries'] = {
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
    ...fakeSheetQueries(seen),
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
    getService: async (ctx, { id }) => {
      const service = serviceOf(ctx, id);
      return service === undefined ? left(notFound('service')) : right(service);
    },
    listServices: async (ctx, { filter, page }) => {
      const own = [...services.values()].filter(
        (service) =>
          service.tenantId === ctx.tenantId &&
          (filter.serviceType ?? service.serviceType) === service.serviceType &&
          (filter.isActive ?? service.isActive) === service.isActive &&
          (filter.healthStatus ?? service.healthStatus) === service.healthStatus,
      );
      return right(pageOfNewest(own.toReversed(), page));
    },
    getServiceQuota: async (ctx, { id }) =>
      serviceOf(ctx, id) === undefined
        ? left(notFound('service'))
        : right([aWindow({ subjectId: id }), aWindow({ subjectId: 'tenant:geocoding', limit: 50 })]),
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
    listTokens: async (ctx, { page }) =>
      right(
        pageOfNewest(
          [...tokens.values()].filter(({ tenantId }) => tenantId === ctx.tenantId).toReversed(),
          page,
        ),
      ),
    ...webhooks.queries,
    ...fakeDeliveryQueries(clock),
    ...replays.queries,
    recallAnswer: async ({ tenantId }, request) => {
      const known = await Promise.all(
        [answers, webhooks.unitOfWork.answers].map(({ find }) => find(tenantId, request)),
      );
      if (known.some(({ kind }) => kind === 'mismatch')) return left({ kind: 'idempotency-mismatch' });
      const finished = known.find((answer) => answer.kind === 'finished');
      return right(finished?.answer);
    },
    systemHealth: async () => ({
      status: 'degraded',
      dependencies: [
        { name: 'postgres', status: 'ok', required: true },
        { name: 'google-main', status: 'down', required: false, detail: 'no answer' },
      ],
    }),
  };

  const commands: Application['commands'] = {
    ...fakeSheetCommands(seen, keys),
    registerService: once(async (ctx, { fields, wrong = [] }) => {
      const problems = together(wrong, serviceDraftProblems(fields));
      if (problems.length > 0) return left(invalidInput(...problems));
      if ([...services.values()].some(({ serviceName }) => serviceName === fields.serviceName))
        return left({ kind: 'name-taken', serviceName: fields.serviceName });
      const { apiKey, credentials, ...plain } = fields;
      const service: ExternalService = {
        ...plain,
        apiKey: apiKey === undefined ? undefined : { envelope: 'sealed', hint: apiKey.slice(-4) },
        credentials: credentials === undefined ? undefined : { envelope: 'sealed', hint: '' },
        id: ids.uuid(),
        tenantId: ctx.tenantId,
        healthStatus: 'unknown',
        lastHealthCheck: undefined,
        version: 1,
        createdAt: clock.now(),
        updatedAt: clock.now(),
      };
      services.set(service.id, service);
      return right(service);
    }),
    changeService: once(async (ctx, { id, expectedVersion, patch, wrong = [] }) => {
      const current = serviceOf(ctx, id);
      if (current === undefined) return left(notFound('service'));
      if (wrong.length > 0) return left(invalidInput(...wrong));
      if (!isExpected(current, expectedVersion))
        return left({ kind: 'version-changed', currentVersion: current.version });
      const next: ExternalService = {
        ...current,
        displayName: patch.displayName ?? current.displayName,
        isActive: patch.isActive ?? current.isActive,
        baseUrl: patch.baseUrl === null ? undefined : (patch.baseUrl ?? current.baseUrl),
        apiKey:
          patch.apiKey === null
            ? undefined
            : patch.apiKey === undefined
              ? current.apiKey
              : { envelope: 'sealed', hint: patch.apiKey.slice(-4) },
        limits: Object.fromEntries(
          Object.entries({ ...current.limits, ...patch.limits }).filter(([, value]) => value !== null),
        ),
        costPerCall: { ...current.costPerCall, ...patch.costPerCall },
        version: current.version + 1,
      };
      services.set(id, next);
      return right(next);
    }),
    removeService: once(async (ctx, { id }) => {
      if (serviceOf(ctx, id) === undefined) return left(notFound('service'));
      if ([...services.values()].some(({ fallbackServiceId }) => fallbackServiceId === id))
        return left({ kind: 'referenced' });
      services.delete(id);
      return right(undefined);
    }),
    probeService: leased(probeServiceOnce, async (ctx, { id }) =>
      serviceOf(ctx, id) === undefined
        ? left(notFound('service'))
        : right({
            serviceId: id,
            reachable: false,
            healthStatus: 'degraded',
            checkedAt: clock.now(),
            durationMs: 12.4,
            error: { kind: 'provider-timeout', message: 'no answer within 5000 ms' },
          }),
    ),
    ...webhooks.commands,
    ...replays.commands,
    removeCacheEntry: leased(removeCacheEntryOnce, async (_ctx, { key }) =>
      key.startsWith('geo:') ? right(undefined) : left(notFound('cache-entry')),
    ),
    invalidateCache: leased(invalidateCacheOnce, async () => right(undefined)),
    issueToken: once(async (ctx, { name, tenants, scopes, expiresAt, wrong = [] }) => {
      const isPast = expiresAt !== undefined && expiresAt <= clock.now();
      const past = isPast ? [{ pointer: '/expires_at', detail: 'must lie in the future' }] : [];
      const problems = together(wrong, past);
      if (problems.length > 0) return left(invalidInput(...problems));
      const stored: ServiceToken = {
        id: ids.uuid(),
        tenantId: ctx.tenantId,
        name,
        tenants: tenants ?? [ctx.tenantId],
        scopes,
        hash: 'a'.repeat(64),
        hint: 'wxyz',
        expiresAt,
        createdAt: clock.now(),
        createdBy: ctx.actor.id,
        revokedAt: undefined,
      };
      tokens.set(stored.id, stored);
      return right({ token: `ist_${'t'.repeat(39)}wxyz`, stored });
    }),
    revokeToken: once(async (ctx, { id }) => {
      const token = tokens.get(id);
      if (token?.tenantId !== ctx.tenantId || token.revokedAt !== undefined) return left(notFound('token'));
      tokens.set(id, { ...token, revokedAt: clock.now() });
      return right(undefined);
    }),
  };

  const application: FakeApplication = {
    authenticate: (credential) => application.judge(credential),
    judge: async (credential) => actorOf(credential),
    ingest: fakeIngest(),
    queries,
    commands,
    contexts,
    asked,
    keys,
    services,
  };
  return application;
};
