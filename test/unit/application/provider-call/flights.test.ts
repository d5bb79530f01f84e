import { expect } from 'chai';
import type { Money } from '../../../../src/domain/shared/money.ts';
import { turn } from '../../../support/fixed-clock.ts';
import { fakeCacheTier } from '../../../support/memory-cache-tier-fake.ts';
import {
  answered,
  aService,
  aTenant,
  HOUSE,
  pipelineFixture,
  refused,
  yandex,
} from '../../../support/pipeline-fixture.ts';
import { denied, found, type Answer } from '../../../support/scripted-geocoder.ts';

const AN_HOUR = 3_600_000;

/** A second tier whose reads are fixed when they begin, and are answered when the test releases them. */
const slowTier = () => {
  const tier = fakeCacheTier();
  const held: (() => void)[] = [];
  let isSlow = false;
  return {
    tier: {
      ...tier,
      find: async (...asked: Parameters<typeof tier.find>) => {
        const entry = await tier.find(...asked);
        if (isSlow) await new Promise<void>((resolve) => held.push(resolve));
        return entry;
      },
    },
    slowDown: () => void (isSlow = true),
    letGo: () => {
      isSlow = false;
      for (const go of held.splice(0)) go();
    },
  };
};

describe('A call that looked into the cache before an equal one had its answer', () => {
  for (const [words, services] of [
    ['may be kept', undefined],
    ['may be kept in memory only', [yandex()]],
  ] as const)
    it(`shares the answer that ${words}, however long the look took`, async () => {
      const { tier, slowDown, letGo } = slowTier();
      const { ask, clock, google, yandex: second } = pipelineFixture({ tier, maxDeadlineMs: 2 * AN_HOUR });
      const landing = Promise.withResolvers<Answer>();
      for (const provider of [google, second]) provider.says(() => landing.promise);
      const options = services === undefined ? {} : { services };
      const first = answered(ask(HOUSE, options));
      await turn();
      slowDown();
      const late = answered(ask(HOUSE, options));
      await turn();
      landing.resolve(found());
      await first;
      await clock.run(AN_HOUR);
      letGo();
      const { report } = await late;
      expect(report.cache).to.deep.include({ status: 'miss', collapsed: true });
      expect(report.cost.micros).to.equal(0);
      expect(google.calls.length + second.calls.length).to.equal(1);
    });

  for (const [words, end] of [
    ['a failure', () => denied],
    [
      'an exception',
      () => {
        throw new Error('a bug');
      },
    ],
  ] as const)
    it(`asks again where that flight meanwhile ended in ${words}`, async () => {
      const { tier, slowDown, letGo } = slowTier();
      const { ask, google } = pipelineFixture({ tier });
      const landing = Promise.withResolvers<void>();
      google.says(() => landing.promise.then(end), found());
      const options = { services: [aService()] };
      const first = ask(HOUSE, options).catch(() => undefined);
      await turn();
      slowDown();
      const late = answered(ask(HOUSE, options));
      await turn();
      landing.resolve();
      await first;
      letGo();
      expect(priceOf(await late)).to.equal(5_000);
      expect(google.calls).to.have.length(2);
    });

  it('asks nobody where its look took all of its time', async () => {
    const { tier, slowDown, letGo } = slowTier();
    const { ask, clock, google } = pipelineFixture({ tier });
    slowDown();
    const late = refused(ask(HOUSE, { deadlineMs: 100 }));
    await turn();
    clock.advance(100);
    letGo();
    expect((await late).error.kind).to.equal('deadline-exceeded');
    expect(google.calls).to.have.length(0);
  });

  it('shares it also when it began on the way of the answer into the cache', async () => {
    for (let steps = 0; steps < 100; steps += 1) {
      const { ask, clock, google } = pipelineFixture();
      const landing = Promise.withResolvers<Answer>();
      google.says(() => landing.promise, found());
      const first = answered(ask(HOUSE));
      await turn();
      landing.resolve(found());
      for (let step = 0; step < steps; step += 1) await Promise.resolve();
      clock.advance(1);
      await Promise.all([first, answered(ask(HOUSE))]);
      expect(google.calls, `after ${steps} steps`).to.have.length(1);
    }
  });

  it('shares nothing with calls that begin when the answer is stored', async () => {
    const { tier, slowDown, letGo } = slowTier();
    const { ask, clock, google } = pipelineFixture({ tier, maxDeadlineMs: 72 * AN_HOUR });
    const landing = Promise.withResolvers<Answer>();
    google.says(() => landing.promise, found());
    const first = answered(ask(HOUSE));
    await turn();
    slowDown();
    const late = answered(ask(HOUSE));
    await turn();
    landing.resolve(found());
    await first;
    // Its entry has expired by then.
    clock.advance(48 * AN_HOUR);
    const newcomer = answered(ask(HOUSE));
    await turn();
    letGo();
    expect((await newcomer).report.cost.micros).to.equal(5_000);
    expect((await late).report.cost.micros).to.equal(0);
    expect(google.calls).to.have.length(2);
  });
});

