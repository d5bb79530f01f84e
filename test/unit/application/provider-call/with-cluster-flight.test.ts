import { expect } from 'chai';
import type { Boarding, ClusterFlights } from '../../../../src/application/provider-call/cluster-flights.ts';
import type { CacheReport } from '../../../../src/application/provider-call/call-report.ts';
import { fixedClock, turn } from '../../../support/fixed-clock.ts';
import { fakeCacheTier, type FakeCacheTier } from '../../../support/memory-cache-tier-fake.ts';
import { memoryFlights } from '../../../support/memory-flights.ts';
import {
  answered,
  aService,
  aTenant,
  HOUSE,
  pipelineFixture,
  refused,
  yandex,
} from '../../../support/pipeline-fixture.ts';
import { denied, found, timedOut, type Answer } from '../../../support/scripted-geocoder.ts';

const LEASE_MS = 60_000;

const statusOf = (cache: CacheReport): string =>
  cache.status === 'miss' && cache.collapsed ? 'collapsed' : cache.status;

/** Two such towns, being apart, are both in one answer. */
const town = (latitude: number) =>
  found({ precision: 'city', confidence: 0.15, coordinates: { latitude, longitude: 37 } });

/** Replicas with separate caches, as when nothing of an answer may be shared but the answer itself. */
const replicas = (count: number) => {
  const flights = memoryFlights(LEASE_MS);
  return Array.from({ length: count }, () => pipelineFixture({ clusterFlights: flights.join() }));
};

const pair = () => replicas(2) as [ReturnType<typeof replicas>[0], ReturnType<typeof replicas>[0]];

