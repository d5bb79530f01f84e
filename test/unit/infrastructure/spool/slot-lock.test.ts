import { expect } from 'chai';
import { readdirSync, readlinkSync, symlinkSync, writeFileSync } from 'node:fs';
import { slotLock } from '../../../../src/infrastructure/spool/slot-lock.ts';
import { skipBecause } from '../../../support/skip-because.ts';
import { testFolder } from '../../../support/test-folder.ts';

/** Larger than any process id. */
const NOBODY = 2 ** 30;

/** The paths that this process has open. */
const openPaths = (): readonly string[] =>
  readdirSync('/proc/self/fd').flatMap((name) => {
    try {
      return [readlinkSync(`/proc/self/fd/${name}`)];
    } catch {
      // The descriptor of this listing itself.
      return [];
    }
  });

describe('the lock of a place for a spool', () => {
  it('is taken on a full disk too, by one at a time, and leaves nothing open', async function () {
    if (process.platform !== 'linux') skipBecause(this, 'Linux alone');
    const folder = await testFolder();
    const path = `${folder.path}/lock`;
    symlinkSync('/dev/full', path);
    const lock = await slotLock(path);
    expect(await slotLock(path)).to.equal(undefined);
    lock?.release();
    const next = await slotLock(path);
    expect(next).to.not.equal(undefined);
    next?.release();
    expect(openPaths()).to.not.include('/dev/full');
    folder.remove();
  });

  it('is held by the process whose id it contains, where no program locks it, while another one lives', async () => {
    const folder = await testFolder();
    const path = `${folder.path}/lock`;
    const { PATH } = process.env;
    process.env['PATH'] = folder.path;
    try {
      for (const [owner, isFree] of [
        [process.ppid, false],
        // In a restarted container the first process always has the same id.
        [process.pid, true],
        [NOBODY, true],
      ] as const) {
        writeFileSync(path, `${owner}\n`);
        const lock = await slotLock(path);
        expect(lock !== undefined, String(owner)).to.equal(isFree);
        lock?.release();
      }
    } finally {
      process.env['PATH'] = PATH;
      folder.remove();
    }
  });
});
