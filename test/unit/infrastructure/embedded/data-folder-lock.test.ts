import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { lockDataFolder } from '../../../../src/infrastructure/embedded/data-folder-lock.ts';
import { testFolder } from '../../../support/test-folder.ts';
import { skipBecause } from '../../../support/skip-because.ts';

describe('lockDataFolder', () => {
  let folder: Awaited<ReturnType<typeof testFolder>>;
  let data = '';

  before(function () {
    // On other systems only PostgreSQL's own lock file protects the folder.
    if (process.platform !== 'linux') skipBecause(this, 'only Linux has the program flock');
  });
  beforeEach(async () => {
    folder = await testFolder();
    data = join(folder.path, 'data');
  });
  afterEach(() => folder.remove());

  it('can be taken again after it was released', async () => {
    for (let round = 0; round < 3; round += 1) {
      const lock = await lockDataFolder(data);
      expect(lock.held).to.equal(true);
      lock.release();
    }
  });

  it('names the living owner at once', async () => {
    const lock = await lockDataFolder(data);
    const refused = await lockDataFolder(data).catch(String);
    lock.release();
    expect(refused).to.include(`${data} is already in use by process ${process.pid}`);
  });

  it('waits for what a dead owner left running in the folder', async () => {
    const lock = await lockDataFolder(data);
    const child = spawn('cat', { stdio: ['pipe', 'ignore', 'ignore', lock.descriptor] });
    await once(child, 'spawn');
    lock.release();
    // An id that no process has.
    await writeFile(`${data}.lock`, '4194305\n');
    let taken = false;
    const next = lockDataFolder(data).then((got) => {
      taken = true;
      return got;
    });
    const gone = once(child, 'exit');
    expect(taken).to.equal(false);
    child.stdin?.end();
    await gone;
    (await next).release();
    expect(taken).to.equal(true);
  });
});
