// Loads the code that a start and the work after it need, and ends. With NODE_COMPILE_CACHE set, Node keeps what it
// compiled, which saves the first start three fifths of its processor time and the 50 MB of the type stripper. The
// cache belongs to a user: run this as the user that will start the service.
import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { winstonLogger } from './infrastructure/telemetry/winston-logger.ts';

/** All but the few files that are entry points themselves. */
const SOURCES = 'src/{serve,primary,*/**/*}.ts';
/** Loaded by a first start. */
const MIGRATIONS = 'migrations/*.ts';
/** Loaded by the first connection, or when migrations run. */
const LATER = ['amqplib', 'ioredis', '@mikro-orm/migrations'];

const root = new URL('../', import.meta.url);
const files = globSync([SOURCES, MIGRATIONS], { cwd: root }).map((file) => new URL(file, root).href);
await Promise.all([...files, ...LATER].map((name) => import(name)));
// Winston loads some modules only with the first log line.
winstonLogger('info', { now: () => undefined, soon: () => undefined }).info('compiled');

// An invalid port: each entry point is compiled, reports it, and ends before it has opened anything.
const refused = { ...process.env, PORT: 'none' };
for (const name of ['main', 'worker', 'health-check', 'token', 'rotate-keys'])
  spawnSync(process.execPath, [`src/${name}.ts`], { cwd: root, env: refused, stdio: 'ignore' });
