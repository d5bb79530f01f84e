import { Client, type QueryResultRow } from 'pg';
import { startSandbox } from '../../sandbox/sandbox.ts';
import { apiClient, type ApiClient } from './api-client.ts';
import { TAP, type TappedEvent } from './event-tap.ts';
import { administratorToken, ISSUER, JWT_SECRET, registerGoogle } from './gateway.ts';
import { eventually } from './until.ts';
import { privatePostgres, type PrivatePostgres } from './private-postgres.ts';
import { startService, type Environment, type ServiceProcess } from './service-process.ts';
import { testFolder } from './test-folder.ts';

export const OUTAGE_TENANT = 'outage';

export type Answered = {
  readonly status: number;
  readonly logId: string | undefined;
  readonly took: number;
  readonly text: string;
};

/** A service process with its own PostgreSQL and spool, a sandbox, and callers who note every answer. */
export type OutageRig = {
  readonly server: PrivatePostgres;
  readonly spoolDir: string;
  readonly service: () => ServiceProcess;
  readonly api: () => Promise<ApiClient>;
  readonly geocode: (address: string) => Promise<Answered>;
  /** Calls at this rate until `end`, half of them for addresses that were not asked for before. */
  readonly load: (perSecond: number) => { readonly end: () => Promise<readonly Answered[]> };
  readonly metric: (name: string) => Promise<number>;
  readonly sql: <R extends QueryResultRow>(
    text: string,
    values?: readonly unknown[],
  ) => Promise<readonly R[]>;
  /** Waits until the spool is empty. */
  readonly drained: () => Promise<void>;
  /**
   * For each of these calls, how often it is in the trail and its completing event in the outbox, as `records/events`.
   */
  readonly stored: (calls: readonly Answered[]) => Promise<readonly string[]>;
  readonly restart: (how: 'stop' | 'kill', change?: Environment) => Promise<void>;
  readonly stop: () => Promise<void>;
};

export const startOutageRig = async (change: Environment = {}): Promise<OutageRig> => {
  const [server, sandbox, folder] = await Promise.all([privatePostgres(), startSandbox(), testFolder()]);
  const spoolDir = `${folder.path}/spool`;
  const environment: Environment = {
    DATABASE_URL: server.url,
    HOST: '127.0.0.1',
    JWT_SECRET,
    JWT_ISSUER: ISSUER,
    ENCRYPTION_KEYS: `k1:${Buffer.alloc(32, 7).toString('base64')}`,
    ALLOW_PRIVATE_PROVIDERS: 'true',
    RATE_LIMIT_GEOCODING_PER_MINUTE: '100000',
    SPOOL_DIR: spoolDir,
    LOG_LEVEL: 'warn',
    ...change,
  };
  let service = await startService(environment);
  const credential = await administratorToken({ tenants: [OUTAGE_TENANT] });
  const client = (): ApiClient => apiClient({ url: service.url, tenant: OUTAGE_TENANT, credential });
  const geocode = async (address: string): Promise<Answered> => {
    const started = performance.now();
    const { status, headers, text } = await client().post('/geocoding/geocode', { address });
    const took = performance.now() - started;
    return { status, logId: headers.get('x-integration-log-id') ?? undefined, took, text };
  };
  const sql: OutageRig['sql'] = async <R extends QueryResultRow>(
    text: string,
    values: readonly unknown[] = [],
  ) => {
    const owner = new Client({ connectionString: server.url });
    await owner.connect();
    try {
      return (await owner.query<R>(text, [...values])).rows;
    } finally {
      await owner.end();
    }
  };
  const metric = async (name: string): Promise<number> => {
    const text = await (await fetch(`${service.url}/metrics`)).text();
    return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1]);
  };
  // With quotas, so that their leases too have to work without the database.
  await registerGoogle(client(), sandbox, { rate_limit_per_minute: 100_000, rate_limit_per_day: 1_000_000 });
  await sql(TAP);
  return {
    server,
    spoolDir,
    service: () => service,
    api: async () => client(),
    geocode,
    load: (perSecond) => startLoad(geocode, perSecond),
    metric,
    sql,
    drained: async () => {
      const empty = async () => ((await metric('integration_spool_records')) === 0 ? true : undefined);
      await eventually('the spool to be shipped', empty);
    },
    stored: (calls) => storedCounts(sql, calls),
    restart: async (how, more = {}) => {
      await (how === 'stop' ? service.stop() : service.kill());
      service = await startService({ ...environment, ...more });
    },
    stop: async () => {
      await service.kill();
      await sandbox.stop();
      await server.remove();
      folder.remove();
    },
  };
};

const startLoad = (geocode: OutageRig['geocode'], perSecond: number): ReturnType<OutageRig['load']> => {
  const asked: Promise<Answered>[] = [];
  const failed = (error: unknown): Answered => ({
    status: 0,
    logId: undefined,
    took: 0,
    text: String(error),
  });
  const started = performance.now();
  const timer = setInterval(() => {
    // Catches up after a pause of this process, so that the rate is kept.
    const due = Math.floor(((performance.now() - started) * perSecond) / 1_000);
    while (asked.length < due) {
      const n = asked.length;
      const house = n % 2 === 0 ? n % 20 : 1_000 + n;
      asked.push(geocode(`Москва, Арбат, ${house}`).catch(failed));
    }
  }, 5);
  return {
    end: async () => {
      clearInterval(timer);
      return Promise.all(asked);
    },
  };
};

const storedCounts = async (
  sql: OutageRig['sql'],
  calls: readonly Answered[],
): Promise<readonly string[]> => {
  const records = await sql<{ id: string; n: number }>(
    'select id, count(*)::int as n from integration_logs group by id',
  );
  const rows = await sql<{ messages: string }>('select messages from tapped_events order by id');
  const events = new Map<string, number>();
  for (const { messages } of rows)
    for (const { type, subject } of JSON.parse(messages) as readonly TappedEvent[])
      if (type === 'integration.cache.hit' || type === 'integration.request.completed')
        events.set(subject, (events.get(subject) ?? 0) + 1);
  const byId = new Map(records.map(({ id, n }) => [id, n]));
  return calls.map(({ logId = '' }) => `${byId.get(logId) ?? 0}/${events.get(logId) ?? 0}`);
};
