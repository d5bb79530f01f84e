import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { isLeft } from '../../src/domain/shared/fp.ts';
import { configFrom, type Config } from '../../src/infrastructure/config/config.ts';
import { openStorage, type Storage } from '../../src/infrastructure/container/open-storage.ts';
import { silentLogger, type Logger } from '../../src/infrastructure/telemetry/winston-logger.ts';
import { refusingPostgres } from '../support/refusing-postgres.ts';
import { testFolder } from '../support/test-folder.ts';

/** Twice as long as a new connection may take to receive its first byte. */
const HELD_UP_MS = 4_000;

describe('Opening the embedded database', () => {
  let folder: Awaited<ReturnType<typeof testFolder>>;
  let config: Config;
  let storage: Storage | undefined;
  before(async () => {
    folder = await testFolder();
    const read = configFrom({ DATA_DIR: folder.path });
    if (isLeft(read)) throw new Error(read.left.join());
    config = read.right;
  });
  after(async () => {
    await Promise.all([storage?.database.close(), storage?.journalDatabase.close()]);
    await storage?.embedded?.stop();
    folder.remove();
  });

  it('waits as patiently as for a remote database when a busy machine delays the server', async () => {
    const postmaster = (): number =>
      Number.parseInt(readFileSync(`${folder.path}/postgres/postmaster.pid`, 'utf8'), 10);
    const waitedFor: object[] = [];
    const logger: Logger = {
      ...silentLogger,
      warn: (message, fields) => void waitedFor.push({ message, ...fields }),
      // Logged before anybody connects.
      debug: (_, fields) => {
        if (!JSON.stringify(fields).includes('ready to accept connections')) return;
        const pid = postmaster();
        process.kill(pid, 'SIGSTOP');
        setTimeout(() => process.kill(pid, 'SIGCONT'), HELD_UP_MS);
      },
    };
    storage = await openStorage(config, logger);
    expect(storage.installation).to.match(/./);
    expect(waitedFor[0]).to.include({ message: 'waiting for the database', error_code: 'ETIMEDOUT' });
  });
});

describe('Opening a database that refuses connections', function () {
  this.timeout(30_000);

  it('fails with the name of the variable and what to do, without the password', async () => {
    const read = configFrom({
      DATABASE_URL: 'postgresql://nobody:geheim@host-that-is-not.invalid:5432/x',
      ENCRYPTION_KEYS: `k:${Buffer.alloc(32).toString('base64')}`,
      JWT_SECRET: 'a'.repeat(48),
    });
    if (isLeft(read)) throw new Error(read.left.join());
    const failure = await openStorage(read.right, silentLogger).then(
      () => '',
      (error: unknown) => String(error),
    );
    expect(failure).to.match(/the database of DATABASE_URL has a host .+: /);
    expect(failure).to.not.include('geheim');
  });

  const refused = async (code: string, message: string) => {
    const server = await refusingPostgres(code, message);
    const read = configFrom({
      DATABASE_URL: server.url,
      ENCRYPTION_KEYS: `k:${Buffer.alloc(32).toString('base64')}`,
      JWT_SECRET: 'a'.repeat(48),
    });
    if (isLeft(read)) throw new Error(read.left.join());
    const waits: string[] = [];
    const logger: Logger = { ...silentLogger, warn: (message) => void waits.push(message) };
    const failure = await openStorage(read.right, logger).then(
      () => '',
      (error: unknown) => String(error),
    );
    await server.close();
    return { failure, waits };
  };

  it('fails at once where PgBouncer refuses the login, since waiting does not help', async () => {
    const { failure, waits } = await refused('08P01', 'SASL authentication failed');
    expect(failure).to.match(/the database of DATABASE_URL refuses the password: /);
    expect(waits).to.deep.equal([]);
  });

  it('fails at once where the login lacks a privilege that an operator has to grant', async () => {
    const { failure, waits } = await refused('42501', 'permission denied for database "main"');
    expect(failure).to.match(/the database of DATABASE_URL gives its login too few rights: /);
    expect(waits).to.deep.equal([]);
  });
});
