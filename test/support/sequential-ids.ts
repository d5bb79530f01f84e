import type { IdSource } from '../../src/domain/shared/clock.ts';

/** Ids that are easy to tell apart, valid as UUID version 7: `00000000-0000-7000-8000-000000000001`, then …2. */
export const sequentialIds = (first = 1): IdSource => {
  let count = first;
  return { uuid: () => `00000000-0000-7000-8000-${(count++).toString(16).padStart(12, '0')}` };
};
