import { Client, type QueryResultRow } from 'pg';
import { startSandbox, type Sandbox } from '../../sandbox/sandbox.ts';
import { apiClient, type ApiClient } from './api-client.ts';
import { administratorToken, JWT_SECRET, noDeadlockIn } from './gateway.ts';
import { migratedCopy } from './postgres-server.ts';
import { startRedis, type PrivateRedis } from './redis-server.ts';
import { startService, type Environment, type ServiceProcess } from './service-process.ts';
import { testFolder } from './test-folder.ts';

/** Identical service processes on one database and one Redis, and a sandbox. */
export type Replicas = {
  readonly sandbox: Sandbox;
  readonly redis: PrivateRedis;
  readonly processes: readonly ServiceProcess[];
  /** A client of each replica, with an administrator's token for the tenant. */
  readonly clients: (tenant: string) => Promise<readonly ApiClient[]>;
  /** Kills one with kill -9 and starts another in its place, on another port. */
  readonly replace: (place: number) => Promise<void>;
  readonly sql: <R extends QueryResultRow>(
    text: string,
    values?: readonly unknown[],
  ) => Promise<readonly R[]>;
  readonly stop: () => Promise<void>;
};

export const startReplicas = async (count: number, change: Environment = {}): Promise<Replicas> => {
  const [sandbox, database, redis, folder] = await Promise.all([
    startSandbox(),
    migratedCopy(),
    startRedis(),
    testFolder(),
  ]);
  const owner = new Client({ connectionString: database.url, application_name: 'end-to-end test' });
  await owner.connect();
  const environment: Environment = {
    DATABASE_URL: database.url,
    REDIS_URL: redis.url,
    HOST: '127.0.0.1',
    JWT_SECRET,
    ENCRYPTION_KEYS: `k1:${Buffer.alloc(32, 7).toString('base64')}`,
    ALLOW_PRIVATE_PROVIDERS: 'true',
    RATE_LIMIT_GEOCODING_PER_MINUTE: '0',
    // The sandbox counts a probe as a call, although it costs nothing and is not in the trail.
    PROBE_INTERVAL_SECONDS: '3600',
    ...change,
  };
  const startOnce = (n: number) => startService({ ...environment, SPOOL_DIR: `${folder.path}/spool-${n}` });
  // A start that fails because the database is unavailable is tried again, as any supervisor would.
  const start = (n: number) => startOnce(n).catch(() => startOnce(n));
  const processes = [await start(0)];
  let before = '';
  while (processes.length < count) processes.push(await start(processes.length));
  return {
    sandbox,
    redis,
    processes,
    clients: async (tenant) => {
      const credential = await administratorToken({ tenants: [tenant] });
      return processes.map(({ url }) => apiClient({ url, tenant, credential }));
    },
    replace: async (place) => {
      await processes[place]?.kill();
      before += processes[place]?.output() ?? '';
      processes[place] = await start(place);
    },
    sql: async <R extends QueryResultRow>(text: string, values: readonly unknown[] = []) =>
      (await owner.query<R>(text, [...values])).rows,
    stop: async () => {
      redis.thaw();
      await Promise.all(processes.map((process) => process.stop()));
      await Promise.all([sandbox.stop(), owner.end(), redis.stop()]);
      await database.drop();
      folder.remove();
      noDeadlockIn(before + processes.map((process) => process.output()).join(''));
    },
  };
};
