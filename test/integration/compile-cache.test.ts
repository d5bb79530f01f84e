import { expect } from 'chai';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { migratedCopy, type FreshDatabase } from '../support/postgres-server.ts';
import { rabbitmqServer } from '../support/rabbitmq-server.ts';
import { redisServer } from '../support/redis-server.ts';
import { startService } from '../support/service-process.ts';
import { testFolder } from '../support/test-folder.ts';

const PROJECT = new URL('../..', import.meta.url).pathname;

/** The program that warms the cache when the image is built, for where the project lies here. */
const warming = (): string => {
  const dockerfile = readFileSync(`${PROJECT}Dockerfile`, 'utf8');
  const [, program = ''] = /^RUN node --input-type=module --eval "(.+)"$/m.exec(dockerfile) ?? [];
  return program.replaceAll('/app/', PROJECT);
};

describe('The compile cache of the image', function () {
  this.timeout(120_000);
  let folder: Awaited<ReturnType<typeof testFolder>>;
  let database: FreshDatabase;
  before(async () => {
    [folder, database] = await Promise.all([testFolder(), migratedCopy()]);
  });
  after(async () => {
    await database.drop();
    folder.remove();
  });

  it('holds what a start with all dependencies loads, but for the file that is started', async () => {
    const cache = { NODE_COMPILE_CACHE: `${folder.path}/cache` };
    await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', warming()], {
      cwd: PROJECT,
      env: { ...process.env, ...cache },
    });
    const [redis, rabbitmq] = await Promise.all([redisServer(), rabbitmqServer()]);
    const service = await startService({
      ...cache,
      NODE_DEBUG_NATIVE: 'COMPILE_CACHE',
      DATA_DIR: folder.path,
      DATABASE_URL: database.url,
      REDIS_URL: redis.url,
      RABBITMQ_URL: rabbitmq.url,
      JWT_SECRET: 'a secret of thirty-two characters or more',
      ENCRYPTION_KEYS: `k1:${Buffer.alloc(32, 7).toString('base64')}`,
    });
    expect(await service.stop()).to.equal(0);
    const told = [
      ...service.output().matchAll(/V8 code cache for \w+ (\S+) was (accepted|not initialized)/g),
    ];
    expect(told.filter(([, , how]) => how === 'accepted').length).to.be.greaterThan(1_000);
    const compiled = told.flatMap(([, file = '', how]) => (how === 'accepted' ? [] : [file]));
    expect(compiled.map((file) => file.replace(/^.*?\/(?=src|node_modules|migrations)/, ''))).to.deep.equal([
      'src/main.ts',
    ]);
  });
});
