import type { TenantLimits } from '../../application/provider-call/quota/own-quota.ts';
import { isLeft, left, right, type Either } from '../../domain/shared/fp.ts';
import { tenantId, type TenantId } from '../../domain/shared/tenant-context.ts';
import type { IpNetwork } from '../../domain/webhook/sender/ip-address.ts';
import { databaseUrl as readDatabaseUrl, listenHost, publicUrl, rabbitmqUrl } from './addresses.ts';
import { cacheLives, type CacheLives } from './cache-lives.ts';
import { credentialsFile } from './credentials-file.ts';
import { environmentReader, type EnvironmentReader } from './environment-reader.ts';
import { redisCa, redisKeyPrefix, redisUrl } from './redis-config.ts';
import { encryptionKeys, jwtConfig, providerKey, type JwtConfig } from './secrets-config.ts';
import { tracingConfig, type TracingConfig } from './tracing-config.ts';
import { trustedProxies } from './trusted-proxies.ts';

export type LogLevel = 'error' | 'warn' | 'info' | 'debug';

/** Includes two names by which the sibling services, written in Python, know the same levels. */
const logLevels = {
  error: 'error',
  warn: 'warn',
  info: 'info',
  debug: 'debug',
  warning: 'warn',
  critical: 'error',
} as const satisfies { readonly [name: string]: LogLevel };
const logLevelNames = Object.keys(logLevels) as (keyof typeof logLevels)[];

/** The whole environment, typed and checked. Durations are in milliseconds unless the name says otherwise. */
export type Config = {
  readonly host: string;
  readonly port: number;
  readonly dataDir: string;
  /** Folder for calls that wait on this disk while the database is away. */
  readonly spoolDir: string;
  readonly spoolMaxBytes: number;
  /** Undefined: the embedded PostgreSQL. */
  readonly databaseUrl: string | undefined;
  readonly databasePoolSize: number;
  readonly redisUrl: string | undefined;
  /** PEM of the certificate authority of Redis; undefined: those that Node trusts. */
  readonly redisCa: string | undefined;
  /** Prefix of every key in Redis. */
  readonly redisKeyPrefix: string;
  readonly rabbitmqUrl: string | undefined;
  readonly commandPrefetch: number;
  /** Undefined: generated and stored beside the embedded data. */
  readonly encryptionKeys: string | undefined;
  readonly jwt: JwtConfig;
  readonly defaultTenant: TenantId;
  readonly googleMapsApiKey: string | undefined;
  readonly yandexMapsApiKey: string | undefined;
  /** JSON of a service-account key, already checked. */
  readonly googleSheetsCredentials: string | undefined;
  readonly allowPrivateProviders: boolean;
  /** Proxies whose `X-Forwarded-For` is trusted. */
  readonly trustedProxies: readonly IpNetwork[];
  /** Base URL at which senders reach this service, without a trailing slash; undefined: taken from each request. */
  readonly publicUrl: string | undefined;
  /** A JSON file with managed address lists. */
  readonly ipRangesPath: string | undefined;
  readonly logLevel: LogLevel;
  /** Undefined: no traces are collected. */
  readonly tracing: TracingConfig | undefined;
  readonly tenantLimits: TenantLimits;
  /** The limit for services, for webhooks and for usable tokens of one tenant, each. */
  readonly mostPerTenant: number;
  readonly cacheLives: CacheLives;
  readonly cacheMaxEntries: number;
  readonly logRetentionDays: number;
  /** How long the answer for an idempotency key is kept. */
  readonly idempotencyHours: number;
  readonly callDeadlineMs: number;
  readonly attemptTimeoutMs: number;
  readonly probeIntervalMs: number;
  /** Number of processes that serve on this port. */
  readonly workers: number;
  readonly shutdownGraceMs: number;
  /** How long readiness is 503 while everything is still served. */
  readonly shutdownDrainMs: number;
};

const DEFAULT_TENANT = 'uk_company_1';

/** Reads the configuration, or returns all problems at once. */
export const configFrom = (
  environment: Readonly<Record<string, string | undefined>>,
): Either<readonly string[], Config> => {
  const read = environmentReader(environment);
  const databaseUrl = readDatabaseUrl(read);
  const isEmbedded = databaseUrl === undefined;
  const config: Config = {
    ...listening(read, isEmbedded),
    databaseUrl,
    ...storing(read, isEmbedded),
    encryptionKeys: encryptionKeys(read),
    jwt: jwtConfig(read),
    ...firstServices(read),
    allowPrivateProviders: read.flag('ALLOW_PRIVATE_PROVIDERS', false),
    trustedProxies: trustedProxies(read),
    publicUrl: publicUrl(read),
    ipRangesPath: read.text('IP_RANGES_PATH'),
    logLevel: read.flag('DEBUG', false) ? 'debug' : logLevels[read.oneOf('LOG_LEVEL', logLevelNames, 'info')],
    tracing: tracingConfig(read),
    tenantLimits: tenantLimits(read),
    mostPerTenant: read.integer('MOST_PER_TENANT', 1_000, { from: 1, to: 100_000 }),
    ...keeping(read),
    ...durations(read),
    workers: workers(read),
  };
  return read.problems.length > 0 ? left(read.problems) : right(config);
};

