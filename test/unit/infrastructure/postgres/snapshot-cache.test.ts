import { expect } from 'chai';
import { DatabaseAway } from '../../../../src/infrastructure/postgres/connection/database-away.ts';
import { SnapshotCache } from '../../../../src/infrastructure/postgres/snapshot-cache.ts';
import { fixedClock, turn } from '../../../support/fixed-clock.ts';

type Load = {
  readonly key: string;
  readonly answer: (value: string) => void;
  readonly fail: (error: Error) => void;
};

const aCache = (maxKeys = 10) => {
  const clock = fixedClock();
  const loads: Load[] = [];
  let away = false;
  const cache = new SnapshotCache<string>({
    load: (key) => new Promise((answer, fail) => loads.push({ key, answer, fail })),
    maxAge: 1_000,
    maxKeys,
    monotonic: clock.monotonic,
    sleep: clock.sleep,
    isAway: () => away,
  });
  const load = (index: number): Load => loads[index] as Load;
  /** Asks, answers the load that this starts, and returns what was served. */
  const filled = async (key: string, value: string): Promise<string> => {
    const asked = cache.get(key);
    await turn();
    load(loads.length - 1).answer(value);
    return asked;
  };
  return { clock, loads, load, cache, filled, setAway: (now: boolean) => void (away = now) };
};

