/** Any JSON value. Used at the edges and for bodies that are stored unchanged. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = { readonly [key: string]: Json };

/** A type guard for an object whose members are not checked yet. */
export const isJsonObject = (value: unknown): value is { readonly [name: string]: unknown } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The value after a round trip through JSON: members that are undefined are left out. */
export const throughJson = (value: object): JsonObject => JSON.parse(JSON.stringify(value)) as JsonObject;

/**
 * Parses JSON; undefined when the text is not valid. V8's parser does not recurse, so deep nesting cannot overflow the
 * stack.
 */
export const jsonIn = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/** The same text whatever the order of members, at any depth. */
export const canonicalJson = (value: Json): string =>
  JSON.stringify(value, (_, member: Json) => (isObject(member) ? sorted(member) : member));

const isObject = (value: Json): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Has a null prototype, because a member may be called `__proto__`. */
const sorted = (object: JsonObject): JsonObject =>
  Object.assign(
    Object.create(null) as JsonObject,
    Object.fromEntries(Object.entries(object).toSorted(([a], [b]) => (a < b ? -1 : 1))),
  );
