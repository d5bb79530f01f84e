// `npm run rotate-keys`: seals every stored secret again with the first key of ENCRYPTION_KEYS. Can run while the
// service does.
import { isLeft } from './domain/shared/fp.ts';
import { configFrom, type Config } from './infrastructure/config/config.ts';
import { withDatabaseBeside } from './infrastructure/container/database-beside.ts';
import { openSecrets } from './infrastructure/container/open-storage.ts';
import { rotateKeys } from './infrastructure/postgres/secrets/rotate-keys.ts';
import { silentLogger } from './infrastructure/telemetry/winston-logger.ts';
import { fail, failWith } from './interfaces/cli/fail.ts';
import { folderOfServiceFailure } from './start-failure.ts';

const USAGE =
  'usage: npm run rotate-keys\n  It takes no arguments: the first key in ENCRYPTION_KEYS is the one to encrypt with.';

const rotatedIn = async (config: Config) => {
  const { secretBox } = await openSecrets(config);
  return withDatabaseBeside(config, silentLogger, (database) => rotateKeys(database, secretBox));
};

const rotate = async (): Promise<void> => {
  const args = process.argv.slice(2);
  if (args.includes('--help')) return void process.stdout.write(`${USAGE}\n`);
  const config = configFrom(process.env);
  if (isLeft(config)) return fail(config.left, 2);
  // Ignoring `--dry-run` would rotate keys that nobody wanted rotated yet.
  if (args.length > 0) return fail([USAGE], 2);
  const { resealed, unreadable } = await rotatedIn(config.right).catch((error: unknown) => {
    throw folderOfServiceFailure(error, config.right);
  });
  process.stdout.write(`resealed ${resealed}, unreadable ${unreadable.length}\n`);
  for (const { id, field } of unreadable) process.stderr.write(`unreadable: ${field} of ${id}\n`);
  process.exitCode = unreadable.length > 0 ? 1 : 0;
};

await rotate().catch(failWith);