describe('Calls that all found a cached value of a shape that nobody knows any more', () => {
  it('are answered by one load, though each of them has it removed', async () => {
    const { tier, slowDown, letGo } = slowTier();
    const { ask, clock, google } = pipelineFixture({ tier });
    const { report } = await answered(ask(HOUSE));
    const key = 'key' in report.cache ? String(report.cache.key) : '';
    const kept = await tier.find(aTenant(), key);
    if (kept === undefined) throw new Error('the answer was not stored');
    await tier.keep(aTenant(), { ...kept, value: { of: 'an older program' }, storedAt: kept.storedAt + 1 });
    await clock.run(AN_HOUR / 2);
    slowDown();
    const calls = Array.from({ length: 20 }, () => answered(ask(HOUSE)));
    await turn();
    letGo();
    const costs = (await Promise.all(calls)).map(priceOf);
    expect(google.calls).to.have.length(2);
    expect(costs.filter((micros) => micros > 0)).to.deep.equal([5_000]);
    const { report: again } = await answered(ask(HOUSE));
    expect(again.cache.status).to.equal('hit');
  });
});

describe('A load that was under way when a service was changed', () => {
  const hanging = async () => {
    const fixture = pipelineFixture();
    const slow = Promise.withResolvers<Answer>();
    fixture.google.says(() => slow.promise, found());
    const before = answered(fixture.ask(HOUSE));
    await turn();
    fixture.clock.advance(1);
    return { ...fixture, before, land: () => slow.resolve(found({ formattedAddress: 'of before' })) };
  };

  it('is not joined by who comes after it, whose answer is kept', async () => {
    const { ask, google, before, land } = await hanging();
    const services = [aService({ version: 2 }), yandex()];
    const after = [ask(HOUSE, { services }), ask(HOUSE, { services })].map(answered);
    await turn();
    expect(google.calls).to.have.length(2);
    expect((await Promise.all(after)).map(priceOf)).to.have.members([0, 5_000]);
    land();
    await before;
    const { value, report } = await answered(ask(HOUSE, { services }));
    expect(report.cache.status).to.equal('hit');
    expect(value.matches[0]?.formattedAddress).to.not.equal('of before');
    expect(google.calls).to.have.length(2);
  });

  it('is not joined by who comes after a service that it asks was deactivated or removed', async () => {
    const { ask, google, yandex: second, before, land } = await hanging();
    const { report } = await answered(ask(HOUSE, { services: [yandex()] }));
    expect([report.provider, report.cost.micros]).to.deep.equal(['yandex_maps', 1_000]);
    expect([google, second].map(({ calls }) => calls.length)).to.deep.equal([1, 1]);
    land();
    await before;
  });

  it('is joined by who knows nothing of the change yet', async () => {
    const { ask, google } = pipelineFixture();
    const changed = answered(ask(HOUSE, { services: [aService({ version: 2 }), yandex()] }));
    const other = answered(ask(HOUSE));
    await Promise.all([changed, other]);
    expect(google.calls).to.have.length(1);
  });
});

type Forget = (cache: ReturnType<typeof pipelineFixture>['cache'], key: string) => Promise<unknown>;

const priceOf = ({ report }: { readonly report: { readonly cost: Money } }): number => report.cost.micros;

