import { expect } from 'chai';
import type { Boarding, ClusterFlights } from '../../src/application/provider-call/cluster-flights.ts';

export type FlightsRig = {
  /** Adds a replica that has no flights yet. `kill` ends it as kill -9 would. */
  readonly join: () => Promise<ClusterFlights & { readonly kill: () => void }>;
  readonly leaseMs: number;
  readonly leave: () => Promise<void>;
};

type Leader = Extract<Boarding, { kind: 'leader' }>;

const leading = (boarding: Boarding): Leader => {
  if (boarding.kind !== 'leader') throw new Error(`a leader was expected, not ${boarding.kind}`);
  return boarding;
};
const newsFor = (boarding: Boarding): Promise<string | undefined> => {
  if (boarding.kind !== 'follower') throw new Error(`a follower was expected, not ${boarding.kind}`);
  return boarding.news;
};

const JUST_NOW = 0;
let keys = 0;
const aKey = (): string => `v1:uk_company_1:geocode:${process.pid}-${(keys += 1)}`;

/** The rules for every implementation of `ClusterFlights`. */
export const describeClusterFlights = (name: string, make: () => Promise<FlightsRig>): void => {
  describe(`${name} as ClusterFlights`, () => {
    let rig: FlightsRig;
    beforeEach(async () => {
      rig = await make();
    });
    afterEach(() => rig.leave());

    itLetsOneLead(() => rig);
    itTellsHowItLanded(() => rig);
    itOutlivesLeaders(() => rig);
  });
};

type Now = () => FlightsRig;

const itLetsOneLead = (now: Now): void => {
  it('lets the first one lead, and those that come during the flight follow', async () => {
    const [a, b] = [await now().join(), await now().join()];
    const key = aKey();
    const first = leading(await a.board(key, JUST_NOW, undefined));
    expect(first.tookOver).to.equal(false);
    const second = newsFor(await b.board(key, JUST_NOW, undefined));
    first.land('answered', 'Ташкент');
    expect(await second).to.equal('Ташкент');
  });

  it('lets exactly one of many concurrent callers lead', async () => {
    const replicas = await Promise.all(Array.from({ length: 4 }, () => now().join()));
    const key = aKey();
    const boarded = await Promise.all(
      Array.from({ length: 25 }, () => replicas).flatMap((all) =>
        all.map((replica) => replica.board(key, JUST_NOW, undefined)),
      ),
    );
    const leaders = boarded.filter((boarding) => boarding.kind === 'leader');
    expect(leaders).to.have.length(1);
    const waiting = boarded.flatMap((boarding) => (boarding.kind === 'follower' ? [boarding.news] : []));
    expect(waiting).to.have.length(99);
    (leaders[0] as Leader).land('answered', 'for all');
    expect(new Set(await Promise.all(waiting))).to.deep.equal(new Set(['for all']));
  });

  it('keeps flights of different keys apart', async () => {
    const replica = await now().join();
    const [one, other] = [aKey(), aKey()];
    const first = leading(await replica.board(one, JUST_NOW, undefined));
    leading(await replica.board(other, JUST_NOW, undefined)).land('failed', '');
    const waiting = newsFor(await replica.board(one, JUST_NOW, undefined));
    first.land('answered', 'mine');
    expect(await waiting).to.equal('mine');
  });

  it('lets the next caller lead once the flight has landed', async () => {
    const [a, b] = [await now().join(), await now().join()];
    const key = aKey();
    for (const replica of [a, b, a]) {
      const leader = leading(await untilLanded(() => replica.board(key, JUST_NOW, undefined)));
      expect(leader.tookOver).to.equal(false);
      leader.land('answered', '');
    }
  });
};

/** There is no notification of a landing to await here: board again until it has happened. */
const untilLanded = async (board: () => Promise<Boarding>): Promise<Boarding> => {
  for (;;) {
    const boarding = await board();
    if (boarding.kind === 'leader' || boarding.kind === 'alone') return boarding;
    if (boarding.kind === 'follower') await boarding.news;
  }
};