describe('snapshot cache', () => {
  it('loads a key once for all who ask at the same time, and each key for itself', async () => {
    const { cache, loads, load } = aCache();
    const asked = Promise.all([cache.get('a'), cache.get('a'), cache.get('b'), cache.get('a')]);
    await turn();
    expect(loads.map(({ key }) => key)).to.deep.equal(['a', 'b']);
    load(0).answer('A');
    load(1).answer('B');
    expect(await asked).to.deep.equal(['A', 'A', 'B', 'A']);
  });

  it('serves a value until it is a second old, counted from the start of its load', async () => {
    const { clock, cache, loads, load } = aCache();
    const first = cache.get('a');
    clock.advance(600);
    load(0).answer('old');
    await first;
    clock.advance(399);
    expect(await cache.get('a')).to.equal('old');
    clock.advance(1);
    const second = cache.get('a');
    await turn();
    expect(loads).to.have.lengthOf(2);
    load(1).answer('new');
    expect(await second).to.equal('new');
  });

  it('rejects when the first load of a key fails, and tries again next time', async () => {
    const { cache, load, filled } = aCache();
    const asked = cache.get('a').catch((error: unknown) => error);
    const failure = new Error('away');
    load(0).fail(failure);
    expect(await asked).to.equal(failure);
    expect(await filled('a', 'back')).to.equal('back');
  });

  it('serves the last known value when the load fails, and leaves the database alone for a second', async () => {
    const { clock, cache, loads, load, filled } = aCache();
    await filled('a', 'known');
    clock.advance(5_000);
    const asked = cache.get('a');
    await turn();
    load(1).fail(new Error('away'));
    expect(await asked).to.equal('known');
    clock.advance(999);
    expect(await cache.get('a')).to.equal('known');
    expect(loads).to.have.lengthOf(2);
    clock.advance(1);
    expect(await filled('a', 'back')).to.equal('back');
  });

  it('waits 300 ms for a silent database, then serves the last known value at once, with one load under way', async () => {
    const { clock, cache, loads, load, filled } = aCache();
    await filled('a', 'known');
    clock.advance(1_000);
    const asked = cache.get('a');
    await clock.run(299);
    expect(await Promise.race([asked, turn().then(() => 'still waiting')])).to.equal('still waiting');
    await clock.run(1);
    expect(await asked).to.equal('known');
    expect(await cache.get('a')).to.equal('known');
    await clock.run(1_000);
    const again = cache.get('a');
    await clock.run(300);
    expect(await again).to.equal('known');
    expect(loads).to.have.lengthOf(2);
    load(1).answer('late');
    await turn();
    expect(await cache.get('a')).to.equal('late');
    expect(loads).to.have.lengthOf(2);
  });

  it('leaves no timer behind when the load answers in time', async () => {
    const { clock, filled } = aCache();
    await filled('a', 'known');
    clock.advance(1_000);
    expect(await filled('a', 'new')).to.equal('new');
    await turn();
    expect(clock.pending()).to.equal(0);
  });

  it('reloads what it was told is outdated, and discards loads that were in progress before', async () => {
    const { cache, load, loads, filled } = aCache();
    await filled('b', 'B');
    const before = cache.get('a');
    cache.outdate('a');
    const after = cache.get('a');
    await turn();
    load(2).answer('after the change');
    load(1).answer('before the change');
    expect(await before).to.equal('before the change');
    expect(await after).to.equal('after the change');
    expect(await cache.get('a')).to.equal('after the change');
    expect(await cache.get('b')).to.equal('B');
    expect(loads).to.have.lengthOf(3);
  });

  it('does not fall back to a value that it was told to forget', async () => {
    const { cache, load, filled } = aCache();
    await filled('a', 'revoked meanwhile');
    cache.forgetAll();
    const asked = cache.get('a').catch((error: Error) => error.message);
    load(1).fail(new Error('away'));
    expect(await asked).to.equal('away');
  });

  describe('while the database is known to be away', () => {
    it('serves what it knows at once and loads nothing, for twelve hours', async () => {
      const { clock, cache, loads, filled, setAway } = aCache();
      await filled('a', 'known');
      setAway(true);
      clock.advance(12 * 3_600_000);
      expect(await cache.get('a')).to.equal('known');
      expect(loads).to.have.lengthOf(1);
      clock.advance(1);
      void cache.get('a').catch(() => undefined);
      expect(loads).to.have.lengthOf(2);
    });

    it('also serves what is outdated, but not what was to be forgotten', async () => {
      const { cache, loads, load, filled, setAway } = aCache();
      await filled('a', 'before the change');
      cache.outdate('a');
      setAway(true);
      expect(await cache.get('a')).to.equal('before the change');
      expect(loads).to.have.lengthOf(1);
      cache.forgetAll();
      const asked = cache.get('a').catch((error: Error) => error.message);
      load(1).fail(new Error('away'));
      expect(await asked).to.equal('away');
    });

    it('keeps no place for keys that it cannot load', async () => {
      const { cache, loads, load, filled, setAway } = aCache(1);
      await filled('a', 'known');
      setAway(true);
      const unknown = cache.get('b').catch((error: Error) => error.message);
      load(1).fail(new Error('away'));
      expect(await unknown).to.equal('away');
      expect(await cache.get('a')).to.equal('known');
      expect(loads).to.have.lengthOf(2);
    });
  });

  describe('asked for what it does not know', () => {
    const lost = () => new Error('Connection terminated due to connection timeout');

    it('asks again when a busy database lost the question, once for all who wait', async () => {
      const { clock, cache, loads, load } = aCache();
      const asked = Promise.all([cache.get('a'), cache.get('a')]);
      load(0).fail(lost());
      await clock.run(200);
      load(1).answer('A');
      expect(await asked).to.deep.equal(['A', 'A']);
      expect(loads).to.have.lengthOf(2);
      expect(clock.pending()).to.equal(0);
    });

    it('retries once more also when noticing the loss took longer than the usual wait', async () => {
      const { clock, cache, load } = aCache();
      const asked = cache.get('a');
      clock.advance(5_000);
      load(0).fail(lost());
      await clock.run(200);
      load(1).answer('A');
      expect(await asked).to.equal('A');
    });

    it('waits for a database that is away for a moment, and asks it nothing meanwhile', async () => {
      const { clock, cache, loads, load, setAway } = aCache();
      setAway(true);
      const asked = Promise.all([cache.get('a'), cache.get('a')]);
      for (const { fail } of loads) fail(new DatabaseAway('no answer'));
      const before = loads.length;
      await clock.run(700);
      expect(loads).to.have.lengthOf(before);
      setAway(false);
      await clock.run(200);
      expect(loads).to.have.lengthOf(before + 1);
      load(before).answer('A');
      expect(await asked).to.deep.equal(['A', 'A']);
    });

    it('gives up on a database that stays away before a second is over', async () => {
      const { clock, cache, loads, load, setAway } = aCache();
      setAway(true);
      const asked = cache.get('a').catch((error: Error) => error);
      load(0).fail(new DatabaseAway('no answer'));
      await clock.run(799);
      expect(loads).to.have.lengthOf(1);
      await clock.run(1);
      load(1).fail(new DatabaseAway('ECONNREFUSED'));
      expect(await asked).to.have.property('code', 'ECONNREFUSED');
    });
  });

  it('serves an outdated value when the load finds the database lost, and no other failure', async () => {
    const { cache, load, filled } = aCache();
    await filled('a', 'before the change');
    cache.outdate('a');
    const lost = cache.get('a');
    load(1).fail(Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }));
    expect(await lost).to.equal('before the change');
    const broken = cache.get('a').catch((error: Error) => error.message);
    await turn();
    load(2).fail(new Error('a bug'));
    expect(await broken).to.equal('a bug');
  });

  describe('brought up to date at once', () => {
    const loaded = (values: Readonly<Record<string, string>>, isComplete = true) =>
      Promise.resolve({ values: new Map(Object.entries(values)), isComplete });

    it('knows what was not asked for, refreshes what it knew and drops what no longer exists', async () => {
      const { clock, cache, loads, filled, setAway } = aCache();
      await filled('changed', 'old');
      await filled('gone', 'old');
      clock.advance(5_000);
      await cache.refresh(() => loaded({ changed: 'new', unasked: 'new' }));
      setAway(true);
      expect(await cache.get('changed')).to.equal('new');
      expect(await cache.get('unasked')).to.equal('new');
      expect(loads).to.have.lengthOf(2);
      void cache.get('gone').catch(() => undefined);
      expect(loads).to.have.lengthOf(3);
    });

    it('drops nothing when there was more than it could load', async () => {
      const { clock, cache, filled, setAway } = aCache();
      await filled('a', 'known');
      clock.advance(5_000);
      await cache.refresh(() => loaded({ b: 'B' }, false));
      setAway(true);
      expect(await cache.get('a')).to.equal('known');
    });

    it('does not restore what was forgotten or changed while it was loading', async () => {
      const { cache, loads, filled } = aCache();
      await filled('changed', 'before');
      await cache.refresh(() => {
        cache.outdate('changed');
        return loaded({ changed: 'before' });
      });
      expect(await filled('changed', 'after')).to.equal('after');
      await cache.refresh(() => {
        cache.forgetAll();
        return loaded({ revoked: 'still valid' });
      });
      void cache.get('revoked').catch(() => undefined);
      expect(loads.map(({ key }) => key)).to.deep.equal(['changed', 'changed', 'revoked']);
    });

    it('does not add what was changed while it was loading, although nobody had asked for it', async () => {
      const { cache, loads, load } = aCache();
      await cache.refresh(() => {
        cache.outdate('a');
        return loaded({ a: 'before the change' });
      });
      const asked = cache.get('a');
      await turn();
      expect(loads).to.have.lengthOf(1);
      load(0).answer('after the change');
      expect(await asked).to.equal('after the change');
    });

    it('also refreshes what was changed before, when nobody has asked for it since', async () => {
      const { clock, cache, loads, filled, setAway } = aCache();
      await filled('a', 'before the change');
      cache.outdate('a');
      clock.advance(60_000);
      await cache.refresh(() => loaded({ a: 'after the change' }));
      setAway(true);
      expect(await cache.get('a')).to.equal('after the change');
      expect(loads).to.have.lengthOf(1);
    });

    it('keeps what was loaded later', async () => {
      const { clock, cache, filled } = aCache();
      await cache.refresh(async () => {
        clock.advance(1);
        await filled('a', 'newer');
        return loaded({ a: 'older' });
      });
      expect(await cache.get('a')).to.equal('newer');
    });

    it('has room for what there is, however many keys were asked for that there are not', async () => {
      const { clock, cache, filled, setAway } = aCache(2);
      await filled('guessed', 'nothing');
      await filled('guessed too', 'nothing');
      clock.advance(5_000);
      await cache.refresh(() => loaded({ a: 'A', b: 'B' }));
      setAway(true);
      expect([await cache.get('a'), await cache.get('b')]).to.deep.equal(['A', 'B']);
    });

    it('pushes out nothing that is in use', async () => {
      const { cache, loads, filled } = aCache(1);
      await filled('a', 'A');
      await cache.refresh(() => loaded({ b: 'B' }, false));
      expect(await cache.get('a')).to.equal('A');
      expect(loads).to.have.lengthOf(1);
    });
  });

  it('keeps no more keys than it may', async () => {
    const { cache, loads, filled } = aCache(2);
    for (const key of ['a', 'b', 'c']) await filled(key, key);
    expect(await cache.get('c')).to.equal('c');
    expect(loads).to.have.lengthOf(3);
    expect(await filled('a', 'again')).to.equal('again');
  });
});
