import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { startEmbeddedPostgres } from '../../src/infrastructure/embedded/embedded-postgres.ts';
import { startRedis } from '../../test/support/redis-server.ts';
import { atEnd } from './at-end.ts';
import { startChild } from './child.ts';
import { measuring, type Party, type Rig } from './measuring.ts';
import { PROVIDER_LATENCY_MS } from './rig.ts';
import { startService } from './service.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** The most connections that the server permits for two services with three processes in all. */
const POOL_SIZE = '6';

/**
 * The service configured for production twice, with one process and with two workers, each with its own PostgreSQL and
 * Redis.
 */
export const startTwoServices = async (): Promise<Rig<'one' | 'two'>> => {
  const sandbox = startChild('rivals/sandbox.ts');
  const { googleUrl } = (await sandbox.ask(PROVIDER_LATENCY_MS)) as { googleUrl: string };
  return measuring(sandbox.pid, {
    one: await configured('one', googleUrl),
    two: await configured('two', googleUrl, { WEB_CONCURRENCY: '2' }),
  });
};

/** Two services with one process each, with and without a Redis. */
export const startTwoFirstTiers = async (): Promise<Rig<'memory' | 'redis'>> => {
  const sandbox = startChild('rivals/sandbox.ts');
  const { googleUrl } = (await sandbox.ask(PROVIDER_LATENCY_MS)) as { googleUrl: string };
  return measuring(sandbox.pid, {
    memory: await configured('memory', googleUrl, { REDIS_URL: '' }),
    redis: await configured('redis', googleUrl),
  });
};

const configured = async (
  name: string,
  googleUrl: string,
  change: Readonly<Record<string, string>> = {},
): Promise<Party> => {
  const folder = join(temporaryFolder(), name);
  mkdirSync(folder, { recursive: true });
  const postgres = await startEmbeddedPostgres({ dataDir: join(folder, 'postgres') });
  atEnd(postgres.stop);
  const redis = await startRedis();
  atEnd(redis.stop);
  const { port, pid, headers } = await startService(folder, googleUrl, {
    environment: {
      HOST: '127.0.0.1',
      DATABASE_URL: postgres.url,
      DATABASE_POOL_SIZE: POOL_SIZE,
      REDIS_URL: redis.url,
      ENCRYPTION_KEYS: `k1:${randomBytes(32).toString('base64')}`,
      JWT_SECRET: randomBytes(32).toString('base64'),
      ...change,
    },
  });
  const stores = [postgres.pid, await pidOfRedis(redis.port)];
  return { pid, stores, target: { kind: 'gateway', headers, port } };
};

const pidOfRedis = async (port: number): Promise<number> => {
  const socket = connect(port, '127.0.0.1');
  socket.write('INFO server\r\n');
  let text = '';
  for await (const chunk of socket) {
    text += String(chunk);
    const pid = /process_id:(\d+)/.exec(text)?.[1];
    if (pid !== undefined) return Number(pid);
  }
  throw new Error('Redis did not say which process it is');
};
