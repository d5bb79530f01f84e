/** For optional fields of an answer: a field with a wrong value is treated as absent. */

export const textIn = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;

export const objectIn = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};

export const listIn = <A>(value: unknown, isEntry: (entry: unknown) => entry is A): readonly A[] =>
  Array.isArray(value) ? value.filter(isEntry) : [];

export const isText = (value: unknown): value is string => typeof value === 'string';
