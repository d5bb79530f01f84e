import { expect } from 'chai';
import { MOST_PURGES, scopeText, type PurgeStamp } from '../../../../src/domain/cache/invalidation.ts';
import type { SharedPurges, SharedStamps } from '../../../../src/infrastructure/cache/cache-tier.ts';
import { PurgeStamps } from '../../../../src/infrastructure/cache/purge-stamps.ts';
import { OTHER_TENANT, TENANT } from '../../../support/an-external-service.ts';
import { fixedClock, turn } from '../../../support/fixed-clock.ts';

const everything = (purgedAt: number): PurgeStamp => ({ scope: {}, purgedAt });
const ofService = (serviceName: string, purgedAt: number): PurgeStamp => ({
  scope: { serviceName },
  purgedAt,
});

/** The state shared by replicas, for one tenant; it can be unavailable and can lose data. */
const aSharedPlace = () => {
  const byScope = new Map<string, PurgeStamp>();
  const state = { mark: '', isAway: false, loads: 0, marks: 0, onItsWay: Promise.resolve() };
  const answer = (): SharedStamps => ({ mark: state.mark, stamps: [...byScope.values()] });
  const place: SharedPurges = {
    load: async () => {
      if (state.isAway) throw new Error('away');
      state.loads += 1;
      const told = state.mark === '' ? undefined : answer();
      await state.onItsWay;
      return told;
    },
    publish: async (_tenant, stamps) => {
      if (state.isAway) throw new Error('away');
      const fresh = stamps.filter(
        (stamp) => (byScope.get(scopeText(stamp.scope))?.purgedAt ?? -1) < stamp.purgedAt,
      );
      for (const stamp of fresh) byScope.set(scopeText(stamp.scope), stamp);
      if (fresh.length > 0 || state.mark === '') state.mark = `mark ${(state.marks += 1)}`;
      return answer();
    },
  };
  const forget = (): void => {
    byScope.clear();
    state.mark = '';
  };
  return { place, state, forget };
};

const fixture = () => {
  const clock = fixedClock();
  const shared = aSharedPlace();
  const durable: { stamps: PurgeStamp[]; isAway: boolean; loads: number } = {
    stamps: [],
    isAway: false,
    loads: 0,
  };
  const load = async (): Promise<readonly PurgeStamp[]> => {
    if (durable.isAway) throw new Error('away');
    durable.loads += 1;
    return durable.stamps;
  };
  const open = () => new PurgeStamps({ load, shared: shared.place, clock, onBroken: () => undefined });
  const purge = async (stamps: PurgeStamps, stamp: PurgeStamp): Promise<void> => {
    stamps.add(TENANT, stamp);
    durable.stamps.push(stamp);
    await stamps.tell(TENANT);
  };
  return { clock, shared, durable, open, purge };
};

describe('the purges of a tenant', () => {
  it('count no longer than until everything is purged', async () => {
    const stamps = fixture().open();
    stamps.add(TENANT, ofService('before', 9));
    stamps.add(TENANT, ofService('after', 11));
    stamps.add(TENANT, everything(10));
    stamps.add(TENANT, ofService('late', 10));
    expect(await stamps.of(TENANT)).to.have.deep.members([ofService('after', 11), everything(10)]);
  });

  it('are as many as a lookup can compare: of more scopes than that, the next is everything', async () => {
    const stamps = fixture().open();
    const purge = (serviceName: string, at: number): void =>
      stamps.add(TENANT, { scope: stamps.widened(TENANT, { serviceName }), purgedAt: at });
    for (let n = 1; n <= MOST_PURGES; n += 1) purge(`service ${n}`, n);
    purge('service 1', MOST_PURGES + 1);
    expect(await stamps.of(TENANT)).to.have.lengthOf(MOST_PURGES);
    purge('another service', MOST_PURGES + 2);
    expect(await stamps.of(TENANT)).to.deep.equal([everything(MOST_PURGES + 2)]);
    purge('another service', MOST_PURGES + 3);
    expect(await stamps.of(TENANT)).to.deep.equal([
      everything(MOST_PURGES + 2),
      ofService('another service', MOST_PURGES + 3),
    ]);
    expect(stamps.widened(OTHER_TENANT, { tag: 'any' })).to.deep.equal({ tag: 'any' });
  });
});

