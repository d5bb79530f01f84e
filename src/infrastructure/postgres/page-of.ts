import { encodeCursor, type CursorPosition } from '../../domain/shared/cursor.ts';
import type { Page, PageRequest } from '../../domain/shared/page.ts';

/** One row more than requested, which shows whether there is a next page without counting. */
export const rowsToRead = ({ limit }: PageRequest): number => limit + 1;

/** The position of a page as parameters for `(time, id) < ($n::timestamptz, $m::uuid)`; nulls for the first page. */
export const positionParameters = ({ after }: PageRequest): readonly [string | null, string | null] =>
  after === undefined ? [null, null] : [new Date(after.at).toISOString(), after.id];

/** Drops the surplus row and makes the cursor from the last item kept. */
export const pageOf = <T>(
  items: readonly T[],
  { limit }: PageRequest,
  positionOf: (item: T) => CursorPosition,
): Page<T> => {
  const kept = items.slice(0, limit);
  const last = kept.at(-1);
  const more = items.length > limit && last !== undefined;
  return { items: kept, nextCursor: more ? encodeCursor(positionOf(last)) : undefined };
};
