import { readFile } from 'node:fs/promises';
import { SUPERUSER } from './postgres-cluster.ts';

/** Line of `postmaster.pid` that holds the port (PostgreSQL documentation, "postmaster.pid"). */
const PORT_LINE = 3;

/**
 * URL of an embedded PostgreSQL that a service process runs on this folder at the moment; undefined if there seems to
 * be none. Only connecting proves it, since a killed server leaves its file behind.
 */
export const runningEmbeddedUrl = async (dataDir: string): Promise<string | undefined> => {
  try {
    const [pidFile, password] = await Promise.all([
      readFile(`${dataDir}/postmaster.pid`, 'utf8'),
      readFile(`${dataDir}.password`, 'utf8'),
    ]);
    const port = Number(pidFile.split('\n')[PORT_LINE]);
    return Number.isInteger(port) && port > 0
      ? `postgresql://${SUPERUSER}:${password.trim()}@127.0.0.1:${port}/postgres`
      : undefined;
  } catch {
    return undefined;
  }
};
