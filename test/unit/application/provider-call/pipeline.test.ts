import { expect } from 'chai';
import type { ProviderAccess } from '../../../../src/domain/provider/provider-access.ts';
import { turn } from '../../../support/fixed-clock.ts';
import {
  aCaller,
  answered,
  aService,
  aTenant,
  HOUSE,
  pipelineFixture,
  refused,
  yandex,
} from '../../../support/pipeline-fixture.ts';
import { denied, down, found, nothing, timedOut, type Answer } from '../../../support/scripted-geocoder.ts';

describe('The way of a call', () => {
  describe('answers', () => {
    it('come from the first provider, are journalled and cost its price', async () => {
      const { ask, journal, google, yandex: second } = pipelineFixture();
      const { value, report } = await answered(ask(HOUSE));
      expect(value.matches[0]?.confidence).to.equal(1);
      expect(report).to.deep.include({ provider: 'google_maps', cost: { micros: 5_000, currency: 'USD' } });
      expect(report.attempts.map(({ provider, outcome, calls }) => [provider, outcome, calls])).to.deep.equal(
        [['google_maps', 'ok', 1]],
      );
      expect([google.calls.length, second.calls.length]).to.deep.equal([1, 0]);
      expect(
        journal.calls.map(({ record }) => [record.id, record.status, record.estimatedCost.micros]),
      ).to.deep.equal([[report.logId, 'success', 5_000]]);
      expect(journal.calls[0]?.events.map(({ type }) => type)).to.deep.equal([
        'integration.cache.miss',
        'integration.request.sent',
        'integration.request.completed',
      ]);
    });

    it('are charged to the service that was asked, answered or not, and a hit to none', async () => {
      const { ask, google, charged } = pipelineFixture();
      google.says(timedOut);
      await answered(
        ask(HOUSE, { services: [aService(), yandex({ costPerCall: { micros: 9, currency: 'RUB' } })] }),
      );
      await answered(ask(HOUSE));
      expect(charged).to.deep.equal(['google_maps 5000 USD', 'yandex_maps 9 RUB']);
    });

    it('come from the cache the second time, free, with a reference instead of the body', async () => {
      const { ask, journal, google, clock } = pipelineFixture();
      await answered(ask(HOUSE));
      clock.advance(60_000);
      const { report } = await answered(ask('г. Москва,  Тверская улица, д. 13'));
      expect(report.cache).to.deep.include({ status: 'hit', layer: 'l1', ageSeconds: 60, ttlSeconds: 3540 });
      expect(report.cost.micros).to.equal(0);
      expect(google.calls).to.have.length(1);
      const hit = journal.calls[1];
      expect(hit?.record).to.deep.include({
        status: 'cache_hit',
        cacheStatus: 'hit',
        serviceName: 'google_maps',
      });
      expect(hit?.record.responseBody).to.have.keys(['cache_key', 'age_seconds']);
      expect(hit?.events.map(({ type }) => type)).to.deep.equal(['integration.cache.hit']);
    });

    it('report the use of the windows also when they took nothing from them', async () => {
      const { ask } = pipelineFixture({ tenantLimits: { geocoding: { minute: 50 } } });
      const services = [aService({ limits: { minute: 60, day: 2_000 } })];
      const windowsOf = async (address: string) =>
        (await answered(ask(address, { services }))).report.windows.map(
          ({ window, limit, remaining }) => `${window} ${remaining}/${limit}`,
        );
      const afterOne = ['minute 49/50', 'minute 59/60', 'day 1999/2000'];
      const afterTwo = ['minute 48/50', 'minute 58/60', 'day 1998/2000'];
      expect(await windowsOf(HOUSE)).to.deep.equal(afterOne);
      expect(await windowsOf(HOUSE)).to.deep.equal(afterOne);
      expect(await windowsOf('Москва, Арбат, 1')).to.deep.equal(afterTwo);
      expect(await windowsOf(HOUSE)).to.deep.equal(afterTwo);
    });

    it('tell of a hit the windows of the service that gave it, not of one asked in vain before', async () => {
      const { ask, google } = pipelineFixture({ tenantLimits: { geocoding: { minute: 50 } } });
      google.says(timedOut);
      const services = [aService({ limits: { day: 9 } }), yandex({ limits: { hour: 7 } })];
      expect(
        (await answered(ask(HOUSE, { services }))).report.windows.map(({ window }) => window),
      ).to.have.members(['minute', 'day', 'hour']);
      const { report } = await answered(ask(HOUSE, { services }));
      expect(report.cache.status).to.equal('hit');
      expect(report.windows.map(({ window, remaining }) => `${window} ${remaining}`)).to.deep.equal([
        'minute 49',
        'hour 6',
      ]);
    });

    it('are as old as the question to the provider, so that a purge meanwhile holds for them, too', async () => {
      const { ask, google, cache, clock } = pipelineFixture();
      const slow = Promise.withResolvers<Answer>();
      google.says(() => slow.promise, found());
      const first = answered(ask(HOUSE));
      await turn();
      clock.advance(1_000);
      await cache.invalidate(aTenant(), {});
      clock.advance(1_000);
      slow.resolve(found());
      await first;
      expect((await answered(ask(HOUSE))).report.cache.status).to.equal('miss');
      const { report } = await answered(ask(HOUSE));
      expect(report.cache).to.include({ status: 'hit', ageSeconds: 0, ttlSeconds: 3_600 });
      expect(google.calls).to.have.length(2);
    });

    it('are no younger for who joined the question later, and has them stored', async () => {
      const { ask, google, clock } = pipelineFixture();
      const slow = Promise.withResolvers<Answer>();
      google.says(() => slow.promise, found());
      const hasty = refused(ask(HOUSE, { deadlineMs: 1_500 }));
      await turn();
      clock.advance(1_000);
      const joined = answered(ask(HOUSE));
      await turn();
      clock.advance(1_000);
      await hasty;
      slow.resolve(found());
      expect((await joined).report.cache).to.include({ collapsed: false, stored: true });
      const { report } = await answered(ask(HOUSE));
      expect(report.cache).to.include({ status: 'hit', ageSeconds: 2, ttlSeconds: 3_598 });
      expect(google.calls).to.have.length(1);
    });

    it('are not shared between tenants', async () => {
      const { ask, google, tier } = pipelineFixture();
      await answered(ask(HOUSE));
      await answered(ask(HOUSE, { tenant: 'uk_company_2' }));
      expect(google.calls).to.have.length(2);
      expect(tier.entries.size).to.equal(2);
    });

    it('are asked for with the letters that were meant, since all spellings share them', async () => {
      const { ask, google } = pipelineFixture();
      const services = [aService()];
      await answered(ask('M\u00ADосква, ул. Тверcкая, １３', { services }));
      expect(google.calls[0]?.request.address).to.equal('Москва, ул. Тверская, 13');
      expect((await answered(ask(HOUSE, { services }))).report.cache.status).to.equal('hit');
    });

    it('leave only after the trail is written', async () => {
      const { ask, journal } = pipelineFixture();
      journal.broken = true;
      const failure = await ask(HOUSE).catch((error: unknown) => error);
      expect(failure).to.be.instanceOf(Error);
    });

    it('are not asked for, nor anything written or paid, while the trail is known to take no record of it', async () => {
      const { ask, google, journal } = pipelineFixture();
      journal.refused = new Error('the spool is full');
      const failure = await ask(HOUSE).catch((error: unknown) => error);
      expect(failure).to.equal(journal.refused);
      expect(google.calls).to.deep.equal([]);
      journal.refused = undefined;
      expect((await answered(ask(HOUSE))).report.provider).to.equal('google_maps');
    });

    it('hold a place in the windows as of when they came, where that took long', async () => {
      const { ask, google, clock } = pipelineFixture();
      const services = [aService({ limits: { minute: 1 } })];
      google.says(() => {
        clock.advance(2_000);
        return found();
      });
      await answered(ask('Москва, ул. Тверская, 1', { services }));
      clock.advance(59_999);
      const { error } = await refused(ask('Москва, ул. Тверская, 2', { services }));
      expect(error).to.have.nested.property('error.retryAfterMs', 1);
      clock.advance(1);
      await answered(ask('Москва, ул. Тверская, 3', { services }));
    });

    it('of "no such place" are answers, asked of the next provider too', async () => {
      const { ask, google, yandex: second, journal } = pipelineFixture();
      google.says(nothing);
      second.says(nothing);
      const { value, report } = await answered(ask('jsajhgsd'));
      expect(value.matches).to.deep.equal([]);
      expect(report.attempts.map(({ outcome }) => outcome)).to.deep.equal(['no-match', 'no-match']);
      expect(journal.calls[0]?.record.status).to.equal('no_match');
    });
  });

  describe('retries', () => {
    it('try a failure of the moment again, count and pay each try', async () => {
      const { ask, google } = pipelineFixture();
      google.says(down, found());
      const { report } = await answered(ask(HOUSE, { services: [aService()] }));
      expect(report.attempts.map(({ calls, outcome }) => [calls, outcome])).to.deep.equal([[2, 'ok']]);
    });

    it('spend quota for each try', async () => {
      const { ask, google } = pipelineFixture();
      google.says(down, down, down, found());
      const services = [aService({ limits: { minute: 2 } })];
      const { error } = await refused(ask(HOUSE, { services }));
      expect(google.calls).to.have.length(2);
      expect(error).to.have.nested.property('error.kind', 'quota-exceeded');
    });
  });

  describe('the breaker', () => {
    it('leaves a provider alone after five failures in a row', async () => {
      const { ask, google } = pipelineFixture();
      google.says(denied);
      for (let house = 1; house <= 5; house += 1) await answered(ask(`Москва, ул. Тверская, ${house}`));
      const { report } = await answered(ask('Москва, ул. Тверская, 6'));
      expect(report.attempts[0]).to.deep.include({ outcome: 'breaker-open', calls: 0 });
      expect(google.calls).to.have.length(5);
    });

    it('does not count a time-out against a provider whose callers left it no time to answer', async () => {
      const { ask, google, observed } = pipelineFixture();
      google.says((_request, { timeoutMs }) => (timeoutMs < 300 ? timedOut : found()));
      for (let house = 1; house <= 12; house += 1) {
        const { report } = await answered(ask(`Москва, Арбат, ${house}`, { deadlineMs: 200 }));
        expect(report.attempts.map(({ outcome }) => outcome)).to.deep.equal(['provider-timeout', 'ok']);
      }
      expect((await answered(ask(HOUSE))).report.provider).to.equal('google_maps');
      expect(observed).to.not.include('google_maps failed');
    });

    const hung = (_request: unknown, { signal }: ProviderAccess) =>
      new Promise<Answer>((resolve) => signal.addEventListener('abort', () => resolve(timedOut)));

    it('leaves a provider alone that hung until its callers were out of time, if that was long enough', async () => {
      const { ask, google, clock, observed } = pipelineFixture();
      google.says(hung);
      const outcomeFor = async (house: number) => {
        const asked = ask(`Москва, Арбат, ${house}`, { services: [aService()], deadlineMs: 2_000 });
        await clock.run(2_000);
        return (await refused(asked)).report.attempts.map(({ outcome }) => outcome);
      };
      for (let house = 1; house <= 5; house += 1)
        expect(await outcomeFor(house)).to.deep.equal(['provider-timeout']);
      expect(await outcomeFor(6)).to.deep.equal(['breaker-open']);
      expect(observed).to.deep.equal(Array.from({ length: 5 }, () => 'google_maps failed'));
    });

    it('does not count an abandoned call against a provider when the remaining caller had less time', async () => {
      const { ask, google, clock, observed } = pipelineFixture();
      google.says(hung);
      for (let house = 1; house <= 6; house += 1) {
        const caller = aCaller();
        const asked = [{ caller }, { deadlineMs: 900 }].map((one) => ask(`Москва, Арбат, ${house}`, one));
        await turn();
        caller.leave();
        await clock.run(900);
        await Promise.all(asked.map(refused));
      }
      google.says(found());
      expect((await answered(ask(HOUSE))).report.provider).to.equal('google_maps');
      expect(observed).to.deep.equal(['google_maps answered']);
    });

    it('starts afresh when the service was changed', async () => {
      const { ask, google } = pipelineFixture();
      google.says(denied);
      for (let house = 1; house <= 5; house += 1) await answered(ask(`Москва, ул. Тверская, ${house}`));
      google.says(found());
      const { report } = await answered(
        ask('Москва, ул. Тверская, 7', { services: [aService({ version: 2 }), yandex()] }),
      );
      expect(report.provider).to.equal('google_maps');
    });
  });

  it('goes on without a second cache tier that is away', async () => {
    const { ask, tier, broken } = pipelineFixture();
    tier.broken = true;
    expect((await answered(ask(HOUSE))).report.provider).to.equal('google_maps');
    expect((await answered(ask(HOUSE))).report.cache.status).to.equal('hit');
    expect(broken.length).to.be.greaterThan(0);
  });

  it('gives the opened key to the adapter and to nobody else', async () => {
    const { ask, google, journal } = pipelineFixture();
    await answered(ask(HOUSE));
    expect(google.calls[0]?.access.apiKey).to.equal('PLANTED-KEY');
    expect(JSON.stringify(journal.calls)).to.not.contain('PLANTED-KEY');
  });
});
