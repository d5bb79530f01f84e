import { expect } from 'chai';
import { left } from '../../../../src/domain/shared/fp.ts';
import { turn } from '../../../support/fixed-clock.ts';
import {
  aCaller,
  answered,
  aService,
  HOUSE,
  pipelineFixture,
  refused,
  yandex,
} from '../../../support/pipeline-fixture.ts';
import { denied, found, timedOut, type Answer } from '../../../support/scripted-geocoder.ts';

describe('The way of a call', () => {
  describe('equal calls at once', () => {
    it('make one call, paid once, and every one of them is in the trail', async () => {
      const { ask, google, journal } = pipelineFixture();
      const reports = await Promise.all(Array.from({ length: 1_000 }, () => answered(ask(HOUSE))));
      expect(google.calls).to.have.length(1);
      expect(reports.reduce((sum, { report }) => sum + report.cost.micros, 0)).to.equal(5_000);
      expect(
        reports.filter(({ report }) => report.cache.status === 'miss' && report.cache.collapsed),
      ).to.have.length(999);
      expect(journal.calls).to.have.length(1_000);
    });

    it('wait no longer than their own deadline, while the others go on', async () => {
      const { ask, google, clock } = pipelineFixture();
      const landed = Promise.withResolvers<Answer>();
      google.says(() => landed.promise);
      const patient = ask(HOUSE);
      const hasty = ask(HOUSE, { deadlineMs: 100 });
      await turn();
      await clock.run(200);
      expect((await refused(hasty)).error.kind).to.equal('deadline-exceeded');
      landed.resolve(found());
      expect((await answered(patient)).report.cost.micros).to.equal(5_000);
    });

    it('abort the provider when nobody waits any more', async () => {
      const { ask, google, clock } = pipelineFixture();
      google.says(
        (_request, { signal }) =>
          new Promise((resolve) => signal.addEventListener('abort', () => resolve(timedOut))),
      );
      const hasty = ask(HOUSE, { deadlineMs: 100 });
      await turn();
      await clock.run(200);
      const { error, report } = await refused(hasty);
      expect(error.kind).to.equal('deadline-exceeded');
      expect(report.attempts[0]).to.deep.include({ provider: 'google_maps', outcome: 'provider-timeout' });
      expect(google.calls[0]?.access.signal.aborted).to.equal(true);
    });

    it('abort the provider when the last caller has gone away, and leave their rows', async () => {
      const { ask, google, journal } = pipelineFixture();
      const aborted = Promise.withResolvers<Answer>();
      google.says((_request, { signal }) => {
        signal.addEventListener('abort', () => aborted.resolve(timedOut));
        return aborted.promise;
      });
      const callers = [aCaller(), aCaller()];
      const asked = callers.map((caller) => ask(HOUSE, { caller }));
      await turn();
      callers[0]?.leave();
      expect((await refused(asked[0]!)).error).to.deep.include({ callerGone: true });
      expect(google.calls[0]?.access.signal.aborted).to.equal(false);
      callers[1]?.leave();
      expect((await refused(asked[1]!)).report.attempts[0]).to.deep.include({ outcome: 'provider-timeout' });
      expect(google.calls).to.have.length(1);
      expect(journal.calls.map(({ record }) => [record.status, record.errorMessage])).to.deep.equal([
        ['timeout', 'the caller went away before a provider answered'],
        ['timeout', 'the caller went away before a provider answered'],
      ]);
    });

    it('begin a new load where all earlier callers have gone, though their load is not over yet', async () => {
      const { ask, google } = pipelineFixture();
      const given = Promise.withResolvers<Answer>();
      google.says(() => given.promise, found());
      const caller = aCaller();
      const gone = refused(ask(HOUSE, { caller }));
      await turn();
      caller.leave();
      await turn();
      const anew = answered(ask(HOUSE));
      await turn();
      expect(google.calls).to.have.length(2);
      expect((await anew).report.cost.micros).to.equal(5_000);
      given.resolve(timedOut);
      expect((await gone).error).to.deep.include({ callerGone: true });
    });

    it('leave the row of the caller that waited last, with what was paid, when the flight ends in a lost dependency', async () => {
      const { ask, google, yandex: second, clock, journal } = pipelineFixture();
      google.says(left({ kind: 'answer-not-understood', message: 'strange' }));
      second.says(
        (_request, { signal }) =>
          new Promise((_, reject) =>
            signal.addEventListener('abort', () => reject(new Error('the database is away'))),
          ),
      );
      const hasty = refused(ask(HOUSE, { deadlineMs: 100 }));
      await turn();
      await clock.run(200);
      const { error, report } = await hasty;
      expect(error.kind).to.equal('deadline-exceeded');
      expect(report.cost.micros).to.equal(6_000);
      expect(report.attempts.map(({ outcome }) => outcome)).to.deep.equal(
        Array(2).fill('answer-not-understood'),
      );
      expect(journal.calls.map(({ record }) => record.status)).to.deep.equal(['timeout']);
    });

    it('ask nobody for a caller who has gone already, and give it no stale answer', async () => {
      const { ask, google, clock } = pipelineFixture();
      await answered(ask(HOUSE));
      clock.advance(2 * 3_600_000);
      const caller = aCaller();
      caller.leave();
      expect((await refused(ask(HOUSE, { caller }))).error.kind).to.equal('deadline-exceeded');
      expect(google.calls).to.have.length(1);
    });

    it('listen to a caller no longer than it waits', async () => {
      const { ask } = pipelineFixture();
      const caller = aCaller();
      await answered(ask(HOUSE, { caller }));
      await answered(ask(HOUSE, { caller }));
      expect(caller.listeners()).to.equal(0);
    });

    it('share a failure that more time would not have spared, instead of making it each', async () => {
      const { ask, google, clock } = pipelineFixture();
      google.says(denied);
      const asked = Array.from({ length: 50 }, () => {
        clock.advance(1);
        return refused(ask(HOUSE, { services: [aService()] }));
      });
      for (const { error } of await Promise.all(asked))
        expect(error).to.have.nested.property('error.kind', 'credentials-rejected');
      expect(google.calls).to.have.length(1);
    });

    it('report a shared failure alike, whoever is charged for it', async () => {
      const { ask, google, yandex: second, journal } = pipelineFixture();
      google.says(timedOut);
      second.says(left({ kind: 'credentials-rejected', status: 403, message: 'the key was refused' }));
      await Promise.all([1, 2].map(() => refused(ask(HOUSE))));
      const told = journal.calls.map(({ record, events }) => ({
        service: record.serviceName,
        endpoint: record.endpoint,
        status: record.responseStatusCode,
        kind: events.at(-1)?.data['error'],
      }));
      expect(told[1]).to.deep.equal(told[0]);
      expect(told[0]).to.deep.include({ service: 'yandex_maps', endpoint: '/', status: 403 });
      expect(told[0]?.kind).to.have.property('kind', 'credentials-rejected');
    });

    it('start another flight when the first had less time than they have', async () => {
      const { ask, google, clock } = pipelineFixture();
      google.says((_request, { timeoutMs }) => clock.sleep(timeoutMs).then(() => timedOut), found());
      const hasty = ask(HOUSE, { deadlineMs: 100, services: [aService()] });
      const patient = ask(HOUSE, { services: [aService()] });
      await turn();
      await clock.run(150);
      expect((await refused(hasty)).error.kind).to.be.oneOf(['deadline-exceeded', 'call-failed']);
      expect((await answered(patient)).value.matches).to.have.length(1);
      expect(google.calls).to.have.length(2);
    });

    it('share nothing that is coarse for want of time with who has more, and keep it for nobody', async () => {
      const { ask, google, gazetteer, tier } = pipelineFixture();
      const services = [aService(), yandex({ provider: 'gazetteer', serviceName: 'gazetteer' })];
      gazetteer.says(found({ precision: 'city', confidence: 0.15, partialMatch: true }));
      google.says((_request, { timeoutMs }) => (timeoutMs < 300 ? timedOut : found()));
      const askIn = async (deadlineMs?: number) => {
        const { value, report } = await answered(ask(HOUSE, { services, ...(deadlineMs && { deadlineMs }) }));
        return `${report.cache.status} ${value.matches[0]?.precision}`;
      };
      expect(await Promise.all([askIn(200), askIn(200)])).to.deep.equal(['miss city', 'miss city']);
      expect([google.calls.length, tier.entries.size]).to.deep.equal([1, 0]);
      expect(await Promise.all([askIn(200), askIn()])).to.deep.equal(['miss city', 'miss house']);
      expect(await askIn(200)).to.equal('hit house');
    });

    it('add no second currency to the first when two flights cost them something', async () => {
      const { ask, google, clock } = pipelineFixture();
      google.says((_request, { timeoutMs }) => clock.sleep(timeoutMs + 20).then(() => timedOut), denied);
      const roubles = yandex({ costPerCall: { micros: 9, currency: 'RUB' } });
      const hasty = ask(HOUSE, { deadlineMs: 100, services: [aService()] });
      const patient = ask(HOUSE, { services: [aService(), roubles] });
      await turn();
      await clock.run(150);
      await refused(hasty);
      const { report } = await answered(patient);
      expect(report.attempts.map(({ outcome, cost }) => [outcome, cost?.currency])).to.deep.equal([
        ['provider-timeout', 'USD'],
        ['credentials-rejected', undefined],
        ['ok', 'RUB'],
      ]);
      expect(report.cost).to.deep.equal({ micros: 5_000, currency: 'USD' });
    });
  });
});