describe('purges that replicas share', () => {
  it('are written where all look, by the first who finds nothing there', async () => {
    const { shared, durable, open } = fixture();
    durable.stamps = [everything(5)];
    const stamps = open();
    expect(stamps.areKnown(TENANT)).to.equal(false);
    expect(await stamps.of(TENANT, '')).to.deep.equal([everything(5)]);
    expect([stamps.areKnown(TENANT), stamps.areKnown(OTHER_TENANT)]).to.deep.equal([true, false]);
    expect(shared.state.mark).to.equal('mark 1');
  });

  it('are asked for once a mark, and then known at once', async () => {
    const { shared, open } = fixture();
    const stamps = open();
    await stamps.of(TENANT, '');
    const many = Array.from({ length: 10 }, () => stamps.of(TENANT, shared.state.mark));
    expect(many.every((known) => !(known instanceof Promise))).to.equal(true);
    expect(shared.state.loads).to.equal(1);
  });

  it('take effect everywhere as soon as they are made', async () => {
    const { shared, durable, open, purge } = fixture();
    const [a, b] = [open(), open()];
    await a.of(TENANT, '');
    await b.of(TENANT, shared.state.mark);
    await purge(a, ofService('google_maps', 10));
    durable.isAway = true;
    expect(await b.of(TENANT, shared.state.mark)).to.deep.equal([ofService('google_maps', 10)]);
  });

  it('reach a lookup that saw the mark change while it waited for an older state', async () => {
    const { shared, durable, open, purge } = fixture();
    const [a, b] = [open(), open()];
    await a.of(TENANT, '');
    durable.isAway = true;
    const arrival = Promise.withResolvers<void>();
    shared.state.onItsWay = arrival.promise;
    const early = b.of(TENANT, shared.state.mark);
    shared.state.onItsWay = Promise.resolve();
    await purge(a, everything(10));
    const late = b.of(TENANT, shared.state.mark);
    arrival.resolve();
    await early;
    expect(await late).to.deep.equal([everything(10)]);
  });

  it('are told with the next lookup when they could not be told at first', async () => {
    const { shared, open, purge } = fixture();
    const [a, b] = [open(), open()];
    await a.of(TENANT, '');
    await b.of(TENANT, shared.state.mark);
    shared.state.isAway = true;
    await purge(a, everything(10));
    expect(a.of(TENANT)).to.deep.equal([everything(10)]);
    shared.state.isAway = false;
    const before = shared.state.mark;
    await a.of(TENANT, before);
    expect(shared.state.mark).not.to.equal(before);
    expect(await b.of(TENANT, shared.state.mark)).to.deep.equal([everything(10)]);
  });

  it('are written again when they are lost', async () => {
    const { shared, open, purge } = fixture();
    const [a, b] = [open(), open()];
    await a.of(TENANT, '');
    await purge(a, everything(10));
    shared.forget();
    expect(await b.of(TENANT, '')).to.deep.equal([everything(10)]);
    expect(await a.of(TENANT, shared.state.mark)).to.deep.equal([everything(10)]);
  });

  it('are not known when they are lost and what is durable is away', async () => {
    const { durable, open } = fixture();
    durable.isAway = true;
    const stamps = open();
    expect(await stamps.of(TENANT, '')).to.deep.equal([]);
    expect(stamps.areKnown(TENANT)).to.equal(false);
  });

  it('are looked for in the durable place all the same, behind the answers', async () => {
    const { clock, shared, durable, open } = fixture();
    const stamps = open();
    await stamps.of(TENANT, '');
    durable.stamps.push(everything(7));
    clock.advance(1_000);
    expect(stamps.of(TENANT, shared.state.mark)).to.deep.equal([]);
    await turn();
    expect(stamps.of(TENANT, shared.state.mark)).to.deep.equal([everything(7)]);
  });
});
