import { expect } from 'chai';
import { memoryCacheTier } from '../../../../src/infrastructure/cache/memory-cache-tier.ts';
import { OTHER_TENANT, TENANT } from '../../../support/an-external-service.ts';
import { anEntry, keyOf } from '../../../support/cache-store-rig.ts';
import { fixedClock } from '../../../support/fixed-clock.ts';

const lasting = (l1Ms: number) => ({ l1Ms, mayPersist: true });

describe('the first cache tier', () => {
  it('keeps an entry for its life here, or until its end when that comes first', () => {
    const clock = fixedClock();
    const tier = memoryCacheTier(10, clock);
    tier.keep(TENANT, anEntry(clock, { key: keyOf('short life') }), lasting(50));
    tier.keep(TENANT, anEntry(clock, { key: keyOf('near end'), goneAt: clock.now() + 100 }), lasting(1_000));
    const kept = () =>
      ['short life', 'near end'].filter((name) => tier.find(TENANT, keyOf(name)).entry !== undefined);
    clock.advance(49);
    expect(kept()).to.deep.equal(['short life', 'near end']);
    clock.advance(1);
    expect(kept()).to.deep.equal(['near end']);
    clock.advance(50);
    expect(kept()).to.deep.equal([]);
  });

  it('counts what each tenant can still be served', () => {
    const clock = fixedClock();
    const tier = memoryCacheTier(10, clock);
    for (const name of ['a', 'b']) tier.keep(TENANT, anEntry(clock, { key: keyOf(name) }), lasting(100));
    tier.keep(OTHER_TENANT, anEntry(clock, { key: keyOf('c', OTHER_TENANT) }), lasting(50));
    expect([tier.size(TENANT), tier.size(OTHER_TENANT)]).to.deep.equal([2, 1]);
    clock.advance(50);
    expect([tier.size(TENANT), tier.size(OTHER_TENANT)]).to.deep.equal([2, 0]);
    expect(tier.remove(TENANT, keyOf('a'))).to.equal(true);
    clock.advance(50);
    expect(tier.size(TENANT)).to.equal(0);
  });

  it('evicts the least used entries when all together are too large, however few they are', () => {
    const clock = fixedClock();
    const tier = memoryCacheTier(20_000, clock);
    const cells = (sheet: number) => [
      Array.from({ length: 50_000 }, (_, row) => [`${sheet}-${row}`, row, 'да']),
    ];
    const names = Array.from({ length: 40 }, (_, n) => `sheet ${n}`);
    const kept = () => names.filter((name) => tier.find(TENANT, keyOf(name)).entry !== undefined);
    for (const [n, name] of names.entries())
      tier.keep(TENANT, { ...anEntry(clock, { key: keyOf(name) }), value: cells(n) }, lasting(1_000));
    const first = kept();
    expect(first.length).to.be.within(1, 10);
    expect(first).to.deep.equal(names.slice(-first.length));
    tier.keep(TENANT, anEntry(clock, { key: keyOf('a geocode') }), lasting(1_000));
    expect(kept()).to.have.length.within(first.length - 1, first.length);
  });
});
