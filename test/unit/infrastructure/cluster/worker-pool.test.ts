import { expect } from 'chai';
import { WorkerPool } from '../../../../src/infrastructure/cluster/worker-pool.ts';
import type { WorkerEnd, WorkerProcess } from '../../../../src/infrastructure/cluster/worker-process.ts';
import { fixedClock, turn } from '../../../support/fixed-clock.ts';
import { recordingLogger } from '../../../support/recording-logger.ts';

type Played = WorkerProcess & {
  readonly orders: string[];
  readonly listen: () => void;
  readonly end: (end?: Partial<WorkerEnd>) => void;
};

const SIZE = 3;

const fixture = ({ listensAtOnce = true } = {}) => {
  const clock = fixedClock();
  const logger = recordingLogger();
  const { lines } = logger;
  const forked: Played[] = [];
  const behaviour = { listensAtOnce, beat: true, neverHeard: 0 };
  const fork = (): Played => {
    const ready = Promise.withResolvers<number | undefined>();
    const ended = Promise.withResolvers<WorkerEnd>();
    const orders: string[] = [];
    const end: Played['end'] = (how = {}) => {
      ready.resolve(undefined);
      ended.resolve({ code: 0, signal: null, ...how });
    };
    const worker: Played = {
      id: forked.length + 1,
      pid: 1000 + forked.length,
      ready: ready.promise,
      ended: ended.promise,
      beats: () => (behaviour.beat && worker.id !== behaviour.neverHeard ? clock.monotonic() : 0),
      tell: (order) => void orders.push(order),
      kill: () => end({ code: null, signal: 'SIGKILL' }),
      orders,
      listen: () => ready.resolve(8006),
      end,
    };
    forked.push(worker);
    if (behaviour.listensAtOnce) worker.listen();
    return worker;
  };
  const pool = new WorkerPool({
    size: SIZE,
    fork,
    sleep: clock.sleep,
    monotonic: clock.monotonic,
    logger,
    patienceMs: 20_000,
  });
  const messages = () => lines.map(({ message }) => message);
  return { clock, pool, forked, behaviour, lines, messages };
};
const settled = async (): Promise<void> => {
  for (let n = 0; n < 5; n += 1) await turn();
};

