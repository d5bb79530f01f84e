import { expect } from 'chai';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { spoolContent } from '../../../../src/infrastructure/spool/spool-frame.ts';
import type { Spool } from '../../../../src/infrastructure/spool/spool.ts';
import { aSpool } from '../../../support/a-spool.ts';
import { testFolder } from '../../../support/test-folder.ts';

const added = (spool: Spool, line: string): Promise<string> =>
  new Promise((resolve) =>
    spool.add({
      line,
      events: '',
      resolve: () => resolve('stored'),
      reject: ({ message }) => resolve(message),
    }),
  );

/** What is on the disk for the next process. */
const linesIn = async (spool: Spool): Promise<readonly string[]> => {
  const segment = await spool.oldest();
  return segment === undefined ? [] : (await spool.read(segment)).calls.map(({ line }) => line);
};

describe('the spool whose folder is taken away while it runs', () => {
  let folder: Awaited<ReturnType<typeof testFolder>>;
  let spool: Spool;
  const root = (): string => join(folder.path, 'spool');
  beforeEach(async () => {
    folder = await testFolder();
    spool = aSpool(root());
  });
  afterEach(async () => {
    await spool.close();
    folder.remove();
  });

  it('is created again for the next outage', async () => {
    await added(spool, 'of an outage');
    const segment = await spool.oldest();
    if (segment !== undefined) await spool.remove(segment);
    rmSync(root(), { recursive: true });
    expect(await added(spool, 'of the next')).to.equal('stored');
    expect(await linesIn(spool)).to.deep.equal(['of the next']);
  });

  it('loses no call that was confirmed, before or after', async () => {
    await added(spool, 'before');
    rmSync(root(), { recursive: true });
    expect(await added(spool, 'after')).to.equal('stored');
    await spool.close();
    const next = aSpool(root());
    try {
      expect(await next.adopt()).to.equal(2);
      expect(await linesIn(next)).to.deep.equal(['before', 'after']);
    } finally {
      await next.close();
    }
  });

  it('writes what was confirmed to a file again with the next call, for the successor after a kill -9', async () => {
    await added(spool, 'before');
    rmSync(root(), { recursive: true });
    expect(await added(spool, 'after')).to.equal('stored');
    const files = readdirSync(root(), { recursive: true }).map(String);
    const found = files
      .filter((name) => name.endsWith('.spool'))
      .flatMap((name) => spoolContent(readFileSync(join(root(), name))).calls);
    expect(found.map(({ line }) => line)).to.deep.equal(['before', 'after']);
  });

  it('ships what was confirmed even when nothing is written any more', async () => {
    await added(spool, 'the last');
    rmSync(root(), { recursive: true });
    const segment = await spool.oldest();
    expect(segment && (await spool.read(segment)).whole).to.equal(true);
    expect(await linesIn(spool)).to.deep.equal(['the last']);
  });

  it('shares no folder with another process that has created it again', async () => {
    await added(spool, 'of an outage');
    const segment = await spool.oldest();
    if (segment !== undefined) await spool.remove(segment);
    rmSync(root(), { recursive: true });
    const other = aSpool(root());
    try {
      await added(other, 'of another process');
      expect(await added(spool, 'of the next outage')).to.equal('stored');
      expect(readdirSync(root()).toSorted()).to.deep.equal(['0', '1']);
    } finally {
      await other.close();
    }
  });
});
