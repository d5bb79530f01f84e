import type { CursorPosition } from './cursor.ts';

/** `after` is decoded at the edge; left out: the first page. */
export type PageRequest = { readonly limit: number; readonly after?: CursorPosition };

/** `nextCursor` is an opaque text, which the edge gives out with the name of its list; undefined on the last page. */
export type Page<T> = { readonly items: readonly T[]; readonly nextCursor: string | undefined };
