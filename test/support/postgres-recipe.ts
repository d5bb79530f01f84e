import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { startEmbeddedPostgres } from '../../src/infrastructure/embedded/embedded-postgres.ts';
import type { ServiceRecipe, TestService, WayOutcome } from './services.ts';
import { testFolder } from './test-folder.ts';

/** The server is reachable only on a mapped port of this machine, for the duration of a run. */
const CONTAINER_PASSWORD = 'integration';
/** Where Debian installs its binaries, one folder for each major version. */
const DEBIAN_FOLDER = '/usr/lib/postgresql';
const OLDEST_VERSION = 15;

const privateServer = async (binaries?: string): Promise<TestService> => {
  const folder = await testFolder();
  try {
    const dataDir = join(folder.path, 'postgres');
    const server = await startEmbeddedPostgres({ dataDir, ...(binaries === undefined ? {} : { binaries }) });
    return { url: server.url, stop: () => server.stop().finally(folder.remove) };
  } catch (error) {
    folder.remove();
    throw error;
  }
};

const binariesOfTheMachine = async (): Promise<readonly string[]> => {
  const versions = (await readdir(DEBIAN_FOLDER).catch(() => [])).map(Number);
  return versions
    .filter((version) => version >= OLDEST_VERSION)
    .sort((a, b) => b - a)
    .map((version) => join(DEBIAN_FOLDER, String(version), 'bin'));
};

/** The binaries from npm first: the version that the service itself embeds. */
const fromBinaries = async (): Promise<WayOutcome> => {
  const failures: string[] = [];
  for (const binaries of [undefined, ...(await binariesOfTheMachine())]) {
    try {
      return await privateServer(binaries);
    } catch (error) {
      failures.push(`${binaries ?? 'npm binaries'}: ${String(error)}`);
    }
  }
  return { unavailable: failures.join('; ') };
};

export const postgresRecipe: ServiceRecipe = {
  name: 'PostgreSQL 15 or newer',
  variable: 'TEST_DATABASE_URL',
  container: {
    image: 'postgres:16-alpine',
    port: 5432,
    environment: { POSTGRES_PASSWORD: CONTAINER_PASSWORD },
    // Twice: the image first starts the server once to initialise it.
    ready: { line: /database system is ready to accept connections/, times: 2 },
    url: (host, port) => `postgresql://postgres:${CONTAINER_PASSWORD}@${host}:${port}/postgres`,
  },
  fromBinaries,
  aptPackages: ['postgresql'],
};
