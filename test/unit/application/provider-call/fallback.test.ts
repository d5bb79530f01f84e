import { expect } from 'chai';
import { left, right } from '../../../../src/domain/shared/fp.ts';
import { anId } from '../../../support/an-external-service.ts';
import { turn } from '../../../support/fixed-clock.ts';
import {
  answered,
  aService,
  aTenant,
  HOUSE,
  pipelineFixture,
  refused,
  yandex,
} from '../../../support/pipeline-fixture.ts';
import {
  aMatch,
  denied,
  down,
  found,
  nothing,
  timedOut,
  wrongRequest,
  type Answer,
} from '../../../support/scripted-geocoder.ts';

describe('The way of a call', () => {
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
      const TASHKENT = { latitude: 41.26, longitude: 69.22 };
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

      it('also forbids it where its match is the second in an answer of another', async () => {
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

      it('forbids it also to callers who find it switched off meanwhile', async () => {
        const { ask, google, yandex: second } = pipelineFixture();
        google.says(city(MOSCOW));
        second.says(city(KALUGA));
        await answered(ask(HOUSE));
        const { value, report } = await answered(ask(HOUSE, { services: [aService()] }));
        expect([report.cache.status, value.matches.length]).to.deep.equal(['hit', 2]);
        expect(report.isWithheld).to.equal(true);
      });

      it('forbids it for those who asked before it was switched off, and has no part in who asks then', async () => {
        const { ask, google, yandex: second, journal, tier } = pipelineFixture();
        const landed = Promise.withResolvers<Answer>();
        google.says(city(MOSCOW));
        second.says(() => landed.promise);
        const first = ask(HOUSE);
        await turn();
        const other = await answered(ask(HOUSE, { services: [aService()] }));
        expect([other.value.matches.length, other.report.isWithheld]).to.deep.equal([1, undefined]);
        landed.resolve(city(KALUGA));
        const { value, report } = await answered(first);
        expect([value.matches.length, report.isWithheld]).to.deep.equal([2, true]);
        expect(JSON.stringify([...tier.entries.values()])).to.not.include(String(KALUGA.latitude));
        expect(JSON.stringify(journal.calls.at(-1)?.record.responseBody)).to.not.include('"Z"');
      });

      it('does not where a third answer keeps of the two before it only the best', async () => {
        const { ask, google, yandex: second, tier } = pipelineFixture();
        const other = aService({ id: anId(3), serviceName: 'google_maps_2', priority: 80 });
        google.says(city(MOSCOW), found({ precision: 'city', confidence: 0.3, coordinates: TASHKENT }));
        second.says(city(KALUGA));
        const { value, report } = await answered(ask(HOUSE, { services: [aService(), yandex(), other] }));
        expect(value.matches.map(({ coordinates }) => coordinates)).to.deep.equal([TASHKENT, MOSCOW]);
        expect(report).to.not.have.property('isWithheld');
        expect(tier.entries.size).to.equal(1);
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

    for (const scope of [{ serviceName: 'yandex_maps' }, { tag: 'service:yandex_maps' }])
      it(`forgets an answer with a match of the one that is purged by its ${Object.keys(scope)[0]}`, async () => {
        const { ask, google, yandex: second, cache } = pipelineFixture();
        google.says(found({ precision: 'city', confidence: 0.15, partialMatch: true }));
        const elsewhere = { latitude: 54.51, longitude: 36.26 };
        second.says(
          found({ precision: 'city', confidence: 0.15, partialMatch: true, coordinates: elsewhere }),
        );
        const { value } = await answered(ask(HOUSE));
        expect(value.matches).to.have.length(2);
        await cache.invalidate(aTenant(), scope);
        expect((await answered(ask(HOUSE))).report.cache).to.include({ status: 'miss', reason: 'purged' });
      });

    it('asks nobody else when the house comes after its town in the answer', async () => {
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

    it('names of three providers that contradict each other those whose matches it has, each once', async () => {
      const answers = (attribution: string, confidence: number, latitude: number): Answer => {
        const coordinates = { latitude, longitude: 37.6 };
        return right({ matches: [aMatch({ precision: 'street', confidence, coordinates })], attribution });
      };
      const { ask, google, yandex: second, gazetteer: third } = pipelineFixture();
      const last = aService({ id: anId(9), serviceName: 'gazetteer', provider: 'gazetteer', priority: 1 });
      const services = [aService(), yandex(), last];
      google.says(answers('A', 0.3, 55));
      second.says(answers('B', 0.2, 56));
      third.says(answers('C', 0.5, 57));
      const best = (await answered(ask(HOUSE, { services }))).value;
      expect(best.matches.map(({ confidence }) => confidence)).to.deep.equal([0.5, 0.3]);
      expect(best.attribution).to.equal('C; A');
      google.says(answers('A', 0.5, 55));
      third.says(answers('B', 0.3, 57));
      const all = (await answered(ask('Москва, ул. Тверская, 14', { services }))).value;
      expect(all.matches.map(({ confidence }) => confidence)).to.deep.equal([0.5, 0.3, 0.2]);
      expect(all.attribution).to.equal('A; B');
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

    it('takes the tenant’s limit with the next provider where the quota of the first refused before', async () => {
      const { ask, yandex: second } = pipelineFixture({ tenantLimits: { geocoding: { minute: 1 } } });
      const services = [aService({ limits: { minute: 0 } }), yandex()];
      await answered(ask('Москва, ул. Тверская, 1', { services }));
      const { error } = await refused(ask('Москва, ул. Тверская, 2', { services }));
      expect(error).to.have.nested.property('error.scope', 'tenant');
      expect(second.calls).to.have.length(1);
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

    it('does not accept "no match" from a provider that knows only towns in place of the answer of a failed one', async () => {
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

    it('accepts "no match" from a provider that knows more, whichever found nothing first', async () => {
      const { ask, google, yandex: second, gazetteer, journal } = pipelineFixture();
      google.says(down);
      gazetteer.says(nothing);
      second.says(nothing);
      for (const priority of [1, 95]) {
        const offline = yandex({ id: anId(99), provider: 'gazetteer', serviceName: 'gazetteer', priority });
        const address = `улица, которой нет, ${priority}`;
        const { value } = await answered(ask(address, { services: [aService(), yandex(), offline] }));
        expect(value.matches).to.deep.equal([]);
      }
      for (const { record } of journal.calls)
        expect(record).to.include({ status: 'no_match', serviceName: 'yandex_maps' });
    });

    it('says so when no service is registered', async () => {
      const { ask, journal } = pipelineFixture();
      expect((await refused(ask(HOUSE, { services: [] }))).error.kind).to.equal('no-provider');
      expect(journal.calls).to.have.length(1);
    });
  });
});
