// A process that owns an embedded PostgreSQL and does nothing else, for tests that kill it.
// Usage: node postgres-owner.ts <dataDir> [stay|leave]; prints "ready <url>" or "failed <reason>".
import { startEmbeddedPostgres } from '../../src/infrastructure/embedded/embedded-postgres.ts';

const [dataDir = '', end = 'stay'] = process.argv.slice(2);
try {
  const { url } = await startEmbeddedPostgres({ dataDir });
  process.stdout.write(`ready ${url}\n`);
  // "leave": nothing else keeps this process alive, so it exits without stopping the server.
  if (end === 'stay') setInterval(() => undefined, 60_000);
} catch (error) {
  process.stdout.write(`failed ${error instanceof Error ? error.message : String(error)}\n`);
}