describe('a pool of workers', () => {
  it('starts the first worker alone, which migrates and registers, then the others', async () => {
    const { pool, forked, behaviour } = fixture({ listensAtOnce: false });
    const started = pool.start();
    await settled();
    expect(forked).to.have.length(1);
    behaviour.listensAtOnce = true;
    forked[0]?.listen();
    expect(await started).to.equal(8006);
    expect([forked.length, pool.serving()]).to.deep.equal([SIZE, SIZE]);
  });

  it('starts no other when the first one does not start', async () => {
    const { pool, forked } = fixture({ listensAtOnce: false });
    const started = pool.start();
    forked[0]?.end({ code: 1 });
    expect(await started).to.equal(undefined);
    expect(forked).to.have.length(1);
  });

  it('starts another one at once for a lost one that had lived, and says so once', async () => {
    const { pool, forked, clock, lines } = fixture();
    await pool.start();
    clock.advance(60_000);
    forked[1]?.end({ code: null, signal: 'SIGKILL' });
    await settled();
    expect([forked.length, pool.serving(), pool.restarts()]).to.deep.equal([SIZE + 1, SIZE, 1]);
    const lost = lines.filter(({ message }) => message === 'worker lost');
    expect(lost).to.have.length(1);
    expect(lost[0]?.fields).to.include({ worker: 2, worker_pid: 1001, signal: 'SIGKILL' });
  });

  it('waits longer each time for one that dies young', async () => {
    const { pool, forked, clock, lines } = fixture();
    await pool.start();
    for (let n = 0; n < 8; n += 1) {
      forked.at(-1)?.end({ code: 1 });
      await settled();
      await clock.run(5_000);
    }
    const waits = lines.flatMap(({ fields }) => ('next_in_ms' in fields ? [fields['next_in_ms']] : []));
    expect(waits).to.deep.equal([100, 200, 400, 800, 1600, 3200, 5000, 5000]);
    expect(pool.serving()).to.equal(SIZE);
  });

  /** Whether the pool has given up, with a function that ends all workers started since. */
  const failing = async ({ pool, forked, clock, behaviour }: ReturnType<typeof fixture>) => {
    await pool.start();
    clock.advance(60_000);
    behaviour.listensAtOnce = false;
    let hasFailed = false;
    void pool.failed.then(() => {
      hasFailed = true;
    });
    return {
      hasFailed: () => hasFailed,
      endStarting: async (): Promise<void> => {
        await settled();
        for (const worker of forked.slice(SIZE)) worker.end({ code: 1 });
        await settled();
        await clock.run(5_000);
      },
    };
  };

  it('gives up when none serves and workers fail to start ten times in a row, and not before', async () => {
    const made = fixture();
    const { hasFailed, endStarting } = await failing(made);
    for (const worker of made.forked.slice(0, SIZE)) worker.end({ code: 1 });
    for (let n = 0; n < 3; n += 1) {
      expect(hasFailed()).to.equal(false);
      await endStarting();
    }
    await endStarting();
    expect(hasFailed()).to.equal(true);
    expect(made.forked.length).to.be.within(SIZE + 10, SIZE + 12);
  });

  it('leaves those alone that serve when others fail to start, and goes on trying, as while the database is away', async () => {
    const made = fixture();
    const { hasFailed, endStarting } = await failing(made);
    made.forked[0]?.end({ code: 1 });
    for (let n = 0; n < 30; n += 1) await endStarting();
    expect([hasFailed(), made.pool.serving(), made.forked.length]).to.deep.equal([
      false,
      SIZE - 1,
      SIZE + 31,
    ]);
    made.behaviour.listensAtOnce = true;
    await endStarting();
    expect([hasFailed(), made.pool.serving()]).to.deep.equal([false, SIZE]);
  });

  it('kills a worker that is silent for 20 s, and starts another one', async () => {
    const { pool, forked, clock, behaviour, messages } = fixture();
    await pool.start();
    await clock.run(60_000);
    expect(messages()).to.not.include('worker hangs, killing it');
    behaviour.beat = false;
    await clock.run(21_000);
    expect(forked).to.have.length(SIZE);
    await clock.run(2_000);
    behaviour.beat = true;
    await clock.run(1_000);
    expect(await forked[0]?.ended).to.include({ signal: 'SIGKILL' });
    expect(messages()).to.include('worker hangs, killing it');
    expect([forked.length, pool.serving()]).to.deep.equal([2 * SIZE, SIZE]);
  });

  it('kills a worker that is silent for a minute while it starts, and starts another one', async () => {
    const { pool, forked, clock, behaviour } = fixture();
    await pool.start();
    clock.advance(60_000);
    Object.assign(behaviour, { listensAtOnce: false, neverHeard: SIZE + 1 });
    forked[0]?.end({ code: 1 });
    await clock.run(59_000);
    expect(forked).to.have.length(SIZE + 1);
    behaviour.listensAtOnce = true;
    await clock.run(3_000);
    expect(await forked[SIZE]?.ended).to.include({ signal: 'SIGKILL' });
    expect([forked.length, pool.serving()]).to.deep.equal([SIZE + 2, SIZE]);
  });

  it('leaves one alone that takes its time to start, and says so each minute', async () => {
    const { pool, forked, clock, lines, behaviour } = fixture({ listensAtOnce: false });
    const started = pool.start();
    await clock.run(125_000);
    expect(forked).to.have.length(1);
    const told = () => lines.filter(({ message }) => message === 'worker is still starting');
    expect(told().map(({ fields }) => fields)).to.deep.equal(
      [1, 2].map((minutes) => ({ worker: 1, worker_pid: 1000, minutes })),
    );
    behaviour.listensAtOnce = true;
    forked[0]?.listen();
    expect(await started).to.equal(8006);
    await clock.run(120_000);
    expect(told()).to.have.length(2);
  });

  it('replaces one after the other: the next answers before the old one is told to leave', async () => {
    const { pool, forked, behaviour, messages } = fixture();
    await pool.start();
    behaviour.listensAtOnce = false;
    const replaced = pool.replaceAll();
    expect(pool.replaceAll()).to.equal(replaced);
    for (let n = 0; n < SIZE; n += 1) {
      await settled();
      expect(forked).to.have.length(SIZE + n + 1);
      expect(forked[n]?.orders).to.deep.equal([]);
      forked[SIZE + n]?.listen();
      await settled();
      expect(forked[n]?.orders).to.deep.equal(['leave']);
      forked[n]?.end();
    }
    await replaced;
    expect([forked.length, pool.serving(), pool.restarts()]).to.deep.equal([2 * SIZE, SIZE, 0]);
    expect(messages()).to.include('workers replaced').and.not.include('worker lost');
  });

  for (const first of ['successor', 'substitute'] as const) {
    it(`has no worker too many when one ends while its successor starts and the ${first} answers first`, async () => {
      const { pool, forked, clock, behaviour } = fixture();
      await pool.start();
      clock.advance(60_000);
      behaviour.listensAtOnce = false;
      void pool.replaceAll();
      await settled();
      forked[0]?.end({ code: 1 });
      await settled();
      const [successor, substitute] = forked.slice(SIZE);
      const [early, late] = first === 'successor' ? [successor, substitute] : [substitute, successor];
      early?.listen();
      await settled();
      expect(early?.orders).to.deep.equal([]);
      late?.listen();
      await settled();
      expect([early?.orders, late?.orders, pool.serving()]).to.deep.equal([['leave'], [], SIZE]);
    });
  }

  it('keeps the old ones when a new one does not start', async () => {
    const { pool, forked, behaviour, messages } = fixture();
    await pool.start();
    behaviour.listensAtOnce = false;
    const replaced = pool.replaceAll();
    await settled();
    forked.at(-1)?.end({ code: 1 });
    await replaced;
    expect(forked.map(({ orders }) => orders.length)).to.deep.equal([0, 0, 0, 0]);
    expect(pool.serving()).to.equal(SIZE);
    expect(messages()).to.include('workers not replaced: a new one did not start, the others stay');
  });

  it('stops all at once, starts no more, and kills those that do not end in time', async () => {
    const { pool, forked, clock, messages } = fixture();
    await pool.start();
    const stopped = pool.stop();
    expect(forked.map(({ orders }) => orders)).to.deep.equal([['stop'], ['stop'], ['stop']]);
    forked[0]?.end();
    forked[1]?.end();
    await settled();
    await clock.run(20_000);
    await stopped;
    expect(forked).to.have.length(SIZE);
    expect(await forked[2]?.ended).to.include({ signal: 'SIGKILL' });
    expect(messages()).to.not.include('worker lost');
    expect(clock.pending()).to.equal(0);
  });
});
