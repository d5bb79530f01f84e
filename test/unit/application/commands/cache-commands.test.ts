import { expect } from 'chai';
import { invalidateCache } from '../../../../src/application/commands/invalidate-cache.ts';
import { removeCacheEntry } from '../../../../src/application/commands/remove-cache-entry.ts';
import type { ExternalService } from '../../../../src/domain/external-service/external-service.ts';
import { right } from '../../../../src/domain/shared/fp.ts';
import { memoryCacheTier } from '../../../../src/infrastructure/cache/memory-cache-tier.ts';
import { TieredCacheStore } from '../../../../src/infrastructure/cache/tiered-cache-store.ts';
import { aContext, OTHER_TENANT, TENANT } from '../../../support/an-external-service.ts';
import { anEntry, keyOf, persisted } from '../../../support/cache-store-rig.ts';
import { failureOf } from '../../../support/command-fixture.ts';
import { fixedClock } from '../../../support/fixed-clock.ts';
import { fakeCacheTier } from '../../../support/memory-cache-tier-fake.ts';
import { answered, aService, contextOf, pipelineFixture, yandex } from '../../../support/pipeline-fixture.ts';

const services = { byName: async () => undefined };

const fixture = async () => {
  const clock = fixedClock();
  const l2 = fakeCacheTier();
  const l1 = memoryCacheTier(100, clock);
  const cache = new TieredCacheStore({ l1, l2, clock, l1Ms: 1_000, onBrokenTier: () => undefined });
  await cache.store(TENANT, anEntry(clock), persisted);
  return { cache, l2, key: keyOf('Тверская 13') };
};

describe('commands of the cache', () => {
  it('remove an entry of the tenant, once', async () => {
    const { cache, key } = await fixture();
    const remove = removeCacheEntry({ cache });
    const notFound = { kind: 'not-found', what: 'cache-entry' };
    expect(await failureOf(remove(aContext(OTHER_TENANT), { key }, undefined))).to.deep.equal(notFound);
    expect(await remove(aContext(), { key }, undefined)).to.deep.equal(right(undefined));
    expect(await failureOf(remove(aContext(), { key }, undefined))).to.deep.equal(notFound);
  });

  it('look nowhere for what no entry is called, be it what a store calls its own books', async () => {
    const asked: string[] = [];
    const cache = {
      remove: async (_tenant: unknown, key: string) => {
        asked.push(key);
        return true;
      },
    };
    const remove = removeCacheEntry({ cache });
    const { key } = await fixture();
    const foreign = [
      key.replace(TENANT, OTHER_TENANT),
      key.replace(/^v1/, 'vx'),
      key.slice(0, -1),
      `${key}A`,
    ];
    for (const name of ['index', 'purges', 'purge-mark', '', `v1:${TENANT}:geocode:`, ...foreign])
      expect(await failureOf(remove(aContext(), { key: name }, undefined)), name).to.have.property(
        'kind',
        'not-found',
      );
    expect(asked).to.deep.equal([]);
    expect(await remove(aContext(), { key }, undefined)).to.deep.equal(right(undefined));
    expect(asked).to.deep.equal([key]);
  });

  it('purge within the tenant who asks', async () => {
    const { cache, key } = await fixture();
    const purge = invalidateCache({ cache, services });
    expect(await purge(aContext(OTHER_TENANT), {})).to.deep.equal(right(undefined));
    expect(await cache.find(TENANT, key)).to.have.property('layer', 'l1');
    expect(await purge(aContext(), { serviceName: 'google_maps' })).to.deep.equal(right(undefined));
    expect(await cache.find(TENANT, key)).to.equal('purged');
  });

  it('purge by the name of a service also what it loaded before it was called so, and nothing of others', async () => {
    const { ask, cache } = pipelineFixture();
    const [old, renamed] = [aService({ serviceName: 'google_old' }), aService({ version: 2 })];
    const purge = invalidateCache({
      cache,
      services: { byName: async (_, name) => (name === renamed.serviceName ? renamed : undefined) },
    });
    const statusOf = async (address: string, service: ExternalService) =>
      (await answered(ask(address, { services: [service] }))).report.cache.status;
    await statusOf('Москва, Арбат, 1', old);
    await statusOf('Москва, Арбат, 2', yandex());
    await purge(contextOf(TENANT), { serviceName: renamed.serviceName, operation: 'reverse_geocode' });
    expect(await statusOf('Москва, Арбат, 1', renamed)).to.equal('hit');
    await purge(contextOf(TENANT), { serviceName: renamed.serviceName, operation: 'geocode' });
    expect(await statusOf('Москва, Арбат, 1', renamed)).to.equal('miss');
    expect(await statusOf('Москва, Арбат, 2', yandex())).to.equal('hit');
  });

  it('do not call a purge done that could not be written down', async () => {
    const { cache, l2 } = await fixture();
    l2.broken = true;
    const failure = await invalidateCache({ cache, services })(aContext(), {}).catch(
      (error: unknown) => error,
    );
    expect(failure).to.be.instanceOf(Error);
  });
});
