import { expect } from 'chai';
import type { CacheDirective } from '../../../src/application/provider-call/provider-call.ts';
import { left, right } from '../../../src/domain/shared/fp.ts';
import { anId } from '../../support/an-external-service.ts';
import { turn } from '../../support/fixed-clock.ts';
import {
  aCaller,
  answered,
  aService,
  aTenant,
  pipelineFixture,
  refused,
  yandex,
} from '../../support/pipeline-fixture.ts';
import {
  aMatch,
  denied,
  down,
  found,
  nothing,
  timedOut,
  wrongRequest,
  type Answer,
} from '../../support/scripted-geocoder.ts';

const HOUSE = 'Москва, ул. Тверская, 13';

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

    it('are charged to whoever was asked, answer or not, and a hit to nobody', async () => {
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

    it('tell where the windows stand also when they took nothing from them', async () => {
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

  describe('fallback', () => {
    const cases: readonly (readonly [string, Answer, string])[] = [
      ['refuses the key', denied, 'credentials-rejected'],
      ['times out', timedOut, 'provider-timeout'],
      ['is down', down, 'provider-unavailable'],
    ];
    for (const [words, answer, outcome] of cases) {
      it(`asks the next provider when the first ${words}`, async () => {
        const { ask, google, journal } = pipelineFixture();
        google.says(answer);
        const { report } = await answered(ask(HOUSE));
        expect(report.provider).to.equal('yandex_maps');
        expect(report.attempts.map((a) => [a.provider, a.outcome])).to.deep.equal([
          ['google_maps', outcome],
          ['yandex_maps', 'ok'],
        ]);
        expect(journal.calls[0]?.record.attempts).to.deep.equal(report.attempts);
      });
    }

    it('asks the next provider when the first is over our own quota, and burns nothing', async () => {
      const { ask, google } = pipelineFixture();
      const services = [aService({ limits: { minute: 1 } }), yandex()];
      await answered(ask(HOUSE, { services }));
      const { report } = await answered(ask('Москва, ул. Тверская, 14', { services }));
      expect(report.attempts.map((a) => [a.provider, a.outcome, a.calls])).to.deep.equal([
        ['google_maps', 'quota-exceeded', 0],
        ['yandex_maps', 'ok', 1],
      ]);
      expect(google.calls).to.have.length(1);
    });

    it('asks the next provider when the key of the first cannot be opened, and counts nothing for it', async () => {
      const { ask, google, journal, observed, told } = pipelineFixture({ unreadable: 'sealed by nobody' });
      const locked = aService({ apiKey: { envelope: 'sealed by nobody', hint: '' }, limits: { minute: 5 } });
      const { report } = await answered(ask(HOUSE, { services: [locked, yandex()] }));
      expect(report.attempts.map(({ outcome, calls }) => `${outcome} ${calls}`)).to.deep.equal([
        'credentials-rejected 0',
        'ok 1',
      ]);
      expect(report.windows.filter(({ used }) => used > 0)).to.deep.equal([]);
      expect(journal.calls[0]?.events.map(({ type }) => type)).to.deep.equal([
        'integration.cache.miss',
        'integration.request.sent',
        'integration.request.completed',
      ]);
      expect(google.calls).to.deep.equal([]);
      expect(observed).to.include('google_maps refused');
      expect(told).to.deep.equal(['google_maps credentials-rejected', 'yandex_maps ok']);
    });

    it('asks the next provider for a match coarser than the house asked for, and keeps the better', async () => {
      const { ask, google, yandex: second } = pipelineFixture();
      google.says(found({ precision: 'city', confidence: 0.15, partialMatch: true }));
      second.says(found({ confidence: 0.85 }));
      const { value, report } = await answered(ask(HOUSE));
      expect(value.matches[0]?.confidence).to.equal(0.85);
      expect(report.attempts.map(({ outcome }) => outcome)).to.deep.equal(['poor-match', 'ok']);
    });

    describe('whose licence forbids saving', () => {
      const MOSCOW = { latitude: 55.75, longitude: 37.62 };
      const KALUGA = { latitude: 54.51, longitude: 36.26 };
      const city = (coordinates: typeof MOSCOW) =>
        found({
          precision: 'city',
          confidence: 0.15,
          partialMatch: true,
          coordinates,
          formattedAddress: 'Z',
        });

      it('leaves its answer in memory alone: no row of the cache, and of the trail only how good it was', async () => {
        const { ask, google, journal, tier } = pipelineFixture();
        google.says(denied);
        const first = await answered(ask(HOUSE));
        const second = await answered(ask(HOUSE));
        expect(second.report.cache.status).to.equal('hit');
        expect([first, second].map(({ report }) => report.isWithheld)).to.deep.equal([true, true]);
        expect(tier.entries.size).to.equal(0);
        expect(journal.calls[0]?.record.responseBody).to.deep.equal({
          matches: [{ precision: 'house', confidence: 1, partial_match: false }],
          withheld: 'licence',
        });
      });

      it('forbids it also where its match stands second in an answer of another', async () => {
        const { ask, google, yandex: second, journal, tier, clock } = pipelineFixture();
        google.says(city(MOSCOW));
        second.says(city(KALUGA));
        const { value, report } = await answered(ask(HOUSE));
        expect([report.provider, value.matches.length]).to.deep.equal(['google_maps', 2]);
        expect(tier.entries.size).to.equal(0);
        expect(JSON.stringify(journal.calls[0]?.record.responseBody)).to.not.include('"Z"');
        const { report: again } = await answered(ask(HOUSE));
        expect([again.cache.status, report.isWithheld, again.isWithheld]).to.deep.equal(['hit', true, true]);
        clock.advance(6 * 60_000);
        expect((await answered(ask(HOUSE))).report.cache.status).to.equal('miss');
      });

      it('does not where its match was left out', async () => {
        const { ask, google, yandex: second, journal, tier } = pipelineFixture();
        google.says(city(MOSCOW));
        second.says(city(MOSCOW));
        expect((await answered(ask(HOUSE))).report).to.not.have.property('isWithheld');
        expect(tier.entries.size).to.equal(1);
        expect(JSON.stringify(journal.calls[0]?.record.responseBody)).to.include('"Z"');
      });
    });

    it('asks nobody else when the house stands behind the town it is in', async () => {
      const { ask, google, yandex: second } = pipelineFixture();
      const bounds = {
        southWest: { latitude: 55, longitude: 37 },
        northEast: { latitude: 56, longitude: 38 },
      };
      const town = aMatch({ precision: 'city', confidence: 0.15, partialMatch: true, bounds });
      google.says(right({ matches: [town, aMatch()], attribution: 'somebody' }));
      const { value, report } = await answered(ask(HOUSE));
      expect(value.matches.map(({ precision }) => precision)).to.deep.equal(['house', 'city']);
      expect(report.attempts.map(({ outcome }) => outcome)).to.deep.equal(['ok']);
      expect(second.calls).to.have.length(0);
    });

    it('keeps a poor match when nobody has a better one', async () => {
      const { ask, google, yandex: second } = pipelineFixture();
      google.says(found({ precision: 'city', confidence: 0.15, partialMatch: true }));
      second.says(down);
      const { value, report } = await answered(ask(HOUSE));
      expect(value.matches[0]?.confidence).to.equal(0.15);
      expect(report.provider).to.equal('google_maps');
    });

    it('keeps a poor match no longer than an empty one when a provider that failed could have bettered it', async () => {
      const { ask, google, yandex: second, clock } = pipelineFixture();
      google.says(found({ precision: 'city', confidence: 0.15, partialMatch: true }));
      second.says(down);
      await answered(ask(HOUSE));
      second.says(found());
      clock.advance(6 * 60_000);
      expect((await answered(ask(HOUSE))).value.matches[0]?.confidence).to.equal(1);
    });

    it('stops at a request that is itself wrong', async () => {
      const { ask, google, yandex: second } = pipelineFixture();
      google.says(wrongRequest);
      const { error } = await refused(ask(HOUSE));
      expect(error).to.deep.include({ kind: 'call-failed' });
      expect(second.calls).to.have.length(0);
    });

    it('stops at the tenant’s own limit', async () => {
      const {
        ask,
        yandex: second,
        journal,
      } = pipelineFixture({ tenantLimits: { geocoding: { minute: 1 } } });
      await answered(ask(HOUSE));
      const { error, report } = await refused(ask('Москва, ул. Тверская, 15'));
      expect(error).to.have.nested.property('error.scope', 'tenant');
      expect(report.attempts).to.have.length(1);
      expect(second.calls).to.have.length(0);
      expect(journal.calls[1]?.record.status).to.equal('rate_limited');
      expect(journal.calls[1]?.events.map(({ type }) => type)).to.include('integration.rate_limit.exceeded');
    });

    it('takes the tenant’s limit once per call, however many providers are asked', async () => {
      const { ask, google } = pipelineFixture({ tenantLimits: { geocoding: { minute: 2 } } });
      google.says(denied);
      await answered(ask('Москва, ул. Тверская, 1'));
      await answered(ask('Москва, ул. Тверская, 2'));
      expect((await refused(ask('Москва, ул. Тверская, 3'))).error.kind).to.equal('call-failed');
    });

    it('says of each attempt with which status of HTTP the provider refused', async () => {
      const { ask, google, yandex: second, journal } = pipelineFixture();
      google.says(left({ kind: 'credentials-rejected', status: 403, message: 'the key was refused' }));
      const { report } = await answered(ask(HOUSE));
      expect(report.attempts.map(({ status }) => status)).to.deep.equal([403, undefined]);
      second.says(
        left({ kind: 'quota-exceeded', scope: 'provider', retryAfterMs: 0, status: 429, message: 'full' }),
      );
      await refused(ask('Москва, ул. Тверская, 15'));
      expect(journal.calls.map(({ record }) => record.responseStatusCode)).to.deep.equal([200, 429]);
      google.says(timedOut);
      second.says(timedOut);
      await refused(ask('Москва, ул. Тверская, 17'));
      expect(journal.calls[2]?.record.responseStatusCode).to.equal(undefined);
    });

    it('lists every attempt when all fail', async () => {
      const { ask, google, yandex: second, journal } = pipelineFixture();
      google.says(denied);
      second.says(timedOut);
      const { error } = await refused(ask(HOUSE));
      expect(error).to.have.property('kind', 'all-providers-failed');
      expect(journal.calls[0]?.record).to.deep.include({ status: 'error', serviceName: 'yandex_maps' });
      expect(journal.calls[0]?.events.at(-1)?.type).to.equal('integration.request.failed');
    });

    it('says when to come again by what waiting can cure, which a refused key is not', async () => {
      const used = (retryAfterMs: number): Answer =>
        left({ kind: 'quota-exceeded', scope: 'provider', retryAfterMs, message: 'used up' });
      const cases = [
        [denied, used(54_000), 54_000],
        [denied, timedOut, 1_000],
        [used(54_000), timedOut, 1_000],
        [denied, denied, 0],
        [used(0), used(0), 0],
      ] as const;
      for (const [first, other, retryAfterMs] of cases) {
        const { ask, google, yandex: second } = pipelineFixture();
        google.says(first);
        second.says(other);
        expect((await refused(ask(HOUSE))).error).to.include({ kind: 'all-providers-failed', retryAfterMs });
      }
    });

    it('is told as if those had not been there who cannot do it at all', async () => {
      const used: Answer = left({
        kind: 'quota-exceeded',
        scope: 'provider',
        retryAfterMs: 54_000,
        message: 'm',
      });
      const unable: Answer = left({ kind: 'not-supported', message: 'knows no roads' });
      const { ask, google, yandex: second, gazetteer, journal } = pipelineFixture();
      const offline = yandex({ id: anId(99), provider: 'gazetteer', serviceName: 'gazetteer', priority: 1 });
      gazetteer.says(unable);
      google.says(used);
      const { error } = await refused(ask(HOUSE, { services: [aService(), offline] }));
      expect(error).to.have.nested.property('error.kind', 'quota-exceeded');
      expect(journal.calls[0]?.record).to.include({ status: 'rate_limited', serviceName: 'google_maps' });
      expect(journal.calls[0]?.events.at(-1)?.data).to.have.nested.property('error.kind', 'quota-exceeded');
      second.says(used);
      const all = await refused(ask(HOUSE, { services: [aService(), yandex(), offline] }));
      expect(all.error).to.include({ kind: 'all-providers-failed', retryAfterMs: 54_000 });
      expect(journal.calls[1]?.record.status).to.equal('rate_limited');
      const nobody = await refused(ask(HOUSE, { services: [offline] }));
      expect(nobody.error).to.have.nested.property('error.kind', 'not-supported');
    });

    it('does not take the nothing of who knows towns only for the answer of a provider that fails', async () => {
      const { ask, google, gazetteer, tier, journal } = pipelineFixture();
      const offline = yandex({ provider: 'gazetteer', serviceName: 'gazetteer' });
      google.says(down);
      gazetteer.says(nothing);
      for (const services of [
        [aService(), offline],
        [aService({ priority: 1 }), offline],
      ]) {
        const { error, report } = await refused(ask(HOUSE, { services }));
        expect(error).to.have.nested.property('error.kind', 'provider-unavailable');
        expect(report.attempts.map(({ outcome }) => outcome)).to.have.members([
          'provider-unavailable',
          'no-match',
        ]);
      }
      for (const { record, events } of journal.calls) {
        expect(record).to.include({ status: 'error', serviceName: 'google_maps' });
        expect(events.at(-1)?.data).to.have.nested.property('error.kind', 'provider-unavailable');
      }
      expect(tier.entries.size).to.equal(0);
      google.says(nothing);
      expect((await answered(ask(HOUSE, { services: [aService(), offline] }))).value.matches).to.deep.equal(
        [],
      );
      expect((await answered(ask('Qwx', { services: [offline] }))).value.matches).to.deep.equal([]);
    });

    it('says so when no service is registered', async () => {
      const { ask, journal } = pipelineFixture();
      expect((await refused(ask(HOUSE, { services: [] }))).error.kind).to.equal('no-provider');
      expect(journal.calls).to.have.length(1);
    });
  });

  describe('stale answers', () => {
    it('are served inside the grace time when every provider fails, and marked', async () => {
      const { ask, google, yandex: second, clock, journal } = pipelineFixture();
      await answered(ask(HOUSE));
      clock.advance(2 * 3_600_000);
      google.says(denied);
      second.says(timedOut);
      const { report } = await answered(ask(HOUSE));
      expect(report.cache).to.deep.include({ status: 'stale', ageSeconds: 7_200 });
      expect(report.attempts).to.have.length(2);
      expect(journal.calls[1]?.record.status).to.equal('stale');
    });

    it('are better than a match too coarse, or none, while a better provider fails, and are not displaced by it', async () => {
      const coarse = found({ precision: 'city', confidence: 0.15, partialMatch: true });
      for (const answer of [coarse, nothing]) {
        const { ask, google, yandex: second } = pipelineFixture();
        await answered(ask(HOUSE));
        google.says(down);
        second.says(answer);
        const equal = [1, 2].map(() => answered(ask(HOUSE, { cache: { noCache: true } })));
        for (const { value, report } of await Promise.all(equal)) {
          expect([report.cache.status, report.provider]).to.deep.equal(['stale', 'google_maps']);
          expect(value.matches[0]?.precision).to.equal('house');
        }
        expect((await answered(ask(HOUSE))).report.cache.status).to.equal('hit');
      }
    });

    it('of a street are better than its town, which is kept no longer than an empty answer', async () => {
      const street = found({ precision: 'street', confidence: 0.6 });
      const { ask, google, gazetteer, clock } = pipelineFixture();
      const services = [aService(), yandex({ provider: 'gazetteer', serviceName: 'gazetteer' })];
      const precisionOf = async (address: string, cache = {}) => {
        const { value, report } = await answered(ask(address, { services, cache }));
        return `${report.cache.status} ${value.matches[0]?.precision}`;
      };
      google.says(street);
      gazetteer.says(found({ precision: 'city', confidence: 0.15, partialMatch: true }));
      expect(await precisionOf('Москва, ул. Тверская')).to.equal('miss street');
      google.says(down);
      expect(await precisionOf('Москва, ул. Тверская', { noCache: true })).to.equal('stale street');
      expect(await precisionOf('Москва, ул. Арбат')).to.equal('miss city');
      google.says(street);
      clock.advance(6 * 60_000);
      expect(await precisionOf('Москва, ул. Арбат')).to.equal('miss street');
    });

    it('of a town give way to a new answer that is one', async () => {
      const { ask, google, yandex: second } = pipelineFixture();
      const town = found({ precision: 'city', confidence: 0.3 });
      google.says(town);
      await answered(ask('Москва'));
      google.says(down);
      second.says(town);
      const { report } = await answered(ask('Москва', { cache: { noCache: true } }));
      expect([report.cache.status, report.provider]).to.deep.equal(['miss', 'yandex_maps']);
    });

    it('are no better than a new answer as fine, nor than a coarse one where nobody failed', async () => {
      const { ask, google, yandex: second, clock } = pipelineFixture();
      await answered(ask(HOUSE));
      google.says(down);
      const fine = await answered(ask(HOUSE, { cache: { noCache: true } }));
      expect([fine.report.cache.status, fine.report.provider]).to.deep.equal(['miss', 'yandex_maps']);
      for (const geocoder of [google, second])
        geocoder.says(found({ precision: 'city', confidence: 0.15, partialMatch: true }));
      clock.advance(1);
      const coarse = await answered(ask(HOUSE, { cache: { noCache: true } }));
      expect([coarse.report.cache.status, coarse.value.matches[0]?.precision]).to.deep.equal([
        'miss',
        'city',
      ]);
    });

    it('are gone after the grace time', async () => {
      const { ask, google, yandex: second, clock } = pipelineFixture();
      await answered(ask(HOUSE));
      clock.advance(26 * 3_600_000);
      google.says(denied);
      second.says(denied);
      expect((await refused(ask(HOUSE))).error.kind).to.equal('all-providers-failed');
    });

    it('are not served for a request a provider calls wrong', async () => {
      const { ask, google, clock } = pipelineFixture();
      await answered(ask(HOUSE));
      clock.advance(2 * 3_600_000);
      google.says(wrongRequest);
      expect((await refused(ask(HOUSE))).error.kind).to.equal('call-failed');
    });
  });

  describe('Cache-Control', () => {
    it('no-cache asks the provider and stores the answer', async () => {
      const { ask, google } = pipelineFixture();
      await answered(ask(HOUSE));
      const { report } = await answered(ask(HOUSE, { cache: { noCache: true } }));
      expect(report.cache).to.deep.include({ status: 'miss', reason: 'bypassed', stored: true });
      expect(google.calls).to.have.length(2);
      expect((await answered(ask(HOUSE))).report.cache.status).to.equal('hit');
    });

    it('no-store neither reads nor writes', async () => {
      const { ask, tier } = pipelineFixture();
      const { report } = await answered(ask(HOUSE, { cache: { noStore: true } }));
      expect(report.cache.status).to.equal('bypass');
      expect(tier.entries.size).to.equal(0);
    });

    it('only-if-cached never asks a provider', async () => {
      const { ask, google } = pipelineFixture();
      const { error, report } = await refused(ask(HOUSE, { cache: { onlyIfCached: true } }));
      expect(error.kind).to.equal('not-cached');
      expect(report.cache).to.include({ status: 'miss', isForwarded: false });
      expect(google.calls).to.have.length(0);
    });

    it('max-age refuses what is older', async () => {
      const { ask, google, clock } = pipelineFixture();
      await answered(ask(HOUSE));
      clock.advance(30_000);
      expect((await answered(ask(HOUSE, { cache: { maxAgeSeconds: 60 } }))).report.cache.status).to.equal(
        'hit',
      );
      expect((await answered(ask(HOUSE, { cache: { maxAgeSeconds: 10 } }))).report.cache.status).to.equal(
        'miss',
      );
      expect(google.calls).to.have.length(2);
    });
  });

  describe('Cache-Control of how fresh an answer has to be', () => {
    const afterItsLife = async (milliseconds: number) => {
      const fixture = pipelineFixture();
      await answered(fixture.ask(HOUSE));
      fixture.clock.advance(3_600_000 + milliseconds);
      const statusWith = async (cache: Partial<CacheDirective>) => {
        const { report } = await answered(fixture.ask(HOUSE, { cache }));
        return 'ttlSeconds' in report.cache ? [report.cache.status, report.cache.ttlSeconds] : 'asked';
      };
      return { ...fixture, statusWith };
    };

    it('max-stale takes what is past its life, so long as it says, and asks nobody', async () => {
      const { statusWith, google, journal } = await afterItsLife(30_000);
      expect(await statusWith({ maxStaleSeconds: Infinity })).to.deep.equal(['hit', -30]);
      expect(await statusWith({ maxStaleSeconds: 30 })).to.deep.equal(['hit', -30]);
      expect(await statusWith({ maxStaleSeconds: 31, onlyIfCached: true })).to.deep.equal(['hit', -30]);
      expect(google.calls).to.have.length(1);
      expect(journal.calls.at(-1)?.record.status).to.equal('cache_hit');
      expect(await statusWith({ maxStaleSeconds: 29 })).to.equal('asked');
    });

    it('max-stale gives way to whatever else asks for more', async () => {
      for (const more of [{ noCache: true }, { maxAgeSeconds: 60 }, { minFreshSeconds: 1 }]) {
        const { statusWith } = await afterItsLife(30_000);
        expect(await statusWith({ maxStaleSeconds: Infinity, ...more })).to.equal('asked');
      }
    });

    it('max-stale takes nothing beyond its grace', async () => {
      const { statusWith } = await afterItsLife(26 * 3_600_000);
      expect(await statusWith({ maxStaleSeconds: Infinity })).to.equal('asked');
    });

    it('min-fresh refuses what lives for less, unless nobody can better it', async () => {
      const { statusWith, google, yandex: second } = await afterItsLife(-60_000);
      expect(await statusWith({ minFreshSeconds: 60 })).to.deep.equal(['hit', 60]);
      for (const provider of [google, second]) provider.says(denied);
      expect(await statusWith({ minFreshSeconds: 61 })).to.deep.equal(['stale', 60]);
      google.says(found());
      expect(await statusWith({ minFreshSeconds: 61 })).to.equal('asked');
      expect(await statusWith({ minFreshSeconds: 3_600 })).to.deep.equal(['hit', 3_600]);
    });
  });

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

    it('tell alike of a failure that they share, whoever is charged for it', async () => {
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

    it('holds nothing against a provider whose callers left it no time to answer', async () => {
      const { ask, google, observed } = pipelineFixture();
      google.says((_request, { timeoutMs }) => (timeoutMs < 300 ? timedOut : found()));
      for (let house = 1; house <= 12; house += 1) {
        const { report } = await answered(ask(`Москва, Арбат, ${house}`, { deadlineMs: 200 }));
        expect(report.attempts.map(({ outcome }) => outcome)).to.deep.equal(['provider-timeout', 'ok']);
      }
      expect((await answered(ask(HOUSE))).report.provider).to.equal('google_maps');
      expect(observed).to.not.include('google_maps failed');
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
