import { expect } from 'chai';
import { open, readFile } from 'node:fs/promises';
import { migratedCopy, type FreshDatabase } from '../support/postgres-server.ts';
import { rabbitmqServer } from '../support/rabbitmq-server.ts';
import { redisServer } from '../support/redis-server.ts';
import { runEntryPoint, startService, type Environment } from '../support/service-process.ts';
import { testFolder } from '../support/test-folder.ts';

const TELLING = { NODE_DEBUG_NATIVE: 'COMPILE_CACHE' };

/**
 * What a process found compiled, and what it had to compile itself: what was not there, or made under
 * other flags of V8.
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

/** `file` takes what it tells: more than a pipe holds while a busy machine lets nobody read it. */
const loadedBy = async (environment: Environment, file: string) => {
  const told = await open(file, 'w');
  const service = await startService({ ...environment, ...TELLING }, 'src/main.ts', told.fd);
  await told.close();
  expect(await service.stop()).to.equal(0);
  return loadedIn(await readFile(file, 'utf8'));
};

describe('The compile cache that is made ahead, by `npm ci` and in the image,', () => {
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

  it('holds what a start with all dependencies loads', async () => {
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

  it('holds what a first start with nothing configured loads', async () => {
    const { found, compiled } = await loadedBy(
      { ...cache, DATA_DIR: `${folder.path}/embedded` },
      `${folder.path}/told`,
    );
    expect(found).to.be.greaterThan(1_000);
    expect(compiled).to.deep.equal([]);
  });

  it('holds the check of health, which a container runs every ten seconds', async () => {
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
