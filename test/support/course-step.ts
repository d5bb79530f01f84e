import fc from 'fast-check';
import type { Course } from './course.ts';
import type { Party } from './course-party.ts';

/** Ends a course early on a machine too busy to finish it. */
export type Time = { readonly isOver: () => boolean };

/** One action of a tenant, with all its expectations. */
export type Step = fc.AsyncCommand<Time, Course>;

/** A step by either tenant, printed in full when it fails. */
export const step = <A>(
  name: string,
  arguments_: fc.Arbitrary<A>,
  take: (course: Course, party: Party, asked: A) => Promise<void>,
): fc.Arbitrary<Step> =>
  fc.tuple(fc.constantFrom(0 as const, 1 as const), arguments_).map(([who, asked]) => ({
    check: ({ isOver }) => !isOver(),
    run: (_, course) => take(course, course.parties[who], asked),
    toString: () => `tenant ${who} ${name} ${JSON.stringify(asked)}`,
  }));

export const asker = fc.oneof(
  { weight: 12, arbitrary: fc.constant('administrator' as const) },
  { weight: 3, arbitrary: fc.record({ token: fc.nat(3) }) },
  { weight: 1, arbitrary: fc.constantFrom('nobody' as const, 'stranger' as const) },
);
export const key = fc.oneof(
  { weight: 2, arbitrary: fc.constant(undefined) },
  { weight: 1, arbitrary: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h') },
);
export const condition = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('right' as const, 'any' as const) },
  { weight: 1, arbitrary: fc.constantFrom('old' as const, 'none' as const) },
);
/** Mostly the tenant's own thing. */
export const thing = fc.record({ n: fc.nat(3), isTheirs: fc.nat(7).map((n) => n === 0) });
