import { expect } from 'chai';
import fc from 'fast-check';
import type { QuotaStateStore, StoredWindow } from '../../src/domain/rate-limit/quota-state-store.ts';
import { windowMs, windowTypes } from '../../src/domain/rate-limit/quota.ts';
import { anId, NOON, OTHER_TENANT, TENANT } from '../support/an-external-service.ts';

/** A window of service 1 of `TENANT`. */
export const aStoredWindow = (change: Partial<StoredWindow> = {}): StoredWindow => ({
  tenantId: TENANT,
  subjectId: anId(1),
  serviceName: 'google_maps',
  window: 'minute',
  limit: 60,
  used: 3,
  isRateLimited: false,
  totalCostMicros: 15_000,
  windowStart: NOON - 100,
  windowEnd: NOON - 100 + windowMs.minute,
  entries: [
    [NOON - 100, 1],
    [NOON, 2],
  ],
  leased: 4,
  ...change,
});

/** The rules for every `QuotaStateStore`. The store is empty before each test, and knows service 1 of `TENANT`. */
export const quotaStateStoreContract = (name: string, make: () => Promise<QuotaStateStore>): void => {
  describe(`${name} as a QuotaStateStore`, () => {
    let store: QuotaStateStore;
    beforeEach(async () => void (store = await make()));

    it('has no windows before any were saved', async () => {
      expect(await store.load(TENANT, anId(1))).to.deep.equal([]);
    });

    it('returns windows as they were saved, of services and of the tenant itself', async () => {
      const windows = [
        aStoredWindow(),
        aStoredWindow({ window: 'month', limit: 30_000, entries: [], leased: 0, used: 0 }),
        aStoredWindow({ subjectId: 'tenant:geocoding', serviceName: 'tenant:geocoding' }),
      ];
      await store.save(windows);
      expect(await store.load(TENANT, anId(1))).to.have.deep.members(windows.slice(0, 2));
      expect(await store.load(TENANT, 'tenant:geocoding')).to.deep.equal(windows.slice(2));
    });

    it('keeps windows of every length', async () => {
      const windows = windowTypes.map((window) => aStoredWindow({ window }));
      await store.save(windows);
      expect(await store.load(TENANT, anId(1))).to.have.deep.members(windows);
    });

    it('returns nothing to another tenant, and keeps subjects with the same name of two tenants apart', async () => {
      const mine = aStoredWindow({ subjectId: 'tenant:geocoding' });
      await store.save([mine]);
      expect(await store.load(OTHER_TENANT, 'tenant:geocoding')).to.deep.equal([]);
      const theirs = aStoredWindow({ subjectId: 'tenant:geocoding', tenantId: OTHER_TENANT, used: 50 });
      await store.save([theirs]);
      expect(await store.load(TENANT, 'tenant:geocoding')).to.deep.equal([mine]);
      expect(await store.load(OTHER_TENANT, 'tenant:geocoding')).to.deep.equal([theirs]);
    });

    it('returns the windows of many subjects at once, each with its tenant, and no others', async () => {
      const mine = aStoredWindow({ subjectId: 'tenant:geocoding' });
      const windows = [mine, aStoredWindow({ ...mine, tenantId: OTHER_TENANT, used: 50 }), aStoredWindow()];
      await store.save([...windows, aStoredWindow({ ...mine, subjectId: 'tenant:sheets' })]);
      const asked = [...windows, { tenantId: OTHER_TENANT, subjectId: anId(1) }];
      expect(await store.loadAll(asked)).to.have.deep.members(windows);
      expect(await store.loadAll([])).to.deep.equal([]);
    });

    it('replaces a window as a whole, and leaves the others unchanged', async () => {
      const day = aStoredWindow({ window: 'day' });
      await store.save([aStoredWindow(), day]);
      const later = aStoredWindow({ used: 70, isRateLimited: true, entries: [[NOON, 70]], leased: 0 });
      await store.save([later]);
      expect(await store.load(TENANT, anId(1))).to.have.deep.members([later, day]);
    });

    it('keeps what it was given, even if the caller changes the object afterwards', async () => {
      const entries: [number, number][] = [[NOON, 2]];
      await store.save([aStoredWindow({ entries })]);
      entries.push([NOON + 1, 5]);
      expect((await store.load(TENANT, anId(1)))[0]?.entries).to.deep.equal([[NOON, 2]]);
    });

    it('keeps every cost exact to the micro-unit', async () => {
      await fc.assert(
        fc.asyncProperty(fc.integer({ min: 0, max: 10 ** 15 }), async (totalCostMicros) => {
          await store.save([aStoredWindow({ totalCostMicros })]);
          expect((await store.load(TENANT, anId(1)))[0]?.totalCostMicros).to.equal(totalCostMicros);
        }),
        { numRuns: 40 },
      );
    });
  });
};
