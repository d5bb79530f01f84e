import { expect } from 'chai';
import {
  appendFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { spoolFrame } from '../../../../src/infrastructure/spool/spool-frame.ts';
import type { Spool } from '../../../../src/infrastructure/spool/spool.ts';
import { errorCode } from '../../../../src/infrastructure/system/error-code.ts';
import { aSpool, faultyDisk, slowDisk } from '../../../support/a-spool.ts';
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
const lines = (count: number, prefix = 'call'): readonly string[] =>
  Array.from({ length: count }, (_, n) => `${prefix} ${n}`);
const addedAll = (spool: Spool, all: readonly string[]) => Promise.all(all.map((line) => added(spool, line)));

/** Everything in it, oldest first, removed as shipping does. */
const takenFrom = async (spool: Spool): Promise<readonly string[]> => {
  const found: string[] = [];
  for (let segment = await spool.oldest(); segment !== undefined; segment = await spool.oldest()) {
    found.push(...(await spool.read(segment)).calls.map(({ line }) => line));
    await spool.remove(segment);
  }
  return found;
};

describe('the spool', () => {
  let folder: Awaited<ReturnType<typeof testFolder>>;
  let opened: Spool[];
  const open = (options?: Parameters<typeof aSpool>[1]): Spool => {
    const spool = aSpool(join(folder.path, 'spool'), options);
    opened.push(spool);
    return spool;
  };
  const files = (): readonly string[] =>
    readdirSync(join(folder.path, 'spool'), { recursive: true })
      .map((name) => join(folder.path, 'spool', String(name)))
      .filter((name) => name.endsWith('.spool'))
      .toSorted();
  beforeEach(async () => {
    folder = await testFolder();
    opened = [];
  });
  afterEach(async () => {
    for (const spool of opened) await spool.close();
    folder.remove();
  });

  it('gives back what it was given, in order, and leaves no file behind', async () => {
    const spool = open();
    expect(new Set(await addedAll(spool, lines(500)))).to.deep.equal(new Set(['stored']));
    expect(await added(spool, 'last')).to.equal('stored');
    expect(spool.records).to.equal(501);
    expect(spool.bytes).to.equal(statSync(files()[0] ?? '').size);
    expect(await takenFrom(spool)).to.deep.equal([...lines(500), 'last']);
    expect([spool.records, spool.bytes, files()]).to.deep.equal([0, 0, []]);
  });

  it('keeps its files from the eyes of others', async () => {
    await added(open(), 'call');
    expect((statSync(files()[0] ?? '').mode & 0o777).toString(8)).to.equal('600');
    expect((statSync(join(folder.path, 'spool', '0')).mode & 0o777).toString(8)).to.equal('700');
  });

  it('makes nothing on disk before it is needed', async () => {
    const spool = open();
    expect(await spool.adopt()).to.equal(0);
    expect(readdirSync(folder.path)).to.deep.equal([]);
  });

  it('takes no more than it may, refuses the rest, and takes again when there is room', async () => {
    const long = 'x'.repeat(1_000);
    const room = 10 * spoolFrame({ line: long, events: '' }).length;
    const spool = open({ maxBytes: room + 5 });
    const outcomes = await addedAll(
      spool,
      Array.from({ length: 12 }, () => long),
    );
    expect(outcomes.filter((outcome) => outcome === 'stored')).to.have.lengthOf(10);
    expect(outcomes.slice(10).join()).to.contain('trail is unavailable: its spool is full');
    expect([spool.bytes, spool.refused, spool.problem]).to.deep.equal([room, 2, 'full']);
    expect(await takenFrom(spool)).to.have.lengthOf(10);
    expect(await added(spool, long)).to.equal('stored');
  });

  it('counts what the disk is just being given: it takes no more than it may while a write is under way', async () => {
    const long = 'x'.repeat(1_000);
    const room = 10 * spoolFrame({ line: long, events: '' }).length;
    const { openFile, begun, go } = slowDisk();
    const spool = open({ maxBytes: room, openFile });
    const first = addedAll(
      spool,
      Array.from({ length: 8 }, () => long),
    );
    await begun;
    const second = addedAll(
      spool,
      Array.from({ length: 8 }, () => long),
    );
    go();
    expect(await first).to.deep.equal(Array.from({ length: 8 }, () => 'stored'));
    expect((await second).filter((outcome) => outcome === 'stored')).to.have.lengthOf(2);
    expect([spool.bytes, spool.refused]).to.deep.equal([room, 6]);
  });

  for (const fault of ['ENOSPC', 'EIO'] as const)
    it(`refuses what the disk did not confirm (${fault}), keeps what it had, and goes on when it works again`, async () => {
      const { openFile, fail } = faultyDisk();
      const spool = open({ openFile });
      await addedAll(spool, lines(3, 'before'));
      fail(fault);
      for (const outcome of await addedAll(spool, lines(5, 'lost')))
        expect(outcome).to.contain('trail is unavailable: its spool cannot be written');
      expect([spool.problem, spool.refused, spool.records]).to.deep.equal(['disk-failed', 5, 3]);
      fail(undefined);
      expect(await added(spool, 'after')).to.equal('stored');
      expect(spool.problem).to.equal(undefined);
      expect(await takenFrom(spool)).to.deep.equal([...lines(3, 'before'), 'after']);
    });

  for (const fault of ['ENOSPC', 'EIO'] as const)
    it(`leaves nothing of what it refused to who comes after it (${fault})`, async () => {
      const disk = faultyDisk();
      const dead = open({ openFile: disk.openFile });
      await added(dead, 'confirmed');
      disk.fail(fault);
      expect(await added(dead, 'refused')).to.match(/spool cannot be written/);
      await dead.close();
      const next = open();
      expect(await next.adopt()).to.equal(1);
      expect(await takenFrom(next)).to.deep.equal(['confirmed']);
    });

  it('finds out that a disk works again without a call that needs it, and leaves nothing of that behind', async () => {
    const { openFile, fail } = faultyDisk();
    const spool = open({ openFile });
    fail('ENOSPC');
    await added(spool, 'lost');
    await spool.askDiskAgain();
    expect(spool.problem).to.equal('disk-failed');
    fail(undefined);
    await spool.askDiskAgain();
    expect([spool.problem, spool.isEmpty]).to.deep.equal([undefined, true]);
    const slot = join(folder.path, 'spool', '0');
    expect(readdirSync(slot).filter((name) => name !== 'lock')).to.deep.equal([]);
  });

  it('tells again and again that nothing is wrong with it, for who believes that only after a while', async () => {
    const { openFile, fail } = faultyDisk();
    let told = 0;
    const spool = open({ openFile, maxBytes: 100_000, onDiskWorks: () => (told += 1) });
    const tellsIt = async (): Promise<boolean> => {
      const before = told;
      await spool.askDiskAgain();
      return told > before;
    };
    fail('ENOSPC');
    await added(spool, 'lost');
    expect(await tellsIt()).to.equal(false);
    fail(undefined);
    expect([await tellsIt(), await tellsIt()]).to.deep.equal([true, true]);
    await added(spool, 'x'.repeat(50_000));
    expect([spool.problem, await tellsIt()]).to.deep.equal(['full', false]);
    await takenFrom(spool);
    expect(await tellsIt()).to.equal(true);
  });

  it('says what its disk said, as long as that fails', async () => {
    const { openFile, fail } = faultyDisk();
    const spool = open({ openFile });
    fail('ENOSPC');
    await added(spool, 'lost');
    expect(spool.diskError?.message).to.equal('ENOSPC: the disk failed');
    fail(undefined);
    await spool.askDiskAgain();
    expect(spool.diskError).to.equal(undefined);
  });

  it('refuses beforehand, and counts it, what it could not take', async () => {
    const { openFile, fail } = faultyDisk();
    const failing = open({ openFile });
    expect(failing.refusal()).to.equal(undefined);
    fail('EIO');
    await added(failing, 'lost');
    expect(failing.refusal()?.message).to.contain('its spool cannot be written');
    expect(failing.refused).to.equal(2);
    let told = 0;
    const full = open({ maxBytes: 1, onFull: () => (told += 1) });
    expect(full.refusal()?.message).to.contain('its spool is full');
    expect([full.refused, told]).to.deep.equal([1, 1]);
  });

  it('asks a disk for nothing that has not failed', async () => {
    const spool = open();
    await spool.askDiskAgain();
    expect(readdirSync(folder.path)).to.deep.equal([]);
  });

  it('is of use when its folder, which was missing at the start, can be made', async () => {
    const inTheWay = join(folder.path, 'spool');
    writeFileSync(inTheWay, '');
    const spool = open();
    spool.cannotBeUsed(new Error('ENOTDIR'));
    await spool.askDiskAgain();
    expect(spool.problem).to.equal('disk-failed');
    rmSync(inTheWay);
    await spool.askDiskAgain();
    expect(spool.problem).to.equal(undefined);
  });

  it('leaves a torn tail out that a crash left, and ships the rest', async () => {
    const dead = open();
    await addedAll(dead, lines(4));
    await dead.close();
    const [file = ''] = files();
    truncateSync(file, statSync(file).size - 3);
    const spool = open();
    expect(await spool.adopt()).to.equal(3);
    const segment = await spool.oldest();
    expect(segment && (await spool.read(segment)).whole).to.equal(true);
    expect(await takenFrom(spool)).to.deep.equal(lines(3));
  });

  it('says of what another process left that its last record is damaged, and gives the others', async () => {
    const dead = open();
    await addedAll(dead, lines(4));
    await dead.close();
    const [file = ''] = files();
    const bytes = readFileSync(file);
    bytes.writeUInt8(bytes.readUInt8(bytes.length - 1) ^ 1, bytes.length - 1);
    writeFileSync(file, bytes);
    const spool = open();
    expect(await spool.adopt()).to.equal(3);
    const segment = await spool.oldest();
    const content = segment && (await spool.read(segment));
    expect(content?.calls.map(({ line }) => line)).to.deep.equal(lines(3));
    expect(content?.whole).to.equal(false);
    expect(await spool.kept()).to.equal(0);
    if (segment !== undefined) await spool.remove(segment, '.kept');
    expect([await spool.kept(), await open().kept()]).to.deep.equal([1, 1]);
  });

  it('says when the disk has lost what it had confirmed', async () => {
    const spool = open();
    await addedAll(spool, lines(4));
    truncateSync(files()[0] ?? '', 20);
    const segment = await spool.oldest();
    expect(segment && (await spool.read(segment)).whole).to.equal(false);
  });

  it('reads what follows a gap, and reports it as damaged', async () => {
    const dead = open();
    await added(dead, 'one');
    await dead.close();
    appendFileSync(
      files()[0] ?? '',
      Buffer.concat([Buffer.alloc(100), spoolFrame({ line: 'two', events: '' })]),
    );
    const spool = open();
    await spool.adopt();
    const segment = await spool.oldest();
    expect(segment && (await spool.read(segment))).to.deep.equal({
      calls: [
        { line: 'one', events: '' },
        { line: 'two', events: '' },
      ],
      whole: false,
    });
  });

  /** A file that cannot be read from the disk, until the returned function is called. */
  const unreadable = (file: string): (() => void) => {
    const bytes = readFileSync(file);
    rmSync(file);
    mkdirSync(file);
    return () => {
      rmdirSync(file);
      writeFileSync(file, bytes);
    };
  };
  const left = async (...lines: readonly string[]): Promise<string> => {
    const dead = open();
    await addedAll(dead, lines);
    await dead.close();
    return files().at(-1) ?? '';
  };
  const readNext = async (spool: Spool): Promise<readonly string[] | string> => {
    const segment = await spool.oldest();
    if (segment === undefined) return 'nothing';
    try {
      const { calls } = await spool.read(segment);
      await spool.remove(segment);
      return calls.map(({ line }) => line);
    } catch (error) {
      return error instanceof Error && 'code' in error ? String(error.code) : 'no code';
    }
  };

  it('returns what it can, including later records, while a file cannot be read, and finally that file', async () => {
    const mend = unreadable(await left('old'));
    const spool = open();
    expect(await spool.adopt()).to.equal(1);
    expect(await readNext(spool)).to.equal('EISDIR');
    await added(spool, 'new');
    expect(await readNext(spool)).to.deep.equal(['new']);
    expect(await readNext(spool)).to.equal('EISDIR');
    await added(spool, 'newer');
    expect(await readNext(spool)).to.deep.equal(['newer']);
    expect([spool.isEmpty, spool.records]).to.deep.equal([false, 1]);
    mend();
    expect(await readNext(spool)).to.deep.equal(['old']);
    expect([spool.isEmpty, await readNext(spool)]).to.deep.equal([true, 'nothing']);
  });

  it('asks for each of several files that it cannot read in turn', async () => {
    const first = await left('first');
    const second = `${first.slice(0, -'000000.spool'.length)}999999.spool`;
    writeFileSync(second, spoolFrame({ line: 'second', events: '' }));
    unreadable(first);
    const mend = unreadable(second);
    const spool = open();
    await spool.adopt();
    expect(await readNext(spool)).to.equal('EISDIR');
    mend();
    expect(await readNext(spool)).to.deep.equal(['second']);
  });

  it('counts a file that cannot be deleted as present until it can, and returns all others first', async () => {
    const spool = open();
    await added(spool, 'shipped');
    const segment = await spool.oldest();
    if (segment === undefined) throw new Error('nothing was kept');
    const { bytes } = spool;
    const mend = unreadable(segment.path);
    expect(await spool.remove(segment).catch(errorCode)).to.equal('ERR_FS_EISDIR');
    expect([spool.isEmpty, spool.bytes]).to.deep.equal([false, bytes]);
    await added(spool, 'new');
    expect(await readNext(spool)).to.deep.equal(['new']);
    mend();
    expect(await readNext(spool)).to.deep.equal(['shipped']);
    expect([spool.isEmpty, spool.bytes, files()]).to.deep.equal([true, 0, []]);
  });

  it('does not forget a file that is to be kept aside before it is', async () => {
    const spool = open();
    await added(spool, 'refused');
    const segment = await spool.oldest();
    if (segment === undefined) throw new Error('nothing was kept');
    mkdirSync(`${segment.path}.kept`);
    expect(await spool.remove(segment, '.kept').catch(errorCode)).to.equal('EISDIR');
    expect(spool.isEmpty).to.equal(false);
    rmdirSync(`${segment.path}.kept`);
    await spool.remove(segment, '.kept');
    expect([spool.isEmpty, await spool.kept()]).to.deep.equal([true, 1]);
  });

  it('forgets a file that somebody has removed, and reports that the disk has lost it', async () => {
    const spool = open();
    await addedAll(spool, lines(4));
    const segment = await spool.oldest();
    rmSync(files()[0] ?? '');
    expect(segment && (await spool.read(segment))).to.deep.equal({ calls: [], whole: false });
    if (segment !== undefined) await spool.remove(segment, '.kept');
    expect(spool.isEmpty).to.equal(true);
  });

  it('shares its folder with no other process: each has a separate one until it ends', async () => {
    const [first, second] = [open(), open()];
    await Promise.all([added(first, 'first'), added(second, 'second')]);
    expect(files().map((file) => file.split('/').at(-2))).to.deep.equal(['0', '1']);
    const third = open();
    expect(await third.adopt()).to.equal(0);
    await first.close();
    expect(await third.adopt()).to.equal(1);
    expect(await second.adopt()).to.equal(0);
    expect(await takenFrom(third)).to.deep.equal(['first']);
    expect(await takenFrom(second)).to.deep.equal(['second']);
  });

  it('closes when everything it was given is on disk, and releases its folder only then', async () => {
    const first = open();
    const given = addedAll(first, ['last']);
    await first.close();
    expect(await given).to.deep.equal(['stored']);
    const next = open();
    await next.adopt();
    expect(await takenFrom(next)).to.deep.equal(['last']);
  });

  it('takes over what others left although one of their folders cannot be locked, and says so', async () => {
    const dead = [open(), open()] as const;
    await Promise.all([added(dead[0], 'out of reach'), added(dead[1], 'within reach')]);
    for (const spool of dead) await spool.close();
    const lock = join(folder.path, 'spool', '0', 'lock');
    rmSync(lock);
    mkdirSync(lock);
    const spool = open();
    expect(await spool.adopt().catch(({ code }: NodeJS.ErrnoException) => code)).to.equal('EISDIR');
    expect(await takenFrom(spool)).to.have.length(1);
  });

  it('writes to another folder where one is in its way that it may not use', async () => {
    mkdirSync(join(folder.path, 'spool', '1', 'lock'), { recursive: true });
    writeFileSync(join(folder.path, 'spool', '0'), 'no folder');
    const spool = open();
    expect(await added(spool, 'all the same')).to.equal('stored');
    expect(files().map((file) => file.split('/').at(-2))).to.deep.equal(['2']);
  });

  it('does not write where another one has left something, so that this is still taken over later', async () => {
    const dead = open();
    await added(dead, 'left');
    await dead.close();
    const spool = open();
    await added(spool, 'own');
    expect(files().map((file) => file.split('/').at(-2))).to.deep.equal(['0', '1']);
    expect(await spool.adopt()).to.equal(1);
    expect(await takenFrom(spool)).to.deep.equal(['left', 'own']);
  });

  it('writes where it has adopted, and ships the oldest first', async () => {
    const dead = open();
    await added(dead, 'old');
    await dead.close();
    const spool = open();
    await spool.adopt();
    await added(spool, 'new');
    expect(files().map((file) => file.split('/').at(-2))).to.deep.equal(['0', '0']);
    expect(await takenFrom(spool)).to.deep.equal(['old', 'new']);
  });

  it('ships what several processes left in the order in which it was written, whoever wrote it', async () => {
    let time = 0;
    const clock = { now: () => (time += 1) };
    const [one, other] = [open({ clock }), open({ clock })];
    for (const [spool, line] of [
      [one, 'first'],
      [other, 'second'],
      [one, 'third'],
      [other, 'fourth'],
    ] as const) {
      await added(spool, line);
      // A file that is to be shipped is not written to any more.
      await spool.oldest();
    }
    for (const dead of [one, other]) await dead.close();
    const next = open();
    expect(await next.adopt()).to.equal(4);
    expect(await takenFrom(next)).to.deep.equal(['first', 'second', 'third', 'fourth']);
  });

  it('begins a new file when one is large, so that shipping frees the disk as it goes', async () => {
    const spool = open();
    const long = 'x'.repeat(1_000_000);
    await addedAll(
      spool,
      Array.from({ length: 10 }, () => long),
    );
    expect(files().length).to.be.within(2, 4);
    expect(await takenFrom(spool)).to.have.lengthOf(10);
  });
});
