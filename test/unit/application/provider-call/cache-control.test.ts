import { expect } from 'chai';
import type { CacheDirective } from '../../../../src/application/provider-call/call-options.ts';
import { answered, HOUSE, pipelineFixture, refused } from '../../../support/pipeline-fixture.ts';
import { denied, found } from '../../../support/scripted-geocoder.ts';

describe('The way of a call', () => {
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

    it('max-stale yields to whatever else requires more', async () => {
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
});
