import { expect } from 'chai';
import fc from 'fast-check';
import { fairQueue } from '../../../../src/application/provider-call/quota/fair-queue.ts';
import type { TenantId } from '../../../../src/domain/shared/tenant-context.ts';

type One = { readonly tenantId: TenantId; readonly n: number };
const one = (tenant: string, n: number): One => ({ tenantId: tenant as TenantId, n });
const named = (all: readonly One[]): readonly string[] => all.map(({ tenantId, n }) => `${tenantId}${n}`);

const emptied = (queue: ReturnType<typeof fairQueue<One>>): readonly One[] => {
  const all: One[] = [];
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) all.push(next);
  return all;
};

describe('a fair queue', () => {
  it('serves a tenant in the order of its coming, and tenants in turns', () => {
    const queue = fairQueue<One>();
    for (const n of [1, 2, 3]) queue.push(one('a', n));
    queue.push(one('b', 1));
    queue.push(one('c', 1));
    queue.push(one('b', 2));
    const order = queue.inOrder();
    expect(named(order)).to.deep.equal(['a1', 'b1', 'c1', 'a2', 'b2', 'a3']);
    expect(queue.first()).to.equal(order[0]);
    expect(emptied(queue)).to.deep.equal(order);
    expect(queue.size()).to.equal(0);
  });

  it('puts a returned entry before all others', () => {
    const queue = fairQueue<One>();
    for (const [tenant, n] of [
      ['a', 1],
      ['a', 2],
      ['b', 1],
    ] as const)
      queue.push(one(tenant, n));
    const [first, second] = [queue.shift(), queue.shift()];
    if (first === undefined || second === undefined) throw new Error('nobody waits');
    queue.putBack(first);
    expect(named(queue.inOrder())).to.deep.equal(['a1', 'a2']);
    queue.putBack(second);
    expect(named(emptied(queue))).to.deep.equal(['b1', 'a1', 'a2']);
  });

  it('forgets nobody and calls nobody twice, in any order of arrivals and departures', () => {
    const step = fc.record({
      tenant: fc.constantFrom('a', 'b', 'c'),
      does: fc.constantFrom('come', 'come', 'go', 'call'),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const queue = fairQueue<One>();
        const here: One[] = [];
        const drop = (gone: One): void => void here.splice(here.indexOf(gone), 1);
        for (const [n, { tenant, does }] of steps.entries()) {
          if (does === 'come') {
            here.push(one(tenant, n));
            queue.push(here.at(-1) as One);
          } else if (does === 'go') {
            const last = here.at(-1);
            if (last !== undefined) expect(queue.remove(last)).to.equal(true);
            if (last !== undefined) drop(last);
          } else {
            const expected = queue.inOrder()[0];
            const called = queue.shift();
            expect(called).to.equal(expected);
            if (called !== undefined) {
              expect(here.find(({ tenantId }) => tenantId === called.tenantId)).to.equal(called);
              drop(called);
            }
          }
          expect(queue.size()).to.equal(here.length);
          expect(queue.sizeOf(tenant as TenantId)).to.equal(
            here.filter(({ tenantId }) => tenantId === tenant).length,
          );
        }
        expect(named(emptied(queue)).toSorted()).to.deep.equal(named(here).toSorted());
      }),
    );
  });

  it('removes only who waits', () => {
    const queue = fairQueue<One>();
    expect(queue.remove(one('a', 1))).to.equal(false);
    expect(queue.shift()).to.equal(undefined);
  });
});
