import { expect } from 'chai';
import { open, readFile } from 'node:fs/promises';
import { migratedCopy, type FreshDatabase } from '../support/postgres-server.ts';
import { rabbitmqServer } from '../support/rabbitmq-server.ts';
import { redisServer } from '../support/redis-server.ts';
import { runEntryPoint, startService, type Environment } from '../support/service-process.ts';
import { testFolder } from '../support/test-folder.ts';

const TELLING = { NODE_DEBUG_NATIVE: 'COMPILE_CACHE' };

/**
 * The modules that a process found compiled, and those it had to compile itself: missing from the cache, or compiled
 * with different V8 flags.
 */
const loadedIn = (output: string) => {
  const told = [
    ...output.matchAll(/V8 code cache for \w+ (.+) was (accepted|not initialized|rejected)/g),
  ].map(([, file = '', how]) => ({
    file: file.replace(/^.*?\/(?=src|node_modules|migrations)/, ''),
    isFound: how === 'accepted',
  }));
  return {
    found: told.filter(({ isFound }) => isFound).length,
    compiled: told.filter(({ isFound }) => !isFound).map(({ file }) => file),
  };
};

/** `file` receives the debug output: on a busy machine it may be more than a pipe holds before it is read. */
const loadedBy = async (environment: Environment, file: string) => {
  const told = await open(file, 'w');
  const service = await startService({ ...environment, ...TELLING }, 'src/main.ts', told.fd);
  await told.close();
  expect(await service.stop()).to.equal(0);
  return loadedIn(await readFile(file, 'utf8'));
};

describe('The compile cache that `npm ci` and the image build make in advance', () => {
  let folder: Awaited<ReturnType<typeof testFolder>>;
  let database: FreshDatabase;
  let cache: Environment;
  before(async () => {
    [folder, database] = await Promise.all([testFolder(), migratedCopy()]);
    cache = { NODE_COMPILE_CACHE: `${folder.path}/cache` };
    const ahead = await runEntryPoint('src/compile-ahead.ts', [], cache);
    expect(ahead).to.include({ code: 0, stderr: '' });
  });
  after(async () => {
    await database.drop();
    folder.remove();
  });

  it('contains what a start with all dependencies loads', async () => {
    const [redis, rabbitmq] = await Promise.all([redisServer(), rabbitmqServer()]);
    const environment = {
      ...cache,
      DATA_DIR: folder.path,
      DATABASE_URL: database.url,
      REDIS_URL: redis.url,
      RABBITMQ_URL: rabbitmq.url,
      JWT_SECRET: 'a secret of thirty-two characters or more',
      ENCRYPTION_KEYS: `k1:${Buffer.alloc(32, 7).toString('base64')}`,
    };
    const { found, compiled } = await loadedBy(environment, `${folder.path}/told`);
    expect(found).to.be.greaterThan(1_000);
    expect(compiled).to.deep.equal([]);
  });

  it('contains what a first start with nothing configured loads', async () => {
    const { found, compiled } = await loadedBy(
      { ...cache, DATA_DIR: `${folder.path}/embedded` },
      `${folder.path}/told`,
    );
    expect(found).to.be.greaterThan(1_000);
    expect(compiled).to.deep.equal([]);
  });

  it('contains the health check, which a container runs every ten seconds', async () => {
    const { code, stderr, stdout } = await runEntryPoint('src/health-check.ts', [], {
      ...cache,
      ...TELLING,
      PORT: '9',
    });
    expect(code).to.equal(1);
    const { found, compiled } = loadedIn(stdout + stderr);
    expect(found).to.equal(3);
    expect(compiled).to.deep.equal([]);
  });
});