describe('Equal calls on two replicas at once', () => {
  it('make one call, booked where it was made', async () => {
    const [a, b] = pair();
    const reports = await Promise.all([a, b].flatMap(({ ask }) => [ask(HOUSE), ask(HOUSE)].map(answered)));
    expect(a.google.calls.length + b.google.calls.length).to.equal(1);
    expect(reports.map(({ report }) => statusOf(report.cache)).sort()).to.deep.equal([
      'collapsed',
      'collapsed',
      'collapsed',
      'miss',
    ]);
    expect(reports.reduce((sum, { report }) => sum + report.cost.micros, 0)).to.equal(5_000);
    expect(new Set(reports.map(({ value }) => JSON.stringify(value))).size).to.equal(1);
    const followed = b.journal.calls[0];
    expect(followed?.record.attempts).to.deep.equal([]);
    expect(followed?.events.map(({ type }) => type)).to.deep.equal([
      'integration.cache.miss',
      'integration.request.completed',
    ]);
  });

  it('keep each for itself what may not be kept for all', async () => {
    const [a, b] = pair();
    const services = [yandex()];
    await Promise.all([a, b].map(({ ask }) => answered(ask(HOUSE, { services }))));
    const again = await Promise.all([a, b].map(({ ask }) => answered(ask(HOUSE, { services }))));
    expect(again.map(({ report }) => report.cache.status)).to.deep.equal(['hit', 'hit']);
    expect(a.yandex.calls.length + b.yandex.calls.length).to.equal(1);
  });

  it('keep what may not be kept for all as of when it was asked for, elsewhere too', async () => {
    const [a, b] = pair();
    const services = [yandex()];
    const slow = Promise.withResolvers<Answer>();
    a.yandex.says(() => slow.promise);
    const calls = [a, b].map(({ ask }) => answered(ask(HOUSE, { services })));
    await turn();
    for (const { clock } of [a, b]) clock.advance(1_000);
    // Where the second replica has yet to learn of it.
    await pipelineFixture(b).cache.invalidate(aTenant(), {});
    for (const { clock } of [a, b]) clock.advance(1_000);
    slow.resolve(found());
    await Promise.all(calls);
    expect((await answered(b.ask(HOUSE, { services }))).report.cache.status).to.equal('miss');
    const { report } = await answered(a.ask(HOUSE, { services }));
    expect(report.cache).to.include({ status: 'hit', ageSeconds: 2 });
  });

  it('keep it so also where word of it is long on its way, and share it with nobody who comes after a purge', async () => {
    const clock = fixedClock();
    const flights = memoryFlights(LEASE_MS);
    const arrives = Promise.withResolvers<void>();
    const slowly = async (...asked: Parameters<ClusterFlights['board']>): Promise<Boarding> => {
      const boarding = await flights.join().board(...asked);
      if (boarding.kind !== 'follower') return boarding;
      return { ...boarding, news: boarding.news.then((news) => arrives.promise.then(() => news)) };
    };
    const a = pipelineFixture({ clock, clusterFlights: flights.join() });
    const b = pipelineFixture({ clock, clusterFlights: { board: slowly } });
    const services = [yandex()];
    const slow = Promise.withResolvers<Answer>();
    a.yandex.says(() => slow.promise);
    const before = [a, b].map(({ ask }) => answered(ask(HOUSE, { services })));
    await turn();
    clock.advance(5);
    await b.cache.invalidate(aTenant(), {});
    clock.advance(5);
    const after = answered(b.ask(HOUSE, { services }));
    await turn();
    slow.resolve(found({ formattedAddress: 'from before' }));
    for (let turns = 0; turns < 3; turns += 1) await turn();
    clock.advance(50);
    arrives.resolve();
    await Promise.all(before);
    expect((await after).value.matches[0]?.formattedAddress).to.not.equal('from before');
    const { value } = await answered(b.ask(HOUSE, { services }));
    expect(value.matches[0]?.formattedAddress).to.not.equal('from before');
  });

  it('keep to every licence of an answer out of two services', async () => {
    const [a, b] = pair();
    for (const { google, yandex: second } of [a, b]) {
      google.says(town(55));
      second.says(town(54));
    }
    const reports = await Promise.all([a, b, a, b].map(({ ask }) => answered(ask(HOUSE))));
    expect(reports.map(({ value }) => value.matches.length)).to.deep.equal([2, 2, 2, 2]);
    for (const { tier, journal } of [a, b]) {
      expect(tier.entries.size).to.equal(0);
      for (const { record } of journal.calls)
        expect(record.responseBody).to.have.property('withheld', 'licence');
    }
  });

  it('are two where one of them comes after a change of who is asked, which does not wait for the other', async () => {
    const [a, b] = pair();
    a.google.says(() => new Promise(() => undefined));
    void a.ask(HOUSE);
    await turn();
    const services = [aService({ version: 2 }), yandex()];
    const after = answered(b.ask(HOUSE, { services }));
    await turn();
    expect([a.google.calls.length, b.google.calls.length]).to.deep.equal([1, 1]);
    expect((await after).report.cost.micros).to.equal(5_000);
  });

  it('share nothing that was asked for before a purge with who comes after it', async () => {
    const [a, b] = pair();
    const slow = Promise.withResolvers<Answer>();
    a.google.says(() => slow.promise);
    const before = answered(a.ask(HOUSE));
    await turn();
    for (const { clock } of [a, b]) clock.advance(1_000);
    for (const { cache } of [a, b]) await cache.invalidate(aTenant(), {});
    for (const { clock } of [a, b]) clock.advance(1);
    const after = answered(b.ask(HOUSE));
    await turn();
    slow.resolve(found());
    await before;
    expect((await after).report.cost.micros).to.equal(5_000);
    expect((await answered(b.ask(HOUSE))).report.cache.status).to.equal('hit');
    expect([a.google.calls.length, b.google.calls.length]).to.deep.equal([1, 1]);
  });

  it('share nothing that was asked for before a purge with who comes between it and the next one', async () => {
    const [a, b] = pair();
    const slow = Promise.withResolvers<Answer>();
    a.google.says(() => slow.promise);
    const purge = async () => {
      for (const { clock } of [a, b]) clock.advance(1_000);
      for (const { cache } of [a, b]) await cache.invalidate(aTenant(), {});
      for (const { clock } of [a, b]) clock.advance(1);
    };
    const before = answered(a.ask(HOUSE));
    await turn();
    await purge();
    const between = answered(b.ask(HOUSE));
    await turn();
    await purge();
    slow.resolve(found());
    expect((await Promise.all([before, between])).map(({ report }) => report.cost.micros)).to.deep.equal([
      5_000, 5_000,
    ]);
  });

  describe('and an answer too large to be told', () => {
    const services = [aService()];
    /** On two replicas, the second of which follows; the shared cache stores an entry when it has room. */
    const asked = async (room: Promise<void>) => {
      const flights = memoryFlights(LEASE_MS);
      const tier = fakeCacheTier();
      const keep: FakeCacheTier['keep'] = (...kept) => room.then(() => tier.keep(...kept));
      const [a, b] = [1, 2].map(() =>
        pipelineFixture({ clusterFlights: flights.join(), tier: { ...tier, keep } }),
      ) as ReturnType<typeof pair>;
      for (const { google } of [a, b]) google.says(found({ formattedAddress: 'x'.repeat(70_000) }));
      const [leading, following] = [a, b].map(({ ask }) => answered(ask(HOUSE, { services })));
      await leading;
      await turn();
      await turn();
      return { a, b, following };
    };
    const calls = ({ a, b }: Awaited<ReturnType<typeof asked>>) => [
      a.google.calls.length,
      b.google.calls.length,
    ];

    it('share it once it is in the cache', async () => {
      const room = Promise.withResolvers<void>();
      const both = await asked(room.promise);
      expect(calls(both)).to.deep.equal([1, 0]);
      room.resolve();
      const report = (await both.following)?.report;
      expect([report && statusOf(report.cache), report?.cost.micros]).to.deep.equal(['collapsed', 0]);
      expect(calls(both)).to.deep.equal([1, 0]);
    });

    it('wait no more than a second for a cache that does not come to it', async () => {
      const both = await asked(new Promise(() => undefined));
      await both.a.clock.run(1_000);
      expect((await both.following)?.report.cost.micros).to.equal(5_000);
      expect(calls(both)).to.deep.equal([1, 1]);
    });
  });

  it('share a failure', async () => {
    const [a, b] = pair();
    for (const { google } of [a, b]) google.says(denied);
    const failures = await Promise.all(
      [a, b].map(({ ask }) => refused(ask(HOUSE, { services: [aService()] }))),
    );
    expect(a.google.calls.length + b.google.calls.length).to.equal(1);
    for (const { error } of failures)
      expect(error).to.have.nested.property('error.kind', 'credentials-rejected');
  });

  it('do not share a failure for want of time with who has more', async () => {
    const [a, b] = pair();
    const landed = Promise.withResolvers<Answer>();
    a.google.says(() => landed.promise);
    const services = [aService()];
    const hasty = refused(a.ask(HOUSE, { services, deadlineMs: 5_000 }));
    const patient = answered(b.ask(HOUSE, { services }));
    landed.resolve(timedOut);
    await hasty;
    expect((await patient).value.matches).to.have.length(1);
    expect(b.google.calls).to.have.length(1);
  });

  it('do not share what is coarse for want of time', async () => {
    const [a, b] = pair();
    const services = [aService(), yandex({ provider: 'gazetteer', serviceName: 'gazetteer' })];
    const landed = Promise.withResolvers<Answer>();
    a.google.says(() => landed.promise);
    a.gazetteer.says(found({ precision: 'city', confidence: 0.15, partialMatch: true }));
    const hasty = answered(a.ask(HOUSE, { services, deadlineMs: 200 }));
    const patient = answered(b.ask(HOUSE, { services }));
    await turn();
    landed.resolve(timedOut);
    expect((await hasty).value.matches[0]?.precision).to.equal('city');
    expect((await patient).value.matches[0]?.precision).to.equal('house');
  });

  it('are made by another one when the first is given up', async () => {
    const [a, b] = pair();
    a.google.says(
      (_request, { signal }) =>
        new Promise((resolve) => signal.addEventListener('abort', () => resolve(timedOut))),
    );
    const hasty = refused(a.ask(HOUSE, { deadlineMs: 100 }));
    const patient = answered(b.ask(HOUSE));
    await a.clock.run(200);
    expect((await hasty).error.kind).to.equal('deadline-exceeded');
    expect((await patient).report.provider).to.equal('google_maps');
    expect(b.google.calls).to.have.length(1);
  });

  for (const directive of [{ noStore: true }, { noCache: true }])
    it(`each make their own with ${Object.keys(directive).join()}`, async () => {
      const [a, b] = pair();
      await Promise.all([a, b].map(({ ask }) => answered(ask(HOUSE, { cache: directive }))));
      expect([a.google.calls.length, b.google.calls.length]).to.deep.equal([1, 1]);
    });

  it('do not wait beyond their deadline', async () => {
    const [a, b] = pair();
    a.google.says(() => new Promise(() => undefined));
    void a.ask(HOUSE);
    const hasty = refused(b.ask(HOUSE, { deadlineMs: 100 }));
    await b.clock.run(300);
    expect((await hasty).error.kind).to.equal('deadline-exceeded');
    expect(b.google.calls).to.have.length(0);
  });
});

