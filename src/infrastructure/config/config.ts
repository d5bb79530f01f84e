import type { TenantLimits } from '../../application/provider-call/own-quota.ts';
import type { OperationLives } from '../../application/provider-call/answer-lives.ts';
import { isLeft, left, right, type Either } from '../../domain/shared/fp.ts';
import { tenantId, type TenantId } from '../../domain/shared/tenant-context.ts';
import type { IpNetwork } from '../../domain/webhook/ip-address.ts';
import { parseRedisUrl } from '../redis/redis-url.ts';
import { parseEncryptionKeys } from '../security/encryption-keys.ts';
import { certificatesFile } from './certificates-file.ts';
import { credentialsFile } from './credentials-file.ts';
import { trustedProxies } from './trusted-proxies.ts';
import { tracingConfig, type TracingConfig } from './tracing-config.ts';
import { environmentReader, type EnvironmentReader } from './environment-reader.ts';

export type LogLevel = 'error' | 'warn' | 'info' | 'debug';

/** Two of the names by which the sibling services, which are written in Python, know the same levels. */
const logLevels = {
  error: 'error',
  warn: 'warn',
  info: 'info',
  debug: 'debug',
  warning: 'warn',
  critical: 'error',
} as const satisfies { readonly [name: string]: LogLevel };
const logLevelNames = Object.keys(logLevels) as (keyof typeof logLevels)[];

/** How administrators' tokens are checked; undefined: a secret is generated beside the embedded data. */
export type JwtKeys = { readonly secret: string } | { readonly jwksUrl: string } | undefined;

/** Everything the environment says, typed and checked. Durations in milliseconds unless the name says otherwise. */
export type Config = {
  readonly host: string;
  readonly port: number;
  readonly dataDir: string;
  /** Where calls wait on this disk while the database is away. */
  readonly spoolDir: string;
  readonly spoolMaxBytes: number;
  /** Undefined: the embedded PostgreSQL. */
  readonly databaseUrl: string | undefined;
  readonly databasePoolSize: number;
  readonly redisUrl: string | undefined;
  /** Who signs the certificates of Redis, in PEM; undefined: whom Node trusts. */
  readonly redisCa: string | undefined;
  /** What every key in Redis begins with. */
  readonly redisKeyPrefix: string;
  readonly rabbitmqUrl: string | undefined;
  readonly commandPrefetch: number;
  /** Undefined: generated beside the embedded data. */
  readonly encryptionKeys: string | undefined;
  readonly jwt: { readonly keys: JwtKeys; readonly issuer: string; readonly audience: string };
  readonly defaultTenant: TenantId;
  readonly googleMapsApiKey: string | undefined;
  readonly yandexMapsApiKey: string | undefined;
  /** JSON of a service-account key, checked. */
  readonly googleSheetsCredentials: string | undefined;
  readonly allowPrivateProviders: boolean;
  /** Whose `X-Forwarded-For` counts. */
  readonly trustedProxies: readonly IpNetwork[];
  /** As senders reach this service, without a slash at the end; undefined: as the request says. */
  readonly publicUrl: string | undefined;
  /** A JSON file of managed address lists. */
  readonly ipRangesPath: string | undefined;
  readonly logLevel: LogLevel;
  /** Undefined: nobody collects traces. */
  readonly tracing: TracingConfig | undefined;
  readonly tenantLimits: TenantLimits;
  /** Services, webhooks and usable tokens of one tenant, each. */
  readonly mostPerTenant: number;
  readonly cacheLives: {
    readonly geocode: OperationLives;
    readonly reverse: OperationLives;
    readonly distance: OperationLives;
    readonly sheets: OperationLives;
  };
  readonly cacheMaxEntries: number;
  readonly logRetentionDays: number;
  /** How long the answer to an idempotency key is kept. */
  readonly idempotencyHours: number;
  readonly callDeadlineMs: number;
  readonly attemptTimeoutMs: number;
  readonly probeIntervalMs: number;
  /** Processes that serve on this port. */
  readonly workers: number;
  readonly shutdownGraceMs: number;
  /** How long readiness says 503 while everything is still served. */
  readonly shutdownDrainMs: number;
};

export const DEFAULT_TENANT = 'uk_company_1';
const MINUTE = 60_000;
const MOST_SHEETS_GRACE_MS = 60 * MINUTE;
/** RFC 7518 section 3.2: a key for HS256 has at least 256 bits. */
const SHORTEST_JWT_SECRET = 32;

