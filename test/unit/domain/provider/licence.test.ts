import { expect } from 'chai';
import { providerNames } from '../../../../src/domain/external-service/external-service.ts';
import { licenceLives } from '../../../../src/domain/provider/licence.ts';

const DAYS_30 = 30 * 24 * 3_600_000;

describe('provider licences', () => {
  it('let Google points live for 30 days and Google routes for a minute in memory', () => {
    const points = { maxFreshMs: DAYS_30, maxKeepMs: DAYS_30, mayPersist: true };
    expect(licenceLives('google_maps', {}, 'geocode')).to.deep.equal(points);
    expect(licenceLives('google_maps', {}, 'reverse')).to.deep.equal(points);
    expect(licenceLives('google_maps', {}, 'distance')).to.include({ maxKeepMs: 60_000, mayPersist: false });
  });

  it('keep Yandex in memory for minutes unless the tenant bought more', () => {
    const standard = { maxFreshMs: 300_000, maxKeepMs: 300_000, mayPersist: false };
    expect(licenceLives('yandex_maps', {}, 'geocode')).to.deep.equal(standard);
    expect(licenceLives('yandex_maps', { licence: 'Extended?' }, 'geocode')).to.deep.equal(standard);
    const extended = { licence: 'extended' };
    expect(licenceLives('yandex_maps', extended, 'reverse')).to.include({
      maxKeepMs: DAYS_30,
      mayPersist: true,
    });
    expect(licenceLives('yandex_maps', extended, 'distance')).to.deep.equal(standard);
  });

  it('do not limit open data', () => {
    expect(licenceLives('gazetteer', {}, 'geocode')).to.include({
      maxFreshMs: Number.POSITIVE_INFINITY,
      mayPersist: true,
    });
  });

  it('never keep an answer shorter than they let it be fresh', () => {
    for (const provider of providerNames)
      for (const operation of ['geocode', 'reverse', 'distance'] as const) {
        const lives = licenceLives(provider, {}, operation);
        expect(lives.maxKeepMs).to.be.at.least(lives.maxFreshMs);
      }
  });
});
