import type { CursorPosition } from './cursor.ts';

/** `after` is the decoded cursor; absent for the first page. */
export type PageRequest = { readonly limit: number; readonly after?: CursorPosition };

/**
 * `nextCursor` is opaque. The edge adds the name of the list to it before a caller gets it (ADR 42). Undefined on the
 * last page.
 */
export type Page<T> = { readonly items: readonly T[]; readonly nextCursor: string | undefined };