/** Gives scripted boardings, one after the other. */
const scripted = (...boardings: readonly Awaited<ReturnType<ClusterFlights['board']>>[]): ClusterFlights => {
  const rest = [...boardings];
  return { board: async () => rest.shift() ?? { kind: 'alone' } };
};

describe('A call on a replica', () => {
  it('loads alone when nobody knows of other replicas', async () => {
    const { ask, google } = pipelineFixture({ clusterFlights: scripted({ kind: 'alone' }) });
    expect(statusOf((await answered(ask(HOUSE))).report.cache)).to.equal('miss');
    expect(google.calls).to.have.length(1);
  });

  it('reads the cache again before it takes over, and when an answer has landed', async () => {
    const outcomes: string[] = [];
    const land = (outcome: string): void => void outcomes.push(outcome);
    const overtaking = { kind: 'leader', tookOver: true, land } as const;
    for (const boarding of [overtaking, { kind: 'landed' } as const]) {
      const other = pipelineFixture();
      const board = async () => {
        await answered(other.ask(HOUSE));
        return boarding;
      };
      const { ask, google } = pipelineFixture({ clusterFlights: { board }, tier: other.tier });
      const { report } = await answered(ask(HOUSE));
      await turn();
      expect(statusOf(report.cache)).to.equal('collapsed');
      expect(google.calls).to.have.length(0);
    }
    expect(outcomes).to.deep.equal(['answered']);
  });

  it('keeps to every licence of a mixed answer that it finds there', async () => {
    const directive = { cache: { noCache: true } };
    const replica = pipelineFixture({
      clusterFlights: {
        board: () => answered(replica.ask(HOUSE, directive)).then(() => ({ kind: 'landed' })),
      },
    });
    replica.google.says(town(55));
    replica.yandex.says(town(54));
    const { value, report } = await answered(replica.ask(HOUSE));
    expect([value.matches.length, statusOf(report.cache)]).to.deep.equal([2, 'collapsed']);
    expect(report.isWithheld).to.equal(true);
    for (const { record } of replica.journal.calls)
      expect(record.responseBody).to.have.property('withheld', 'licence');
  });

  for (const [words, news] of [
    ['is not JSON', '{'],
    ['is of another version', '{"kind":"parcel"}'],
    ['holds a value that does not decode', '{"kind":"answer","serviceId":"x","value":{}}'],
    ['never came', undefined],
  ] as const)
    it(`boards again after news that ${words}`, async () => {
      const follower = { kind: 'follower', news: Promise.resolve(news) } as const;
      const { ask, google } = pipelineFixture({ clusterFlights: scripted(follower, { kind: 'alone' }) });
      google.says(found());
      expect((await answered(ask(HOUSE))).value.matches).to.have.length(1);
      expect(google.calls).to.have.length(1);
    });
});
