/** What JSON can carry. Used at edges and for bodies that are stored as they came. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = { readonly [key: string]: Json };

/** An object with members that nobody has looked at yet. */
export const isJsonObject = (value: unknown): value is { readonly [name: string]: unknown } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** As it comes back out of JSON, which has no undefined: a member without a value is left out. */
export const throughJson = (value: object): JsonObject => JSON.parse(JSON.stringify(value)) as JsonObject;

/** Undefined for a text that is no JSON. V8's parser does not recurse, so depth cannot overflow its stack. */
export const jsonIn = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/** The same text whatever the order of the members. */
export const canonicalJson = (value: Json): string =>
  JSON.stringify(value, (_, member: Json) => (isObject(member) ? sorted(member) : member));

const isObject = (value: Json): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Null prototype: a member may be called `__proto__`. */
const sorted = (object: JsonObject): JsonObject =>
  Object.assign(
    Object.create(null) as JsonObject,
    Object.fromEntries(Object.entries(object).toSorted(([a], [b]) => (a < b ? -1 : 1))),
  );