/** Environment to configuration, or every problem at once. */
export const configFrom = (
  environment: Readonly<Record<string, string | undefined>>,
): Either<readonly string[], Config> => {
  const read = environmentReader(environment);
  const databaseUrl = read.url('DATABASE_URL', ['postgresql', 'postgres', 'postgresql+asyncpg']);
  const dataDir = read.text('DATA_DIR') ?? '.data';
  const config: Config = {
    host: read.text('HOST') ?? (databaseUrl === undefined ? '127.0.0.1' : '0.0.0.0'),
    port: read.integer('PORT', 8006, { from: 0, to: 65_535 }),
    dataDir,
    spoolDir: read.text('SPOOL_DIR') ?? `${dataDir}/spool`,
    spoolMaxBytes: read.integer('SPOOL_MAX_BYTES', 268_435_456, { from: 131_072, to: 1_099_511_627_776 }),
    databaseUrl,
    databasePoolSize: read.integer('DATABASE_POOL_SIZE', databaseUrl === undefined ? 5 : 10, {
      from: 2,
      to: 200,
    }),
    redisUrl: redisUrl(read),
    redisCa: redisCa(read),
    redisKeyPrefix: redisKeyPrefix(read),
    rabbitmqUrl: read.url('RABBITMQ_URL', ['amqp', 'amqps']),
    commandPrefetch: read.integer('COMMAND_PREFETCH', 16, { from: 1, to: 1_000 }),
    encryptionKeys: encryptionKeys(read),
    jwt: jwt(read),
    defaultTenant: tenant(read),
    googleMapsApiKey: read.text('GOOGLE_MAPS_API_KEY'),
    yandexMapsApiKey: read.text('YANDEX_MAPS_API_KEY'),
    googleSheetsCredentials: credentialsFile(read, 'GOOGLE_SHEETS_CREDENTIALS_PATH'),
    allowPrivateProviders: read.flag('ALLOW_PRIVATE_PROVIDERS', false),
    trustedProxies: trustedProxies(read),
    publicUrl: read.url('PUBLIC_URL', ['https', 'http'])?.replace(/\/+$/, ''),
    ipRangesPath: read.text('IP_RANGES_PATH'),
    logLevel: read.flag('DEBUG', false) ? 'debug' : logLevels[read.oneOf('LOG_LEVEL', logLevelNames, 'info')],
    tracing: tracingConfig(read),
    tenantLimits: tenantLimits(read),
    mostPerTenant: read.integer('MOST_PER_TENANT', 1_000, { from: 1, to: 100_000 }),
    cacheLives: cacheLives(read),
    cacheMaxEntries: read.integer('CACHE_L1_MAX_ENTRIES', 20_000, { from: 100, to: 10_000_000 }),
    logRetentionDays: read.integer('LOG_RETENTION_DAYS', 90, { from: 1, to: 3_650 }),
    idempotencyHours: read.integer('IDEMPOTENCY_KEEP_HOURS', 24, { from: 1, to: 8_760 }),
    callDeadlineMs: read.integer('CALL_DEADLINE_MS', 10_000, { from: 100, to: 120_000 }),
    attemptTimeoutMs: read.integer('ATTEMPT_TIMEOUT_MS', 3_000, { from: 50, to: 60_000 }),
    probeIntervalMs: read.integer('PROBE_INTERVAL_SECONDS', 30, { from: 1, to: 3_600 }) * 1000,
    workers: workers(read),
    shutdownGraceMs: read.integer('SHUTDOWN_GRACE_MS', 10_000, { from: 0, to: 120_000 }),
    shutdownDrainMs: read.integer('SHUTDOWN_DRAIN_MS', 0, { from: 0, to: 120_000 }),
  };
  return read.problems.length > 0 ? left(read.problems) : right(config);
};

/** Also when its URL is wrong: what would be missing then is told in the same breath. */
const hasDatabase = (read: EnvironmentReader): boolean => read.text('DATABASE_URL') !== undefined;

const encryptionKeys = (read: EnvironmentReader): string | undefined => {
  const given = read.text('ENCRYPTION_KEYS');
  if (given === undefined) {
    if (hasDatabase(read))
      read.problem(
        'ENCRYPTION_KEYS',
        'required with DATABASE_URL: id:base64 of 32 bytes, comma separated, the first one seals',
      );
    return undefined;
  }
  const keys = parseEncryptionKeys(given);
  if (isLeft(keys)) for (const detail of keys.left) read.problem('ENCRYPTION_KEYS', detail);
  return given;
};

