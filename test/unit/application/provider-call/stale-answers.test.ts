import { expect } from 'chai';
import type { CacheEntry } from '../../../../src/domain/cache/cache-entry.ts';
import { TENANT } from '../../../support/an-external-service.ts';
import { fakeCacheTier } from '../../../support/memory-cache-tier-fake.ts';
import {
  answered,
  aService,
  HOUSE,
  pipelineFixture,
  refused,
  yandex,
} from '../../../support/pipeline-fixture.ts';
import { denied, down, found, nothing, timedOut, wrongRequest } from '../../../support/scripted-geocoder.ts';

describe('The way of a call', () => {
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

    it('are preferred to a match too coarse, or none, while a better provider fails, and are not displaced by it', async () => {
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

    it('are gone also when the grace time ends while the providers are asked', async () => {
      const { ask, google, yandex: second, clock } = pipelineFixture();
      await answered(ask(HOUSE));
      clock.advance(25 * 3_600_000 - 1_000);
      google.says(denied);
      second.says(() => {
        clock.advance(1_000);
        return denied;
      });
      expect((await refused(ask(HOUSE))).error.kind).to.equal('all-providers-failed');
    });

    it('are gone also when they are purged or removed while the providers are asked', async () => {
      for (const forget of ['purge', 'removal'] as const) {
        const { ask, google, yandex: second, clock, cache } = pipelineFixture();
        const { report } = await answered(ask(HOUSE));
        clock.advance(2 * 3_600_000);
        google.says(denied);
        second.says(() => {
          if (forget === 'purge') void cache.invalidate(TENANT, { operation: 'geocode' });
          else void cache.remove(TENANT, report.cache.key ?? '');
          return denied;
        });
        expect((await refused(ask(HOUSE))).error.kind, forget).to.equal('all-providers-failed');
      }
    });

    it('are gone also when another replica purges them while the providers are asked', async () => {
      const tier = fakeCacheTier();
      const { ask, google, yandex: second, clock } = pipelineFixture({ tier });
      const elsewhere = pipelineFixture({ tier, clock });
      await answered(ask(HOUSE));
      clock.advance(2 * 3_600_000);
      google.says(denied);
      second.says(async () => {
        await elsewhere.cache.invalidate(TENANT, { operation: 'geocode' });
        clock.advance(2_000);
        return denied;
      });
      expect((await refused(ask(HOUSE))).error.kind).to.equal('all-providers-failed');
    });

    it('stay when something else is purged while the providers are asked', async () => {
      const { ask, google, yandex: second, clock, cache } = pipelineFixture();
      await answered(ask(HOUSE));
      clock.advance(2 * 3_600_000);
      google.says(denied);
      second.says(() => {
        void cache.invalidate(TENANT, { operation: 'reverse_geocode' });
        return denied;
      });
      expect((await answered(ask(HOUSE))).report.cache.status).to.equal('stale');
    });

    it('give way to a fresh one that somebody stored meanwhile, and all of the call is told', async () => {
      const { ask, google, yandex: second, clock, cache, journal, tier } = pipelineFixture();
      await answered(ask(HOUSE));
      const [entry] = tier.entries.values();
      clock.advance(2 * 3_600_000);
      google.says(timedOut);
      second.says(async () => {
        await cache.invalidate(TENANT, { operation: 'reverse_geocode' });
        clock.advance(1);
        const lives = { l1Ms: 60_000, freshMs: 60_000, graceMs: 60_000, mayPersist: true };
        const now = clock.now();
        const fresh = {
          ...(entry as CacheEntry),
          storedAt: now,
          freshUntil: now + 60_000,
          goneAt: now + 120_000,
        };
        await cache.store(TENANT, fresh, lives);
        return denied;
      });
      const { report } = await answered(ask(HOUSE));
      expect([report.cache.status, report.attempts.length, report.cost.micros]).to.deep.equal([
        'hit',
        2,
        5_000,
      ]);
      expect(journal.calls[1]?.events.map(({ type }) => type.replace('integration.', ''))).to.deep.equal([
        'cache.miss',
        'request.sent',
        'request.sent',
        'cache.hit',
        'request.completed',
      ]);
    });

    it('are not served for a request a provider calls wrong', async () => {
      const { ask, google, clock } = pipelineFixture();
      await answered(ask(HOUSE));
      clock.advance(2 * 3_600_000);
      google.says(wrongRequest);
      expect((await refused(ask(HOUSE))).error.kind).to.equal('call-failed');
    });
  });
});
