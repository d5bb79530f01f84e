import { expect } from 'chai';
import fc from 'fast-check';
import type { ExternalService } from '../../../../src/domain/external-service/external-service.ts';
import { fallbackProblem } from '../../../../src/domain/external-service/fallback-chain.ts';
import { aBareService, anId } from '../../../support/an-external-service.ts';

const aLink = (n: number, fallback?: number, change: Partial<ExternalService> = {}): ExternalService =>
  aBareService({
    id: anId(n),
    serviceName: `service-${n}`,
    fallbackServiceId: fallback === undefined ? undefined : anId(fallback),
    ...change,
  });
const sheets = { serviceType: 'spreadsheet', provider: 'google_sheets' } as const;

describe('the fallback of a service', () => {
  it('may be left out, also by a service nobody stored yet', () => {
    expect(fallbackProblem(aLink(1), [])).to.equal(undefined);
    expect(fallbackProblem(aLink(1), [aLink(1, 2), aLink(2)])).to.equal(undefined);
  });

  it('may be any other service of the tenant and of the type, active or not', () => {
    expect(fallbackProblem(aLink(1, 2), [aLink(1), aLink(2, undefined, { isActive: false })])).to.equal(
      undefined,
    );
    expect(fallbackProblem(aLink(1, 2), [aLink(2, 3), aLink(3)])).to.equal(undefined);
  });

  const problems: readonly (readonly [string, ExternalService, readonly ExternalService[], RegExp])[] = [
    ['is not there', aLink(1, 9), [aLink(1)], /no such service/],
    ['is the service itself', aLink(1, 1), [aLink(1)], /fall back to itself/],
    ['is the service itself, before it is stored', aLink(1, 1), [], /fall back to itself/],
    [
      'is of another type',
      aLink(1, 2),
      [aLink(1), aLink(2, undefined, sheets)],
      /must be a geocoding service, this one is spreadsheet/,
    ],
    ['falls back to it in turn', aLink(1, 2), [aLink(1), aLink(2, 1)], /closes a circle/],
    [
      'comes back to it after several',
      aLink(1, 2),
      [aLink(2, 3), aLink(3, 4), aLink(4, 1)],
      /closes a circle/,
    ],
  ];
  for (const [words, changed, stored, detail] of problems)
    it(`may not be one that ${words}`, () => expect(fallbackProblem(changed, stored)).to.match(detail));

  it('is judged by what is to be stored, not by what is', () => {
    // 1 -> 2 is stored and about to be removed, while 2 -> 1 is stored already.
    expect(fallbackProblem(aLink(1, 3), [aLink(1, 2), aLink(2, 1), aLink(3)])).to.equal(undefined);
  });

  it('does not let a service change its type under those that fall back to it', () => {
    const stored = [aLink(1), aLink(2, 1)];
    expect(fallbackProblem(aLink(1, undefined, sheets), stored)).to.match(
      /"service-2" falls back to this service/,
    );
    expect(fallbackProblem(aLink(2, undefined, sheets), stored)).to.equal(undefined);
    expect(fallbackProblem(aLink(1, undefined, sheets), [aLink(1, 1)])).to.equal(undefined);
  });

  it('is not checked by type, and checks no type, where the type of the service is unknown', () => {
    const untyped = (fallback?: number) => ({ ...aLink(1, fallback), serviceType: undefined });
    expect(fallbackProblem(untyped(), [aLink(1), aLink(2, 1)])).to.equal(undefined);
    expect(fallbackProblem(untyped(2), [aLink(1), aLink(2, undefined, sheets)])).to.equal(undefined);
    expect(fallbackProblem(untyped(9), [aLink(1)])).to.match(/no such service/);
  });

  it('is found out also where a circle was stored already, elsewhere', () => {
    expect(fallbackProblem(aLink(1, 2), [aLink(2, 3), aLink(3, 2)])).to.equal(undefined);
  });

  it('never closes a circle that it allows, and never forbids a chain without one', () => {
    const size = 6;
    const pointer = fc.option(fc.integer({ min: 0, max: size - 1 }), { nil: undefined });
    const comesBack = (start: number, next: readonly (number | undefined)[]): boolean => {
      let at = next[start];
      for (let step = 0; step <= size && at !== undefined; step += 1) {
        if (at === start) return true;
        at = next[at];
      }
      return false;
    };
    fc.assert(
      fc.property(fc.array(pointer, { minLength: size, maxLength: size }), pointer, (pointers, wanted) => {
        const stored = pointers.map((to, n) => aLink(n, to));
        const after = [wanted, ...pointers.slice(1)];
        expect(fallbackProblem(aLink(0, wanted), stored) !== undefined).to.equal(comesBack(0, after));
      }),
    );
  });

  it('is judged in no time in a tenant of a thousand', () => {
    const stored = Array.from({ length: 1_000 }, (_, n) => aLink(n, n + 1));
    expect(fallbackProblem(aLink(1_000, 0), stored)).to.match(/closes a circle/);
  });
});
