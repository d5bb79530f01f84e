import { expect } from 'chai';
import type { ClusterFlights } from '../../../../src/application/provider-call/cluster-flights.ts';
import { fixedClock, turn } from '../../../support/fixed-clock.ts';
import { timersOf } from '../../../support/fixed-timers.ts';
import { fakeCacheTier, type FakeCacheTier } from '../../../support/memory-cache-tier-fake.ts';
import { memoryFlights } from '../../../support/memory-flights.ts';
import { answered, aService, HOUSE, pipelineFixture } from '../../../support/pipeline-fixture.ts';
import { denied, down, found, type Answer } from '../../../support/scripted-geocoder.ts';

const LEASE_MS = 1_500;
/** What each call costs at the service of these tests. */
const PRICE = 5_000;
const services = [aService()];
const never = new Promise<never>(() => undefined);

/** The point at which a leader ends as by kill -9; or only its connection to Redis is cut. */
type End = {
  readonly when: string;
  readonly boards: boolean;
  readonly hasAsked: boolean;
  readonly says?: Answer;
  readonly stores: boolean;
  readonly tells: boolean;
  /** Calls made by the surviving replicas. */
  readonly more: number;
};
const step = { boards: true, hasAsked: true, says: found(), stores: true, tells: false, more: 1 };
const ENDS: readonly End[] = [
  { ...step, when: 'before it asks', boards: false, hasAsked: false, stores: false },
  { when: 'while it is asking', boards: true, hasAsked: true, stores: false, tells: false, more: 1 },
  { ...step, when: 'with an answer that is stored nowhere', stores: false },
  { ...step, when: 'with an answer that is stored, before it tells of it', more: 0 },
  { ...step, when: 'when it has told of its answer', tells: true, more: 0 },
  { ...step, when: 'with a failure, before it tells of it', says: denied, stores: false },
];

/** A leader that ends, and two other replicas, with one clock, one second tier and one Redis. */
const fleet = ({ boards, stores, tells }: End) => {
  const clock = fixedClock();
  const flights = memoryFlights(LEASE_MS, { now: clock.monotonic, timers: timersOf(clock) });
  const tier = fakeCacheTier();
  const own = flights.join();
  const board: ClusterFlights['board'] = async (...asked) => {
    const boarding = await own.board(...asked);
    if (!boards) return never;
    return boarding.kind === 'leader' && !tells ? { ...boarding, land: () => undefined } : boarding;
  };
  const forgetful: FakeCacheTier = { ...tier, keep: () => never };
  const leader = pipelineFixture({ clock, clusterFlights: { board }, tier: stores ? tier : forgetful });
  const others = [1, 2].map(() => pipelineFixture({ clock, clusterFlights: flights.join(), tier }));
  return { clock, leader, others, kill: own.kill };
};

describe('A follower of a leader that ends', () => {
  for (const end of ENDS)
    it(`${end.when} waits for its lease at most, and pays for what is asked again alone`, async () => {
      const { clock, leader, others, kill } = fleet(end);
      const answer = Promise.withResolvers<Answer>();
      leader.google.says(() => answer.promise);
      void leader.ask(HOUSE, { services });
      await turn();
      const asked = others.flatMap(({ ask }) => [ask(HOUSE, { services }), ask(HOUSE, { services })]);
      await turn();
      kill();
      if (end.says !== undefined) answer.resolve(end.says);
      let endedAt = Number.POSITIVE_INFINITY;
      const all = Promise.all(asked.map(answered)).finally(() => (endedAt = clock.monotonic()));
      await clock.run(LEASE_MS + 10);
      expect(endedAt).to.be.within(end.tells ? 0 : LEASE_MS, LEASE_MS + 10);
      const reports = (await all).map(({ report }) => report);
      expect(leader.google.calls).to.have.length(end.hasAsked ? 1 : 0);
      expect(others.flatMap(({ google }) => google.calls)).to.have.length(end.more);
      expect(reports.reduce((sum, { cost }) => sum + cost.micros, 0)).to.equal(end.more * PRICE);
      expect(others.flatMap(({ charged }) => charged)).to.have.length(end.more);
      const booked = others.flatMap(({ journal }) =>
        journal.calls.map(({ record }) => record.estimatedCost.micros),
      );
      expect(booked.toSorted((a, b) => b - a)).to.deep.equal([end.more * PRICE, 0, 0, 0]);
    });

  it('ignores the failure of a leader that was overtaken while it could not reach Redis', async () => {
    const { clock, leader, others, kill } = fleet({ ...step, when: '', stores: true, tells: true });
    const [late, second] = [Promise.withResolvers<Answer>(), Promise.withResolvers<Answer>()];
    leader.google.says(() => late.promise);
    for (const { google } of others) google.says(() => second.promise);
    const first = leader.ask(HOUSE, { services });
    await turn();
    const asked = others.map(({ ask }) => answered(ask(HOUSE, { services })));
    await turn();
    kill();
    await clock.run(LEASE_MS + 10);
    late.resolve(denied);
    expect(await first).to.have.nested.property('left.error.kind', 'call-failed');
    await clock.run(10);
    second.resolve(found());
    expect((await Promise.all(asked)).map(({ value }) => value.matches.length)).to.deep.equal([1, 1]);
    expect(others.flatMap(({ google }) => google.calls)).to.have.length(1);
  });

  it('is told of the failure of the leader that took over, and asks no more', async () => {
    const { clock, leader, others, kill } = fleet({ ...step, when: '', stores: true, tells: true });
    leader.google.says(() => never);
    for (const { google } of others) google.says(down, down, down, found());
    void leader.ask(HOUSE, { services });
    await turn();
    const asked = others.map(({ ask }) => ask(HOUSE, { services }));
    await turn();
    kill();
    await clock.run(LEASE_MS + 100);
    for (const outcome of await Promise.all(asked)) expect(outcome).to.have.property('_tag', 'Left');
    // With its two retries.
    expect(others.flatMap(({ google }) => google.calls)).to.have.length(3);
  });
});
