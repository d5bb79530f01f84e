import { randomBytes, randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { openDatabase, type Database } from '../../src/infrastructure/postgres/database.ts';
import { isDependencyLost } from '../../src/infrastructure/postgres/dependency-lost.ts';
import { postgresRecipe } from './postgres-recipe.ts';
import { findService, type TestService } from './services.ts';
import { eventually } from './until.ts';

/** A database for one suite. */
export type FreshDatabase = { readonly url: string; readonly drop: () => Promise<void> };

const NAME = /^integration_test_(\d+)_[0-9a-f]{8}$/;
/** Longer than any run: on a server that outlives a run, older databases were left by runs that were killed. */
const ABANDONED_AFTER_MS = 6 * 3_600_000;
/** For all ways of finding a server together: pulling a container image, apt-get. */
const START_TIMEOUT_MS = 300_000;

let running: Promise<TestService> | undefined;
let schema: Promise<FreshDatabase> | undefined;
const undropped = new Map<string, FreshDatabase>();

const asAdmin = async <A>(url: string, work: (client: Client) => Promise<A>): Promise<A> => {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
};

const dropAbandoned = (url: string): Promise<void> =>
  asAdmin(url, async (client) => {
    const { rows } = await client.query<{ datname: string }>('select datname from pg_database');
    for (const { datname } of rows) {
      const created = Number(NAME.exec(datname)?.[1]);
      if (Date.now() - created > ABANDONED_AFTER_MS) await client.query(`drop database if exists ${datname}`);
    }
  });

const start = async (): Promise<TestService> => {
  const server = await findService(postgresRecipe);
  await dropAbandoned(server.url);
  return server;
};

/** The PostgreSQL of this test run, found or started on first use and stopped after the last test. */
export const postgresServer = async (): Promise<{ readonly adminUrl: string }> => {
  running ??= start();
  return { adminUrl: (await running).url };
};

/** template0, so that every server gives the same order of text. */
const EMPTY = `template template0 encoding 'UTF8' locale 'C'`;

const createDatabase = async (shape: string): Promise<FreshDatabase> => {
  const { adminUrl } = await postgresServer();
  const name = `integration_test_${Date.now()}_${randomBytes(4).toString('hex')}`;
  await asAdmin(adminUrl, (client) => client.query(`create database ${name} ${shape}`));
  const url = new URL(adminUrl);
  url.pathname = `/${name}`;
  const database: FreshDatabase = {
    url: url.href,
    drop: async () => {
      if (!undropped.delete(name)) return;
      await asAdmin(adminUrl, (client) => client.query(`drop database if exists ${name} with (force)`));
    },
  };
  undropped.set(name, database);
  return database;
};

/** An empty database (UTF-8, C locale), dropped by `drop`, or after the last test at the latest. */
export const freshDatabase = (): Promise<FreshDatabase> => createDatabase(EMPTY);

const migrated = async (): Promise<FreshDatabase> => {
  const database = await freshDatabase();
  // On an overloaded machine a connection may be lost midway: the migrations that ran until then are kept.
  const open = (): Promise<Database | undefined> =>
    openDatabase({ url: database.url, migrate: true, poolSize: 1 }).catch((error: unknown) => {
      if (isDependencyLost(error)) return undefined;
      throw error;
    });
  await (await eventually('a database with every migration run', open)).close();
  return database;
};

/**
 * Like `freshDatabase`, with every migration applied: a copy of a database where they ran once, which takes a tenth of
 * the time. The copy records its own name, as each database does (migration 20261126000300).
 */
export const migratedCopy = async (): Promise<FreshDatabase> => {
  schema ??= migrated();
  const copy = await createDatabase(`template ${new URL((await schema).url).pathname.slice(1)}`);
  const itself = `select '${randomUUID()}'::uuid`;
  await asAdmin(copy.url, (client) =>
    client.query(
      `create or replace function installation_id() returns uuid language sql immutable as $$ ${itself} $$`,
    ),
  );
  return copy;
};

/** Drops the databases that suites left and stops the server, if one was started. */
const stopPostgresServer = async (): Promise<void> => {
  const server = await running?.catch(() => undefined);
  if (server === undefined) return;
  for (const database of undropped.values()) await database.drop();
  await server.stop();
  running = undefined;
  schema = undefined;
};

// Root hooks, since every importing file is loaded at the top level. The first hook starts the server outside the
// suites' time limits; a failure is reported by the suites that then ask for the server, and does not affect the
// others.
if (typeof globalThis.before === 'function') {
  before('find PostgreSQL', async function () {
    this.timeout(START_TIMEOUT_MS);
    await postgresServer().catch(() => undefined);
  });
  after('stop PostgreSQL', stopPostgresServer);
}
