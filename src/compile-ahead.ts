// Loads what a start and the work after it load, and ends: with NODE_COMPILE_CACHE set, Node keeps what it compiled,
// and a first start need not compile it (three fifths of its processor time, and 50 MB for the type stripper).
// Node keeps the cache by user: run it as the one that will start the service.
import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { winstonLogger } from './infrastructure/telemetry/winston-logger.ts';

/** All but the few files that are started themselves. */
const SOURCES = 'src/{serve,primary,*/**/*}.ts';
/** Run by a first start. */
const MIGRATIONS = 'migrations/*.ts';
/** Loaded by the first connection, or the first run of migrations. */
const LATER = ['amqplib', 'ioredis', '@mikro-orm/migrations'];

const root = new URL('../', import.meta.url);
const files = globSync([SOURCES, MIGRATIONS], { cwd: root }).map((file) => new URL(file, root).href);
await Promise.all([...files, ...LATER].map((name) => import(name)));
// The first line of a log loads the rest of winston.
winstonLogger('info', { now: () => undefined, soon: () => undefined }).info('compiled');

// A port that no service can have: these are compiled, say so, and end before they have opened anything.
const refused = { ...process.env, PORT: 'none' };
for (const name of ['main', 'worker', 'health-check', 'token', 'rotate-keys'])
  spawnSync(process.execPath, [`src/${name}.ts`], { cwd: root, env: refused, stdio: 'ignore' });
