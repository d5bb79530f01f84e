/** As JSON writes a whole number without an exponent. */
const WHOLE = /^-?[1-9]\d*$/;

/** Whether a number is whole and may have lost digits: two ids beyond 2^53 could have become one. */
export const hasLostDigits = (value: unknown): boolean =>
  Number.isInteger(value) && !Number.isSafeInteger(value);

/** A number of JSON as it was read, but by the digits that were sent where it may have lost some. */
export const withDigits = <A>(value: A, source: string): A | string =>
  hasLostDigits(value) && WHOLE.test(source) ? source : value;

type Reviver = (name: string, value: unknown, context?: { readonly source?: string }) => unknown;
const byDigits: Reviver = (_, value, { source = '' } = {}) => withDigits(value, source);

/** JSON in which whole numbers that may have lost digits are texts. Takes several times what JSON.parse alone does. */
export const parsedByDigits = (text: string): unknown => JSON.parse(text, byDigits);
