import { expect } from 'chai';
import { FoundWebhooks } from '../../../../src/infrastructure/postgres/webhooks/found-webhooks.ts';
import { fixedClock, turn } from '../../../support/fixed-clock.ts';

type Load = {
  keys: readonly string[];
  answer: (...values: (string | undefined)[]) => void;
  fail: (error: Error) => void;
};

/** Loads that wait for the test to answer, in the order they began. */
const rig = () => {
  const clock = fixedClock();
  const loads: Load[] = [];
  const found = new FoundWebhooks<string>({
    maxAge: 10_000,
    maxAgeOfNothing: 5_000,
    maxKeys: 3,
    renewEveryMs: 25,
    monotonic: clock.monotonic,
    sleep: clock.sleep,
    load: (keys) =>
      new Promise((resolve, fail) =>
        loads.push({
          keys,
          answer: (...values) =>
            resolve(
              new Map(
                keys.flatMap((key, n) => {
                  const value = values[n];
                  return value === undefined ? [] : [[key, value] as const];
                }),
              ),
            ),
          fail,
        }),
      ),
  });
  return { clock, loads, found };
};

describe('webhooks that were found', () => {
  it('are loaded once for all who ask at the same time', async () => {
    const { loads, found } = rig();
    const asked = [found.get('a'), found.get('a'), found.get('b')];
    expect(loads.map(({ keys }) => keys)).to.deep.equal([['a'], ['b']]);
    loads.forEach(({ keys, answer }) => answer(keys[0]?.toUpperCase()));
    expect(await Promise.all(asked)).to.deep.equal(['A', 'A', 'B']);
    expect(await found.get('a')).to.equal('A');
    expect(loads).to.have.length(2);
  });

  it('are read by a separate load on request, also beside one in progress', async () => {
    const { loads, found } = rig();
    const usual = found.get('a');
    const now = found.renewed('a');
    expect(loads).to.have.length(2);
    loads[1]?.answer('new');
    loads[0]?.answer('old');
    expect([await usual, await now]).to.deep.equal(['old', 'new']);
  });

  it('are renewed for all who ask at one time by one load, one at a time, forty a second at most', async () => {
    const { clock, loads, found } = rig();
    const first = found.renewed('a');
    const later = [found.renewed('a'), found.renewed('b'), found.renewed('b'), found.renewed('c')];
    await clock.run(1_000);
    expect(loads.map(({ keys }) => keys)).to.deep.equal([['a']]);
    loads[0]?.answer('before');
    expect(await first).to.equal('before');
    await turn();
    expect(loads[1]?.keys).to.deep.equal(['a', 'b', 'c']);
    loads[1]?.answer('A', undefined, 'C');
    expect(await Promise.all(later)).to.deep.equal(['A', undefined, undefined, 'C']);
    expect([await found.get('a'), await found.get('b')]).to.deep.equal(['A', undefined]);
    const soon = found.renewed('a');
    await clock.run(24);
    expect(loads).to.have.length(2);
    await clock.run(1);
    expect(loads).to.have.length(3);
    loads[2]?.fail(new Error('away'));
    expect(await soon.catch(String)).to.equal('Error: away');
    const again = found.renewed('a');
    await clock.run(25);
    loads[3]?.answer('new');
    expect(await again).to.equal('new');
  });

  it('are not replaced by what a load that began earlier brings', async () => {
    const { clock, loads, found } = rig();
    const early = found.get('a');
    clock.advance(1);
    const late = found.renewed('a');
    loads[1]?.answer('new');
    await late;
    loads[0]?.answer('old');
    await early;
    expect(await found.get('a')).to.equal('new');
  });

  it('are forgotten together with what is being loaded', async () => {
    const { loads, found } = rig();
    const before = found.get('a');
    found.forgetAll();
    const after = found.get('a');
    expect(loads).to.have.length(2);
    loads[0]?.answer('old');
    loads[1]?.answer('new');
    expect([await before, await after]).to.deep.equal(['old', 'new']);
    expect(await found.get('a')).to.equal('new');
  });

  it('are believed for ten seconds, and for five that there is nothing', async () => {
    const { clock, loads, found } = rig();
    const ask = () => {
      for (const key of ['a', 'nothing']) void found.get(key);
      for (const { keys, answer } of loads) answer(keys[0] === 'a' ? 'A' : undefined);
      return turn();
    };
    const loaded: number[] = [];
    for (const wait of [0, 4_999, 1, 4_999, 1]) {
      clock.advance(wait);
      await ask();
      loaded.push(loads.length);
    }
    expect(loaded).to.deep.equal([2, 2, 3, 3, 5]);
  });

  it('are loaded again after a change, even where an earlier load ends only then', async () => {
    const { loads, found } = rig();
    const before = found.get('a');
    found.forgetAll();
    loads[0]?.answer('old');
    expect(await before).to.equal('old');
    const after = found.get('a');
    loads[1]?.answer('new');
    expect(await after).to.equal('new');
  });

  it('are asked for again after a failure, which is told to those who waited for it', async () => {
    const { loads, found } = rig();
    const asked = [found.get('a'), found.get('a')].map((promise) =>
      promise.catch((error: unknown) => String(error)),
    );
    loads[0]?.fail(new Error('away'));
    expect(await Promise.all(asked)).to.deep.equal(['Error: away', 'Error: away']);
    const again = found.get('a');
    loads[1]?.answer('A');
    expect(await again).to.equal('A');
  });

  it('are cached from then on, also while they are to be reloaded; unknown tokens are not', async () => {
    const { clock, loads, found } = rig();
    const asked = [found.get('a'), found.get('nothing')];
    expect(found.has('a')).to.equal(false);
    loads.forEach(({ keys, answer }) => answer(keys[0] === 'a' ? 'A' : undefined));
    await Promise.all(asked);
    clock.advance(60_000);
    expect([found.has('a'), found.has('nothing')]).to.deep.equal([true, false]);
    found.forgetAll();
    expect(found.has('a')).to.equal(false);
  });
});
