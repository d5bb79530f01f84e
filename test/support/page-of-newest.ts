import { encodeCursor } from '../../src/domain/shared/cursor.ts';
import type { Page, PageRequest } from '../../src/domain/shared/page.ts';

/** One page of a list sorted newest first. */
export const pageOfNewest = <T extends { readonly id: string; readonly createdAt: number }>(
  items: readonly T[],
  { limit, after }: PageRequest,
): Page<T> => {
  const start = after === undefined ? 0 : items.findIndex(({ id }) => id === after.id) + 1;
  const shown = items.slice(start, start + limit);
  const last = shown.at(-1);
  const isLast = last === undefined || start + limit >= items.length;
  return {
    items: shown,
    nextCursor: isLast ? undefined : encodeCursor({ at: last.createdAt, id: last.id }),
  };
};
