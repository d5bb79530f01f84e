import { expect } from 'chai';
import fc from 'fast-check';
import type { ExternalService } from '../../../../src/domain/external-service/external-service.ts';
import { activeAmong, planFor } from '../../../../src/domain/external-service/plan-for.ts';
import { aBareService, anId, NOON } from '../../../support/an-external-service.ts';

const aService = (n: number, change: Partial<ExternalService> = {}): ExternalService =>
  aBareService({ id: anId(n), priority: 0, createdAt: NOON, ...change });
const order = (...services: readonly ExternalService[]): readonly number[] =>
  planFor(services).services.map(({ id }) => Number.parseInt(id.slice(-4), 16));

describe('the plan', () => {
  it('asks the highest priority first', () => {
    expect(
      order(aService(1, { priority: 5 }), aService(2, { priority: 100 }), aService(3, { priority: -1 })),
    ).to.deep.equal([2, 1, 3]);
  });

  it('decides equal priorities by age, then by id', () => {
    expect(order(aService(3), aService(1), aService(2, { createdAt: NOON - 1 }))).to.deep.equal([2, 1, 3]);
  });

  it('asks the fallbacks of the first right behind it, before the rest', () => {
    const services = [
      aService(1, { priority: 100, fallbackServiceId: anId(4) }),
      aService(2, { priority: 50 }),
      aService(3, { priority: 40 }),
      aService(4, { priority: 1, fallbackServiceId: anId(3) }),
    ];
    expect(order(...services)).to.deep.equal([1, 4, 3, 2]);
  });

  it('leaves inactive services out, and goes on behind them', () => {
    const services = [
      aService(1, { priority: 100, fallbackServiceId: anId(2) }),
      aService(2, { priority: 90, isActive: false, fallbackServiceId: anId(4) }),
      aService(3, { priority: 50 }),
      aService(4, { priority: 1 }),
    ];
    expect(order(...services)).to.deep.equal([1, 4, 3]);
    expect(order(aService(1, { isActive: false }))).to.deep.equal([]);
  });

  it('does not follow a fallback that is not among the services', () => {
    expect(order(aService(1, { priority: 9, fallbackServiceId: anId(7) }), aService(2))).to.deep.equal([
      1, 2,
    ]);
  });

  it('is empty without services', () => expect(planFor([]).services).to.deep.equal([]));

  it('names every active service exactly once, whatever the fallback links, and does not depend on the order given', () => {
    const services = fc
      .array(
        fc.record({
          priority: fc.integer({ min: -2, max: 2 }),
          isActive: fc.boolean(),
          fallback: fc.option(fc.integer({ min: 0, max: 7 }), { nil: undefined }),
        }),
        { maxLength: 8 },
      )
      .map((drafts) =>
        drafts.map(({ fallback, ...draft }, n) =>
          aService(n, { ...draft, fallbackServiceId: fallback === undefined ? undefined : anId(fallback) }),
        ),
      );
    fc.assert(
      fc.property(services, fc.integer(), (given, seed) => {
        const plan = planFor(given).services;
        expect(plan).to.have.members(given.filter(({ isActive }) => isActive));
        expect(new Set(plan).size).to.equal(plan.length);
        const turned = [...given.slice(seed % 5), ...given.slice(0, seed % 5)];
        expect(planFor(turned).services).to.deep.equal(plan);
        const highest = Math.max(...plan.map(({ priority }) => priority));
        if (plan.length > 0) expect(plan[0]?.priority).to.equal(highest);
      }),
    );
  });
});

describe('the active ones among services', () => {
  const services = fc
    .array(fc.record({ isActive: fc.boolean(), fallback: fc.integer({ min: -1, max: 7 }) }), { maxLength: 8 })
    .map((drafts) =>
      drafts.map(({ isActive, fallback }, n) =>
        aService(n, { isActive, fallbackServiceId: fallback < 0 ? undefined : anId(fallback) }),
      ),
    );

  it('are planned in the same order as with the inactive ones among them, circles included', () => {
    fc.assert(
      fc.property(services, (given) => {
        expect(activeAmong(given).map(({ id }) => id)).to.deep.equal(
          given.filter(({ isActive }) => isActive).map(({ id }) => id),
        );
        expect(order(...activeAmong(given))).to.deep.equal(order(...given));
      }),
    );
  });
});