describe('A load that was under way when the cache was purged', () => {
  const purgedMeanwhile = async (tenant = 'uk_company_1') => {
    const fixture = pipelineFixture();
    const { ask, clock, google, cache } = fixture;
    const slow = Promise.withResolvers<Answer>();
    google.says(() => slow.promise, found());
    const before = [answered(ask(HOUSE)), answered(ask(HOUSE))];
    await turn();
    clock.advance(1_000);
    await cache.invalidate(aTenant(tenant), { tag: 'service:google_maps' });
    clock.advance(1);
    return { ...fixture, before, land: () => slow.resolve(found()) };
  };

  it('is not joined by who comes after the purge, whose answer is kept', async () => {
    const { ask, google, before, land } = await purgedMeanwhile();
    const after = [answered(ask(HOUSE)), answered(ask(HOUSE))];
    expect((await Promise.all(after)).map(priceOf)).to.have.members([0, 5_000]);
    land();
    await Promise.all(before);
    expect((await answered(ask(HOUSE))).report.cache.status).to.equal('hit');
    expect(google.calls).to.have.length(2);
  });

  const purgedElsewhere = async (options: Parameters<ReturnType<typeof pipelineFixture>['ask']>[1] = {}) => {
    const tier = fakeCacheTier();
    const { ask, clock, google } = pipelineFixture({ tier });
    const elsewhere = pipelineFixture({ tier });
    const slow = Promise.withResolvers<Answer>();
    google.says(() => slow.promise, found());
    const before = answered(ask(HOUSE, options));
    await turn();
    for (const replica of [clock, elsewhere.clock]) replica.advance(1_000);
    await elsewhere.cache.invalidate(aTenant(), {});
    clock.advance(2_000);
    return { ask, google, before, land: () => slow.resolve(found()) };
  };

  it('is not joined where the purge was made on another replica, by who comes two seconds later', async () => {
    const { ask, google, before, land } = await purgedElsewhere();
    const after = await answered(ask(HOUSE));
    expect(priceOf(after)).to.equal(5_000);
    land();
    await before;
    expect((await answered(ask(HOUSE))).report.cache.status).to.equal('hit');
    expect(google.calls).to.have.length(2);
  });

  it('is not joined after such a purge, though reading the purges takes longer than looking up the entry', async () => {
    const tier = fakeCacheTier();
    const asked = Promise.withResolvers<void>();
    let isSlow = false;
    const stamps: typeof tier.stamps = async (tenant) => {
      if (isSlow) await asked.promise;
      return tier.stamps(tenant);
    };
    const { ask, clock, google } = pipelineFixture({ tier: { ...tier, stamps } });
    const slow = Promise.withResolvers<Answer>();
    google.says(() => slow.promise, found());
    const before = answered(ask(HOUSE));
    await turn();
    clock.advance(1_000);
    await tier.purge(aTenant(), { scope: {}, purgedAt: clock.now() });
    clock.advance(2_000);
    isSlow = true;
    const after = answered(ask(HOUSE));
    await turn();
    asked.resolve();
    await turn();
    expect(google.calls).to.have.length(2);
    slow.resolve(found());
    expect((await Promise.all([before, after])).map(priceOf)).to.deep.equal([5_000, 5_000]);
  });

  it('is not joined after such a purge by who neither reads nor stores, either', async () => {
    const passing = { cache: { noStore: true } };
    const { ask, google, before, land } = await purgedElsewhere(passing);
    const after = answered(ask(HOUSE, passing));
    await turn();
    expect(google.calls).to.have.length(2);
    land();
    expect((await Promise.all([before, after])).map(priceOf)).to.deep.equal([5_000, 5_000]);
  });

  it('is not joined by who comes after the removal of its entry, nor does it bring that back', async () => {
    const { ask, clock, google, cache } = pipelineFixture();
    const slow = Promise.withResolvers<Answer>();
    const { report } = await answered(ask(HOUSE));
    google.says(() => slow.promise, found());
    clock.advance(AN_HOUR);
    const before = answered(ask(HOUSE));
    await turn();
    clock.advance(1_000);
    expect(await cache.remove(aTenant(), 'key' in report.cache ? String(report.cache.key) : '')).to.equal(
      true,
    );
    clock.advance(1);
    const after = ask(HOUSE);
    slow.resolve(found());
    await before;
    expect(priceOf(await answered(after))).to.equal(5_000);
    const { report: again } = await answered(ask(HOUSE));
    expect(again.cache).to.include({ status: 'hit', ageSeconds: 0 });
    expect(google.calls).to.have.length(3);
  });

  for (const [what, forget] of [
    ['purges of one scope', (cache) => cache.invalidate(aTenant(), { operation: 'geocode' })],
    ['removals of its entry', (cache, key) => cache.remove(aTenant(), key)],
  ] as const satisfies readonly (readonly [string, Forget])[])
    it(`is not joined by who comes between two ${what}, the second while it looks into the cache`, async () => {
      const { tier, slowDown, letGo } = slowTier();
      const { ask, clock, google, cache } = pipelineFixture({ tier });
      const { report } = await answered(ask(HOUSE));
      const key = 'key' in report.cache ? String(report.cache.key) : '';
      clock.advance(48 * AN_HOUR);
      const slow = Promise.withResolvers<Answer>();
      google.says(() => slow.promise, found());
      const before = answered(ask(HOUSE));
      await turn();
      clock.advance(1_000);
      await forget(cache, key);
      clock.advance(1);
      slowDown();
      const between = answered(ask(HOUSE));
      await turn();
      clock.advance(1_000);
      await forget(cache, key);
      clock.advance(1);
      letGo();
      await turn();
      slow.resolve(found());
      expect((await Promise.all([before, between])).map(priceOf)).to.deep.equal([5_000, 5_000]);
    });

  it('is shared by those who came before it, as ever', async () => {
    const { google, before, land } = await purgedMeanwhile();
    land();
    expect((await Promise.all(before)).map(priceOf)).to.have.members([0, 5_000]);
    expect(google.calls).to.have.length(1);
  });

  it('is joined as ever when it was another tenant who purged', async () => {
    const { ask, google, before, land } = await purgedMeanwhile('uk_company_2');
    const after = answered(ask(HOUSE));
    land();
    await Promise.all([...before, after]);
    expect(google.calls).to.have.length(1);
  });
});
