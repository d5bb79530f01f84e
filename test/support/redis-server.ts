import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { systemSleep } from '../../src/infrastructure/system/system-clock.ts';
import { freePorts } from './free-ports.ts';
import { findService, type ServiceRecipe, type TestService, type WayOutcome } from './services.ts';
import { testFolder } from './test-folder.ts';
import { tlsFiles } from './tls-files.ts';

/** A Redis owned by the test, which can be stopped, killed and frozen. */
export type PrivateRedis = TestService & {
  readonly port: number;
  /** Kills it with SIGKILL; its data is lost. */
  readonly kill: () => Promise<void>;
  /** Starts it again, empty, on the same port. */
  readonly restart: () => Promise<void>;
  /** Accepts connections and never answers, until `thaw`. */
  readonly freeze: () => void;
  readonly thaw: () => void;
};

const START_TIMEOUT_MS = 300_000;
const READY = /Ready to accept connections/;

/** A port that is free now; another process may take it first, so a start that fails for this is tried again. */
const freePort = async (): Promise<number> => {
  const [port = 0] = await freePorts(1);
  return port;
};

/** Under setpriv, the kernel ends the server when this process dies, by kill -9 too. */
const launched = async (args: readonly string[], ready: RegExp): Promise<ChildProcess> => {
  const [program = '', ...rest] =
    process.platform === 'linux' ? ['setpriv', '--pdeathsig', 'KILL', ...args] : args;
  const child = spawn(program, rest, { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  await new Promise<void>((resolve, reject) => {
    const note = (chunk: Buffer) => {
      output += chunk.toString();
      if (ready.test(output)) resolve();
    };
    child.stdout?.on('data', note);
    child.stderr?.on('data', note);
    child.once('error', reject);
    child.once('exit', () => reject(new Error(`redis-server ended: ${output.slice(-300)}`)));
  });
  return child;
};

const launch = (port: number, folder: string, extra: readonly string[]): Promise<ChildProcess> => {
  const server = ['redis-server', '--port', String(port), '--bind', '127.0.0.1', '--dir', folder];
  return launched([...server, '--save', '', '--appendonly', 'no', ...extra], READY);
};

const ended = async (child: ChildProcess): Promise<void> => {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
};

type Started = { readonly port: number; readonly extra: readonly string[]; readonly child: ChildProcess };

const startOnFreePort = async (
  folder: string,
  given: readonly string[] | ((port: number) => readonly string[]),
  attempts = 3,
): Promise<Started> => {
  const port = await freePort();
  const extra = typeof given === 'function' ? given(port) : given;
  try {
    return { port, extra, child: await launch(port, folder, extra) };
  } catch (error) {
    if (attempts <= 1) throw error;
    return startOnFreePort(folder, given, attempts - 1);
  }
};

/** Starts a Redis on a free port, without persistence. */
export const startRedis = async (
  given: readonly string[] | ((port: number) => readonly string[]) = [],
): Promise<PrivateRedis> => {
  const folder = await testFolder();
  const started = await startOnFreePort(folder.path, given).catch((error: unknown) => {
    folder.remove();
    throw error;
  });
  const { port, extra } = started;
  let { child } = started;
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL');
    await ended(child);
  };
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    kill,
    restart: async () => {
      await kill();
      child = await launch(port, folder.path, extra);
    },
    freeze: () => void child.kill('SIGSTOP'),
    thaw: () => void child.kill('SIGCONT'),
    stop: () => kill().finally(folder.remove),
  };
};

/** A Redis that accepts only TLS. */
export const startTlsRedis = async (): Promise<PrivateRedis> => {
  const { authority, certificate, key } = tlsFiles;
  const files = ['--tls-cert-file', certificate, '--tls-key-file', key, '--tls-ca-cert-file', authority];
  const ports = (port: number) => ['--port', '0', '--tls-port', String(port), '--tls-auth-clients', 'no'];
  const redis = await startRedis((port) => [...ports(port), ...files]);
  return { ...redis, url: redis.url.replace('redis:', 'rediss:') };
};

const WATCHED = 'the-master';

const sentinel = async (rules: readonly string[], ready: RegExp): Promise<TestService> => {
  const [folder, port] = [await testFolder(), await freePort()];
  const file = join(folder.path, 'sentinel.conf');
  await writeFile(file, [`port ${port}`, `dir ${folder.path}`, ...rules].join('\n'));
  const child = await launched(['redis-server', file, '--sentinel'], ready);
  return {
    url: `redis://127.0.0.1:${port}?sentinel=${WATCHED}`,
    stop: async () => {
      child.kill('SIGKILL');
      await ended(child);
      folder.remove();
    },
  };
};