const itTellsHowItLanded = (now: Now): void => {
  it('sends a caller back to the cache if it looked there before the answer arrived', async () => {
    const [a, b, late] = [await now().join(), await now().join(), await now().join()];
    const key = aKey();
    const leader = leading(await a.board(key, JUST_NOW, undefined));
    const waiting = newsFor(await b.board(key, JUST_NOW, undefined));
    leader.land('answered', '');
    await waiting;
    expect(await late.board(key, 5_000, undefined)).to.deep.equal({ kind: 'landed' });
    leading(await untilLanded(() => late.board(key, JUST_NOW, undefined))).land('failed', '');
  });

  it('sends nobody to the cache after a failure: the next caller leads', async () => {
    const [a, b] = [await now().join(), await now().join()];
    const key = aKey();
    const leader = leading(await a.board(key, JUST_NOW, undefined));
    const waiting = newsFor(await b.board(key, JUST_NOW, undefined));
    leader.land('failed', 'no provider');
    expect(await waiting).to.equal('no provider');
    leading(await b.board(key, 5_000, undefined)).land('failed', '');
  });

  it('transmits large answers and every character', async () => {
    const [a, b] = [await now().join(), await now().join()];
    const key = aKey();
    const leader = leading(await a.board(key, JUST_NOW, undefined));
    const waiting = newsFor(await b.board(key, JUST_NOW, undefined));
    const news = `${'дом "13"\n\\ 😀'.repeat(4_000)}`;
    leader.land('answered', news);
    expect(await waiting).to.equal(news);
  });

  it('reaches followers that board at the moment of the landing', async () => {
    const [a, b] = [await now().join(), await now().join()];
    for (let round = 0; round < 200; round += 1) {
      const key = aKey();
      const leader = leading(await a.board(key, JUST_NOW, undefined));
      const boarding = b.board(key, 5_000, undefined);
      leader.land('answered', 'news');
      const boarded = await boarding;
      if (boarded.kind === 'follower') expect(await boarded.news).to.equal('news');
      else expect(boarded.kind).to.equal('landed');
    }
  });

  it('releases a follower whose caller is gone', async () => {
    const [a, b] = [await now().join(), await now().join()];
    const key = aKey();
    const leader = leading(await a.board(key, JUST_NOW, undefined));
    const stop = new AbortController();
    const waiting = newsFor(await b.board(key, JUST_NOW, stop.signal));
    stop.abort();
    expect(await waiting).to.equal(undefined);
    leader.land('failed', '');
  });
};

const itOutlivesLeaders = (now: Now): void => {
  it('leaves a flight with its leader for as long as the leader lives, lease after lease', async () => {
    const [a, b] = [await now().join(), await now().join()];
    const key = aKey();
    const leader = leading(await a.board(key, JUST_NOW, undefined));
    for (let lease = 0; lease < 3; lease += 1)
      expect(await newsFor(await b.board(key, JUST_NOW, undefined))).to.equal(undefined);
    leader.land('failed', '');
  });

  it('lets a follower take over from a dead leader when its lease has expired, and reports the takeover', async () => {
    const [a, b, c] = [await now().join(), await now().join(), await now().join()];
    const key = aKey();
    leading(await a.board(key, JUST_NOW, undefined));
    const waiting = await Promise.all([b, c].map((replica) => replica.board(key, JUST_NOW, undefined)));
    a.kill();
    expect(await Promise.all(waiting.map(newsFor))).to.deep.equal([undefined, undefined]);
    const boarded = await Promise.all([b, c].map((replica) => replica.board(key, JUST_NOW, undefined)));
    expect(boarded.map(({ kind }) => kind).sort()).to.deep.equal(['follower', 'leader']);
    const leader = leading(boarded.find(({ kind }) => kind === 'leader') as Boarding);
    expect(leader.tookOver).to.equal(true);
    leader.land('failed', '');
  });

  it("accepts an answer from a leader that was overtaken, but does not end its successor's lease", async () => {
    const [a, b, c] = [await now().join(), await now().join(), await now().join()];
    const key = aKey();
    const overtaken = leading(await a.board(key, JUST_NOW, undefined));
    a.kill();
    await newsFor(await b.board(key, JUST_NOW, undefined));
    const successor = leading(await b.board(key, JUST_NOW, undefined));
    const waiting = newsFor(await c.board(key, JUST_NOW, undefined));
    overtaken.land('answered', 'late, and still an answer');
    expect(await waiting).to.equal('late, and still an answer');
    const still = newsFor(await c.board(key, JUST_NOW, undefined));
    successor.land('answered', 'the second');
    expect(await still).to.equal('the second');
  });

  it('ignores the failure of a leader that was overtaken', async () => {
    const [a, b, c] = [await now().join(), await now().join(), await now().join()];
    const key = aKey();
    const overtaken = leading(await a.board(key, JUST_NOW, undefined));
    a.kill();
    await newsFor(await b.board(key, JUST_NOW, undefined));
    const successor = leading(await b.board(key, JUST_NOW, undefined));
    const waiting = newsFor(await c.board(key, JUST_NOW, undefined));
    overtaken.land('failed', 'mine failed');
    successor.land('answered', 'the answer');
    expect(await waiting).to.equal('the answer');
  });
};