/** No URL to the standard's parser when it names several hosts. */
const redisUrl = (read: EnvironmentReader): string | undefined => {
  const given = read.text('REDIS_URL');
  const target = given === undefined ? undefined : parseRedisUrl(given);
  if (target !== undefined && isLeft(target)) read.problem('REDIS_URL', target.left);
  return given;
};

/** Refused where it would not be used: who sets it believes the way to Redis encrypted. */
const redisCa = (read: EnvironmentReader): string | undefined => {
  const ca = certificatesFile(read, 'REDIS_CA_PATH');
  if (ca !== undefined && read.text('REDIS_URL')?.startsWith('rediss:') !== true)
    read.problem('REDIS_CA_PATH', 'needs a REDIS_URL that begins with rediss://');
  return ca;
};

/** No braces: they say by what a cluster spreads the keys. */
const redisKeyPrefix = (read: EnvironmentReader): string => {
  const given = read.text('REDIS_KEY_PREFIX') ?? 'integration:';
  if (!/^[\w:.-]{1,64}$/.test(given))
    read.problem('REDIS_KEY_PREFIX', 'letters, digits, ":", "_", "." and "-", at most 64');
  return given;
};

/** What one process keeps to itself, several have to share: quotas would be granted once by each of them. */
const workers = (read: EnvironmentReader): number => {
  const count = read.integer('WEB_CONCURRENCY', 1, { from: 1, to: 64 });
  if (count > 1 && read.text('REDIS_URL') === undefined)
    read.problem(
      'WEB_CONCURRENCY',
      'more than one worker needs REDIS_URL, where they share quotas and cache',
    );
  if (count > 1 && !hasDatabase(read))
    read.problem(
      'WEB_CONCURRENCY',
      'more than one worker needs DATABASE_URL: the embedded database has one user',
    );
  return count;
};

const jwt = (read: EnvironmentReader): Config['jwt'] => {
  const secret = read.text('JWT_SECRET');
  const jwksUrl = read.url('JWT_JWKS_URL', ['https', 'http']);
  const isJwksGiven = read.text('JWT_JWKS_URL') !== undefined;
  if (secret !== undefined && isJwksGiven)
    read.problem('JWT_SECRET', 'set JWT_SECRET or JWT_JWKS_URL, not both');
  if (secret !== undefined && secret.length < SHORTEST_JWT_SECRET)
    read.problem('JWT_SECRET', `at least ${SHORTEST_JWT_SECRET} characters (RFC 7518)`);
  if (hasDatabase(read) && secret === undefined && !isJwksGiven)
    read.problem('JWT_SECRET', 'JWT_SECRET or JWT_JWKS_URL is required with DATABASE_URL');
  const keys = secret !== undefined ? { secret } : jwksUrl !== undefined ? { jwksUrl } : undefined;
  return {
    keys,
    issuer: read.text('JWT_ISSUER') ?? 'integration-service',
    audience: read.text('JWT_AUDIENCE') ?? 'integration-service',
  };
};

const tenant = (read: EnvironmentReader): TenantId => {
  const standard = DEFAULT_TENANT as TenantId;
  const given = tenantId(read.text('MANAGEMENT_COMPANY_ID') ?? standard);
  if (!isLeft(given)) return given.right;
  read.problem('MANAGEMENT_COMPANY_ID', 'letters, digits, "_", "." and "-", at most 64');
  return standard;
};

/** The brief's limits per tenant and minute; 0 lifts a limit. */
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

const cacheLives = (read: EnvironmentReader): Config['cacheLives'] => {
  const minutes = (name: string, standard: number, to = 60, from = 5): number =>
    read.integer(name, standard, { from, to }) * MINUTE;
  const shared = {
    l1Ms: minutes('CACHE_L1_MINUTES', 5, 60, 1),
    negativeMs: minutes('CACHE_NEGATIVE_MINUTES', 5, 60, 1),
    graceMs: minutes('CACHE_GRACE_MINUTES', 1_440, 43_200, 0),
  };
  return {
    geocode: { ...shared, l2Ms: minutes('CACHE_GEOCODE_MINUTES', 60) },
    reverse: { ...shared, l2Ms: minutes('CACHE_REVERSE_MINUTES', 60) },
    distance: { ...shared, l2Ms: minutes('CACHE_DISTANCE_MINUTES', 60) },
    sheets: {
      ...shared,
      l2Ms: minutes('CACHE_SHEETS_MINUTES', 5),
      // Each write begins a new version, and what was read before it is of no use to anybody.
      graceMs: Math.min(shared.graceMs, MOST_SHEETS_GRACE_MS),
    },
  };
};