/** A Sentinel that reports where the master is, by host name, and never considers it down. */
export const startSentinelNaming = (host: string, port: number): Promise<TestService> =>
  sentinel(
    [
      'sentinel resolve-hostnames yes',
      'sentinel announce-hostnames yes',
      `sentinel monitor ${WATCHED} ${host} ${port} 2`,
    ],
    /\+monitor master/,
  );

/** A master and its replica, watched by a Sentinel that considers a master down after two seconds. */
export const startWatchedRedis = async (): Promise<
  TestService & { readonly master: PrivateRedis; readonly copy: PrivateRedis }
> => {
  const master = await startRedis(['--repl-diskless-sync-delay', '0']);
  const copy = await startRedis(['--replicaof', '127.0.0.1', String(master.port)]);
  const watcher = await sentinel(
    [
      `sentinel monitor ${WATCHED} 127.0.0.1 ${master.port} 1`,
      `sentinel down-after-milliseconds ${WATCHED} 2000`,
      `sentinel failover-timeout ${WATCHED} 5000`,
    ],
    /\+slave slave/,
  );
  return {
    url: watcher.url,
    master,
    copy,
    stop: async () => {
      await watcher.stop();
      await Promise.all([master.stop(), copy.stop()]);
    },
  };
};

const SLOTS = 16_384;
const inCluster = ['--cluster-enabled', 'yes', '--cluster-node-timeout', '2000'];

const joined = async (nodes: readonly PrivateRedis[]): Promise<void> => {
  const clients = nodes.map(({ port }) => new Redis({ host: '127.0.0.1', port }));
  try {
    for (const [index, client] of clients.entries()) {
      const [from, to] = [index, index + 1].map((n) => Math.floor((n * SLOTS) / nodes.length));
      await client.cluster('ADDSLOTSRANGE', from ?? 0, (to ?? 0) - 1);
      await client.cluster('MEET', '127.0.0.1', nodes[0]?.port ?? 0);
    }
    for (const client of clients)
      while (!String(await client.cluster('INFO')).includes('cluster_state:ok')) await systemSleep(20);
  } finally {
    for (const client of clients) client.disconnect();
  }
};

/** Masters that share the slots. `url` lists all of them. */
export const startRedisCluster = async (
  masters = 3,
): Promise<TestService & { readonly nodes: readonly PrivateRedis[] }> => {
  const nodes = await Promise.all(Array.from({ length: masters }, () => startRedis(inCluster)));
  const stop = async (): Promise<void> => void (await Promise.all(nodes.map((node) => node.stop())));
  await joined(nodes).catch(async (error: unknown) => {
    await stop();
    throw error;
  });
  const hosts = nodes.map(({ port }) => `127.0.0.1:${port}`).join(',');
  return { url: `redis://${hosts}?cluster=true`, nodes, stop };
};

const fromBinaries = (): Promise<WayOutcome> =>
  startRedis().catch((error: unknown) => ({ unavailable: `redis-server: ${String(error)}` }));

export const redisRecipe: ServiceRecipe = {
  name: 'Redis 7 or newer',
  variable: 'TEST_REDIS_URL',
  container: {
    image: 'redis:7-alpine',
    port: 6379,
    environment: {},
    ready: { line: READY, times: 1 },
    url: (host, port) => `redis://${host}:${port}`,
  },
  fromBinaries,
  aptPackages: ['redis-server'],
};

let running: Promise<TestService> | undefined;

/**
 * The Redis of this test run, found or started on first use. Others may use it too, so the keys of each suite begin
 * with its own prefix.
 */
export const redisServer = async (): Promise<{ readonly url: string }> => {
  running ??= findService(redisRecipe);
  return { url: (await running).url };
};

/** The prefix of one suite's keys; FLUSHALL is never used to clear them. */
export const freshKeyPrefix = (): string => `integration-test:${randomBytes(6).toString('hex')}:`;

// Root hooks, since every importing file is loaded at the top level. The first hook starts the server outside the
// suites' time limits; a failure is reported by the suites that then ask for the server, and does not affect the
// others.
if (typeof globalThis.before === 'function') {
  before('find Redis', async function () {
    this.timeout(START_TIMEOUT_MS);
    await redisServer().catch(() => undefined);
  });
  after('stop Redis', async () => {
    const server = await running?.catch(() => undefined);
    await server?.stop();
    running = undefined;
  });
}
