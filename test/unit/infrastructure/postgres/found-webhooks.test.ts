import { expect } from 'chai';
import { FoundWebhooks } from '../../../../src/infrastructure/postgres/found-webhooks.ts';
import { fixedClock } from '../../../support/fixed-clock.ts';

/** Loads that wait to be answered, in the order they began. */
const rig = () => {
  const clock = fixedClock();
  const loads: { key: string; answer: (value: string | undefined) => void; fail: (error: Error) => void }[] =
    [];
  const found = new FoundWebhooks<string>({
    maxAge: 10_000,
    maxAgeOfNothing: 5_000,
    maxKeys: 3,
    monotonic: clock.monotonic,
    load: (key) => new Promise((answer, fail) => loads.push({ key, answer, fail })),
  });
  return { clock, loads, found };
};

describe('webhooks that were found', () => {
  it('are loaded once for all who ask at the same time', async () => {
    const { loads, found } = rig();
    const asked = [found.get('a'), found.get('a'), found.get('b')];
    expect(loads.map(({ key }) => key)).to.deep.equal(['a', 'b']);
    loads.forEach(({ key, answer }) => answer(key.toUpperCase()));
    expect(await Promise.all(asked)).to.deep.equal(['A', 'A', 'B']);
    expect(await found.get('a')).to.equal('A');
    expect(loads).to.have.length(2);
  });

  it('are read by a load of its own when that is asked for, also beside one under way', async () => {
    const { loads, found } = rig();
    const usual = found.get('a');
    const now = found.load('a');
    expect(loads).to.have.length(2);
    loads[1]?.answer('new');
    loads[0]?.answer('old');
    expect([await usual, await now]).to.deep.equal(['old', 'new']);
  });

  it('are not replaced by what a load that began earlier brings', async () => {
    const { clock, loads, found } = rig();
    const early = found.get('a');
    clock.advance(1);
    const late = found.load('a');
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

  it('are known from then on, also when they are to be loaded anew; what was not found is not', async () => {
    const { clock, loads, found } = rig();
    const asked = [found.get('a'), found.get('nothing')];
    expect(found.has('a')).to.equal(false);
    loads.forEach(({ key, answer }) => answer(key === 'a' ? 'A' : undefined));
    await Promise.all(asked);
    clock.advance(60_000);
    expect([found.has('a'), found.has('nothing')]).to.deep.equal([true, false]);
    found.forgetAll();
    expect(found.has('a')).to.equal(false);
  });
});
