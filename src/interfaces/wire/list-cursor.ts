import { fingerprintOf } from '../../domain/idempotency/idempotency-key.ts';
import { decodeCursor, type CursorMalformed, type CursorPosition } from '../../domain/shared/cursor.ts';
import { isLeft, right, type Either } from '../../domain/shared/fp.ts';
import { throughJson } from '../../domain/shared/json.ts';
import type { PageRequest } from '../../domain/shared/page.ts';

/**
 * On the wire a cursor names its list beside the position in it. Every list runs by time and id: the position of
 * another one would pass for one of this, and skip or repeat items without a word.
 */
export type ListCursor = CursorPosition & { readonly list: string };
export type ListPage = Omit<PageRequest, 'after'> & { readonly after?: ListCursor };

/** Of 64 bits, against mix-ups: what a caller may see is the tenant's and the scope's to say. */
const LIST_DIGITS = 16;

/** The same for each page of a list, however large, and another one for other filters. */
export const listNamed = (operation: string, filters: object): string =>
  fingerprintOf(operation, throughJson(filters)).slice(0, LIST_DIGITS);

/** Both parts are made of letters that need no escape in a URL. */
export const writeListCursor = (position: string, list: string): string => `${position}.${list}`;

export const readListCursor = (text: string): Either<CursorMalformed, ListCursor> => {
  const [, position = '', list = ''] = /^([\w-]+)\.([0-9a-f]{16})$/.exec(text) ?? [];
  const found = decodeCursor(position);
  return isLeft(found) ? found : right({ ...found.right, list });
};
