import { expect } from 'chai';
import type { Pool } from 'pg';
import { mkdirSync, readdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import type { RecordedCall } from '../../../src/domain/audit/call-record.ts';
import type { Clock } from '../../../src/domain/shared/clock.ts';
import { ensurePartitions } from '../../../src/infrastructure/postgres/partitions/ensure-partitions.ts';
import type { Spool } from '../../../src/infrastructure/spool/spool.ts';
import { SpoolingCallJournal } from '../../../src/infrastructure/spool/spooling-call-journal.ts';
import { systemClock, systemSleep } from '../../../src/infrastructure/system/system-clock.ts';
import { callJournalContract } from '../../contract/call-journal.contract.ts';
import { aRecordedCall } from '../../support/a-recorded-call.ts';
import { aSpool, faultyDisk } from '../../support/a-spool.ts';
import { anId } from '../../support/an-external-service.ts';
import { fixedClock } from '../../support/fixed-clock.ts';
import { eventually } from '../../support/until.ts';
import { testFolder } from '../../support/test-folder.ts';
import { migratedDatabase } from '../postgres/postgres-fixture.ts';
import { emptyTrail, faultyPool, storedTrail } from '../postgres/trail-fixture.ts';

const numbers = (first: number, count: number): readonly number[] =>
  Array.from({ length: count }, (_, n) => first + n);

/** The database's state as the watch reports it. */
const databaseState = () => {
  const listeners: (() => void)[] = [];
  let away = false;
  return {
    isAway: () => away,
    onChange: (listener: () => void) => void listeners.push(listener),
    set: (now: boolean): void => {
      away = now;
      for (const tell of listeners) tell();
    },
  };
};

describe('SpoolingCallJournal', () => {
  const { database } = migratedDatabase(4);
  let folder: Awaited<ReturnType<typeof testFolder>>;
  let opened: SpoolingCallJournal[];
  let changes: string[];
  let shipping: string[];
  let ended: () => Promise<unknown>;
  beforeEach(async () => {
    await emptyTrail(database());
    folder = await testFolder();
    [opened, changes, shipping] = [[], [], []];
    ended = async () => undefined;
  });
  afterEach(async () => {
    await ended();
    for (const journal of opened) await journal.close();
    folder.remove();
  });

  const open = (
    spool: Spool = aSpool(`${folder.path}/spool`),
    pool: unknown = database().pool,
    state = databaseState(),
    onKept: (file: string, why: string) => void = () => undefined,
    clock: Clock = systemClock,
  ) => {
    const journal = new SpoolingCallJournal({
      pool: pool as Pool,
      shippingPool: pool as Pool,
      spool,
      database: state,
      clock,
      sleep: systemSleep,
      onCommitted: () => undefined,
      onChanged: (to) => changes.push(to),
      onKept,
      onShippingFailed: () => shipping.push('fails'),
      onShippingWorks: () => shipping.push('works'),
    });
    opened.push(journal);
    return { journal, spool, state };
  };
  const appendAll = (journal: SpoolingCallJournal, calls: readonly RecordedCall[]) =>
    Promise.all(
      calls.map((call) =>
        journal.append(call).then(
          () => 'stored',
          ({ message }: Error) => message,
        ),
      ),
    );
  const calls = (first: number, count: number) => numbers(first, count).map((n) => aRecordedCall(n));
  const shippedBy = async ({ journal, spool }: { journal: SpoolingCallJournal; spool: Spool }) => {
    const isShipped = () => journal.mode === 'database' && spool.isEmpty;
    await eventually('the spool to be shipped', async () => isShipped() || undefined);
  };
  const expectTrail = async (ns: readonly number[]): Promise<void> => {
    const { records, events } = await storedTrail(database());
    expect(records).to.deep.equal(ns.map(anId));
    expect([...events].sort()).to.deep.equal(ns.map((n) => anId(1_000_000 + n)));
  };

  callJournalContract('SpoolingCallJournal on its database', async () => {
    const { pool, fail } = faultyPool(database().pool);
    const disk = faultyDisk();
    const { journal, spool } = open(aSpool(`${folder.path}/spool`, disk), pool);
    return {
      journal,
      stored: async () => {
        await shippedBy({ journal, spool });
        return storedTrail(database());
      },
      lose: async () => {
        disk.fail('ENOSPC');
        fail('unreachable');
      },
      restore: async () => {
        disk.fail(undefined);
        fail('none');
      },
    };
  });

  callJournalContract('SpoolingCallJournal on its disk', async () => {
    const disk = faultyDisk();
    const state = databaseState();
    const { journal } = open(aSpool(`${folder.path}/spool`, disk), database().pool, state);
    state.set(true);
    return {
      journal,
      stored: async () => {
        await journal.close();
        const next = open();
        await next.journal.adopt();
        await shippedBy(next);
        return storedTrail(database());
      },
      lose: async () => disk.fail('EIO'),
      restore: async () => disk.fail(undefined),
    };
  });

  it('answers from the disk while the database is unavailable, and ships all of it once, oldest first', async () => {
    // Time stands still for the journal: on a busy machine ten commits may be late, and late calls go to the disk.
    const { journal, state, spool } = open(undefined, undefined, undefined, undefined, fixedClock());
    expect(new Set(await appendAll(journal, calls(1, 10)))).to.deep.equal(new Set(['stored']));
    state.set(true);
    for (const first of [11, 411, 811])
      expect(new Set(await appendAll(journal, calls(first, 400)))).to.deep.equal(new Set(['stored']));
    expect(spool.records).to.equal(1_200);
    await expectTrail(numbers(1, 10));
    state.set(false);
    await shippedBy({ journal, spool });
    await appendAll(journal, calls(1_211, 1));
    await expectTrail(numbers(1, 1_211));
    expect((await storedTrail(database())).events).to.deep.equal(
      numbers(1, 1_211).map((n) => anId(1_000_000 + n)),
    );
    expect(changes).to.deep.equal(['spool', 'database']);
    expect(journal.shipped).to.equal(1_200);
  });

  it('switches to the disk by itself when the pool has no connection, and back', async () => {
    const { pool, fail } = faultyPool(database().pool);
    const { journal, spool } = open(undefined, { connect: pool.connect });
    fail('unreachable');
    expect(new Set(await appendAll(journal, calls(1, 600)))).to.deep.equal(new Set(['stored']));
    expect(journal.mode).to.equal('spool');
    fail('none');
    await shippedBy({ journal, spool });
    await expectTrail(numbers(1, 600));
  });

  it('waits a third of a second for a slow commit, and stores once what is committed late', async () => {
    const { journal, spool } = open();
    const blocker = await database().pool.connect();
    await blocker.query('begin; lock table integration_logs in access exclusive mode');
    const started = performance.now();
    expect(await appendAll(journal, calls(1, 3))).to.deep.equal(['stored', 'stored', 'stored']);
    expect(performance.now() - started).to.be.within(200, 5_000);
    await blocker.query('rollback');
    blocker.release();
    await shippedBy({ journal, spool });
    await expectTrail(numbers(1, 3));
  });

  it('stores once what was committed although the answer was lost', async () => {
    const { pool, fail } = faultyPool(database().pool);
    const { journal, spool } = open(undefined, { connect: pool.connect });
    fail('lost-after');
    expect(new Set(await appendAll(journal, calls(1, 40)))).to.deep.equal(new Set(['stored']));
    fail('none');
    await shippedBy({ journal, spool });
    await expectTrail(numbers(1, 40));
  });

  it('loses and duplicates nothing while callers continue during the switch back', async () => {
    const { journal, spool, state } = open();
    state.set(true);
    let next = 1;
    let going = true;
    const outcomes: string[] = [];
    const caller = async (): Promise<void> => {
      while (going) outcomes.push(...(await appendAll(journal, calls(next++, 1))));
    };
    const callers = Array.from({ length: 20 }, caller);
    ended = async () => {
      going = false;
      await Promise.all(callers);
    };
    for (let change = 0; change < 5; change += 1) {
      state.set(true);
      await eventually('some to be spooled', async () => journal.mode === 'spool' || undefined);
      const seen = next;
      await eventually('callers to go on', async () => next > seen + 200 || undefined);
      state.set(false);
      await shippedBy({ journal, spool });
    }
    await ended();
    expect(new Set(outcomes)).to.deep.equal(new Set(['stored']));
    await expectTrail(numbers(1, next - 1));
  });

  it('ships what is spooled at the very moment in which the previous round of shipping ends', async () => {
    const { journal, spool, state } = open();
    /** Runs between the last time the round checks the spool and its end, if anything is between them. */
    const atTheEnd = (happens: () => void): void => {
      const isEmpty = (): boolean => Reflect.get(Object.getPrototypeOf(spool), 'isEmpty', spool);
      Object.defineProperty(spool, 'isEmpty', {
        configurable: true,
        get: () => {
          if (isEmpty()) queueMicrotask(() => Reflect.deleteProperty(spool, 'isEmpty') && happens());
          return isEmpty();
        },
      });
    };
    state.set(true);
    await appendAll(journal, calls(1, 3));
    const spooledLate = new Promise<void>((resolve) => {
      atTheEnd(() => {
        state.set(true);
        resolve();
      });
    });
    state.set(false);
    await spooledLate;
    expect(await appendAll(journal, calls(4, 3))).to.deep.equal(['stored', 'stored', 'stored']);
    state.set(false);
    await shippedBy({ journal, spool });
    await expectTrail(numbers(1, 6));
  });

  it('ships what a killed process left, including what that one had begun to ship', async () => {
    const first = open();
    first.state.set(true);
    await appendAll(first.journal, calls(1, 500));
    await first.journal.close();
    const before = open(aSpool(`${folder.path}/elsewhere`));
    await appendAll(before.journal, calls(100, 200));
    const { journal, spool } = open();
    expect(await journal.adopt()).to.equal(500);
    await shippedBy({ journal, spool });
    await expectTrail(numbers(1, 500));
    expect(journal.shipped).to.equal(300);
  });

  it('sets aside a record that the database will never accept, and ships the others', async () => {
    const kept: string[] = [];
    const { journal, spool, state } = open(undefined, undefined, undefined, (file, why) =>
      kept.push(`${file}: ${why}`),
    );
    state.set(true);
    const bad = aRecordedCall(3, { responseStatusCode: 2 ** 40 });
    const outcomes = await appendAll(journal, [...calls(1, 2), bad, ...calls(4, 2)]);
    expect(new Set(outcomes)).to.deep.equal(new Set(['stored']));
    state.set(false);
    await shippedBy({ journal, spool });
    await expectTrail([1, 2, 4, 5]);
    expect(kept).to.have.lengthOf(1);
    expect(await spool.kept()).to.equal(1);
    expect(kept[0]).to.match(/\.spool\.kept: the call trail refused the record/);
    expect(readdirSync(`${folder.path}/spool/0`).filter((name) => name.endsWith('.kept'))).to.have.lengthOf(
      1,
    );
  });

  it('returns to the database although a file cannot be read from the disk, and ships it when it can', async () => {
    const dead = open();
    dead.state.set(true);
    await appendAll(dead.journal, calls(1, 5));
    await dead.journal.close();
    const [name = ''] = readdirSync(`${folder.path}/spool/0`).filter((file) => file.endsWith('.spool'));
    const path = `${folder.path}/spool/0/${name}`;
    const bytes = readFileSync(path);
    rmSync(path);
    mkdirSync(path);
    const { journal, spool, state } = open();
    await journal.adopt();
    state.set(true);
    await appendAll(journal, calls(6, 5));
    state.set(false);
    await eventually('the database again', async () => journal.mode === 'database' || undefined);
    await appendAll(journal, calls(11, 1));
    await expectTrail(numbers(6, 6));
    await eventually('word of the file', async () => shipping.includes('fails') || undefined);
    expect(shipping).not.to.include('works');
    rmdirSync(path);
    writeFileSync(path, bytes);
    await shippedBy({ journal, spool });
    await expectTrail(numbers(1, 11));
    await eventually('word that all is shipped', async () => shipping.includes('works') || undefined);
    expect(shipping.filter((what) => what === 'works')).to.have.length(1);
  });

  it('returns to the database although the disk can be neither read nor written', async () => {
    const disk = faultyDisk();
    const { journal, spool, state } = open(aSpool(`${folder.path}/spool`, disk));
    state.set(true);
    await appendAll(journal, calls(1, 2));
    const [name = ''] = readdirSync(`${folder.path}/spool/0`).filter((file) => file.endsWith('.spool'));
    const path = `${folder.path}/spool/0/${name}`;
    const bytes = readFileSync(path);
    rmSync(path);
    mkdirSync(path);
    disk.fail('ENOSPC');
    expect(await appendAll(journal, calls(3, 1))).to.not.deep.equal(['stored']);
    state.set(false);
    await eventually('the database again', async () => journal.mode === 'database' || undefined);
    expect(await appendAll(journal, calls(4, 1))).to.deep.equal(['stored']);
    rmdirSync(path);
    writeFileSync(path, bytes);
    await shippedBy({ journal, spool });
    await expectTrail([1, 2, 4]);
  });

  it('refuses calls while neither database nor disk stored the last one, and detects by itself when the database does', async () => {
    const { pool, fail } = faultyPool(database().pool);
    const disk = faultyDisk();
    const { journal } = open(aSpool(`${folder.path}/spool`, disk), pool);
    fail('unreachable');
    disk.fail('ENOSPC');
    expect(await appendAll(journal, calls(1, 1))).to.not.deep.equal(['stored']);
    await eventually('word that the database was asked', async () => shipping.includes('fails') || undefined);
    expect(journal.refusal()?.message).to.equal('the call trail is unavailable: its spool cannot be written');
    fail('none');
    await eventually('the database again', async () => journal.mode === 'database' || undefined);
    expect(changes).to.deep.equal(['spool', 'database']);
    expect(journal.refusal()).to.equal(undefined);
    expect(await appendAll(journal, calls(3, 1))).to.deep.equal(['stored']);
    await expectTrail([3]);
  });

  it('waits for no more than an answer when the database refuses the very call used to test it', async () => {
    const { pool, fail } = faultyPool(database().pool);
    const disk = faultyDisk();
    const { journal } = open(aSpool(`${folder.path}/spool`, disk), pool);
    fail('unreachable');
    disk.fail('ENOSPC');
    const bad = aRecordedCall(1, { responseStatusCode: 2 ** 40 });
    expect(await appendAll(journal, [bad])).to.not.deep.equal(['stored']);
    fail('none');
    await eventually('the database again', async () => journal.mode === 'database' || undefined);
    expect(await appendAll(journal, calls(2, 1))).to.deep.equal(['stored']);
    await expectTrail([2]);
  });

  it('considers a database usable that could not be tested with anything once it has stored a call', async () => {
    const disk = faultyDisk();
    const spool = aSpool(`${folder.path}/spool`, disk);
    const { journal, state } = open(spool);
    spool.cannotBeUsed(new Error('EACCES'));
    state.set(true);
    expect(journal.refusal()).to.be.instanceOf(Error);
    state.set(false);
    await eventually('the database again', async () => journal.mode === 'database' || undefined);
    expect(changes).to.deep.equal(['spool']);
    expect(await appendAll(journal, calls(1, 1))).to.deep.equal(['stored']);
    expect(changes).to.deep.equal(['spool', 'database']);
  });

  it('ships calls of a day that has no partition, and the day gets its own later', async () => {
    const { journal, spool, state } = open();
    state.set(true);
    const longAgo = Date.parse('2026-01-05T12:00:00Z');
    await appendAll(journal, [aRecordedCall(1, { startedAt: longAgo, completedAt: longAgo })]);
    state.set(false);
    await shippedBy({ journal, spool });
    await ensurePartitions({ database: database(), clock: { now: () => longAgo } });
    await expectTrail([1]);
  });
});
