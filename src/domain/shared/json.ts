/** What JSON can carry. Used at edges and for bodies that are stored as they came. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = { readonly [key: string]: Json };