const listening = (read: EnvironmentReader, isEmbedded: boolean) =>
  ({
    host: listenHost(read) ?? (isEmbedded ? '127.0.0.1' : '0.0.0.0'),
    port: read.integer('PORT', 8006, { from: 0, to: 65_535 }),
  }) satisfies Partial<Config>;

const storing = (read: EnvironmentReader, isEmbedded: boolean) => {
  const dataDir = read.text('DATA_DIR') ?? '.data';
  return {
    dataDir,
    spoolDir: read.text('SPOOL_DIR') ?? `${dataDir}/spool`,
    spoolMaxBytes: read.integer('SPOOL_MAX_BYTES', 268_435_456, { from: 131_072, to: 1_099_511_627_776 }),
    databasePoolSize: read.integer('DATABASE_POOL_SIZE', isEmbedded ? 5 : 10, { from: 2, to: 200 }),
    redisUrl: redisUrl(read),
    redisCa: redisCa(read),
    redisKeyPrefix: redisKeyPrefix(read),
    rabbitmqUrl: rabbitmqUrl(read),
    commandPrefetch: read.integer('COMMAND_PREFETCH', 16, { from: 1, to: 1_000 }),
  } satisfies Partial<Config>;
};

/** The default tenant, and the keys with which its services are registered at a first start. */
const firstServices = (read: EnvironmentReader) =>
  ({
    defaultTenant: tenant(read),
    googleMapsApiKey: providerKey(read, 'GOOGLE_MAPS_API_KEY'),
    yandexMapsApiKey: providerKey(read, 'YANDEX_MAPS_API_KEY'),
    googleSheetsCredentials: credentialsFile(read, 'GOOGLE_SHEETS_CREDENTIALS_PATH'),
  }) satisfies Partial<Config>;

const keeping = (read: EnvironmentReader) =>
  ({
    cacheLives: cacheLives(read),
    cacheMaxEntries: read.integer('CACHE_L1_MAX_ENTRIES', 20_000, { from: 100, to: 10_000_000 }),
    logRetentionDays: read.integer('LOG_RETENTION_DAYS', 90, { from: 1, to: 3_650 }),
    idempotencyHours: read.integer('IDEMPOTENCY_KEEP_HOURS', 24, { from: 1, to: 8_760 }),
  }) satisfies Partial<Config>;

const durations = (read: EnvironmentReader) =>
  ({
    callDeadlineMs: read.integer('CALL_DEADLINE_MS', 10_000, { from: 100, to: 120_000 }),
    attemptTimeoutMs: read.integer('ATTEMPT_TIMEOUT_MS', 3_000, { from: 50, to: 60_000 }),
    probeIntervalMs: read.integer('PROBE_INTERVAL_SECONDS', 30, { from: 1, to: 3_600 }) * 1000,
    shutdownGraceMs: read.integer('SHUTDOWN_GRACE_MS', 10_000, { from: 0, to: 120_000 }),
    shutdownDrainMs: read.integer('SHUTDOWN_DRAIN_MS', 0, { from: 0, to: 120_000 }),
  }) satisfies Partial<Config>;

/**
 * Several processes must share what a single one keeps in memory: each of them would otherwise grant every quota in
 * full.
 */
const workers = (read: EnvironmentReader): number => {
  const count = read.integer('WEB_CONCURRENCY', 1, { from: 1, to: 64 });
  if (count > 1 && !read.has('REDIS_URL'))
    read.problem(
      'WEB_CONCURRENCY',
      'more than one worker needs REDIS_URL, where they share quotas and cache',
    );
  if (count > 1 && !read.has('DATABASE_URL'))
    read.problem(
      'WEB_CONCURRENCY',
      'more than one worker needs DATABASE_URL: the embedded database has one user',
    );
  return count;
};

const tenant = (read: EnvironmentReader): TenantId => {
  const standard = DEFAULT_TENANT as TenantId;
  const given = tenantId(read.text('MANAGEMENT_COMPANY_ID') ?? standard);
  if (!isLeft(given)) return given.right;
  read.problem('MANAGEMENT_COMPANY_ID', 'letters, digits, "_", "." and "-", at most 64');
  return standard;
};

/** Per tenant and minute; 0 removes a limit. */
const tenantLimits = (read: EnvironmentReader): TenantLimits => {
  const limit = (name: string, standard: number) => {
    const minute = read.integer(name, standard, { from: 0, to: 10_000_000 });
    return minute === 0 ? {} : { minute };
  };
  return {
    geocoding: limit('RATE_LIMIT_GEOCODING_PER_MINUTE', 50),
    spreadsheet: limit('RATE_LIMIT_SHEETS_PER_MINUTE', 100),
    webhook: limit('RATE_LIMIT_WEBHOOKS_PER_MINUTE', 200),
  };
};
