import { expect } from 'chai';
import type { TenantId } from '../../../../src/domain/shared/tenant-context.ts';
import { hitCounter } from '../../../../src/infrastructure/cache/hit-counter.ts';

const tenant = (n: number): TenantId => `tenant-${n}` as TenantId;

describe('hits counted by tenant', () => {
  it('forget of more than 10,000 tenants those that asked least recently', () => {
    const counter = hitCounter();
    const tenants = Array.from({ length: 10_001 }, (_, n) => tenant(n));
    const [first, second] = [tenant(0), tenant(1)];
    for (const one of tenants.slice(0, -1)) counter.note(one, 'l1', 'key');
    counter.note(first, 'l1', 'key');
    counter.note(tenant(10_000), 'l1', 'key');
    expect(
      counter
        .takeHits()
        .map(([one]) => one)
        .toSorted(),
    ).to.deep.equal(tenants.filter((one) => one !== second).toSorted());
    expect(counter.of(first).l1.hits).to.equal(2);
    expect(counter.of(second).l1.hits).to.equal(0);
  });
});
