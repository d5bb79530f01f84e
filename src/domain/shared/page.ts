import type { CursorPosition } from './cursor.ts';

/** `after` is decoded at the edge (`decodeCursor`); left out: the first page. */
export type PageRequest = { readonly limit: number; readonly after?: CursorPosition };

/** `nextCursor` is the opaque text for the wire; undefined on the last page. */
export type Page<T> = { readonly items: readonly T[]; readonly nextCursor: string | undefined };
