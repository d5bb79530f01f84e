import { fingerprintOf } from '../../domain/idempotency/idempotency-key.ts';
import { decodeCursor, type CursorMalformed, type CursorPosition } from '../../domain/shared/cursor.ts';
import { isLeft, right, type Either } from '../../domain/shared/fp.ts';
import { throughJson } from '../../domain/shared/json.ts';
import type { PageRequest } from '../../domain/shared/page.ts';

/**
 * On the wire a cursor names its list beside the position in it. All lists are ordered by time and id: the position of
 * another list would be accepted, and items silently skipped or repeated.
 */
export type ListCursor = CursorPosition & { readonly list: string };
export type ListPage = Omit<PageRequest, 'after'> & { readonly after?: ListCursor };

/** 64 bits, against mix-ups only: what a caller may see depends on tenant and scope. */
const LIST_DIGITS = 16;

/** The same for all pages of a list, whatever their size, and different for other filters. */
export const listNamed = (operation: string, filters: object): string =>
  fingerprintOf(operation, throughJson(filters)).slice(0, LIST_DIGITS);

/** Both parts consist of characters that need no escaping in a URL. */
export const writeListCursor = (position: string, list: string): string => `${position}.${list}`;

export const readListCursor = (text: string): Either<CursorMalformed, ListCursor> => {
  const [, position = '', list = ''] = /^([\w-]+)\.([0-9a-f]{16})$/.exec(text) ?? [];
  const found = decodeCursor(position);
  return isLeft(found) ? found : right({ ...found.right, list });
};
