import { left, right, type Either } from '../../../domain/shared/fp.ts';
import { isLongerThan } from '../../../domain/shared/text-length.ts';
import { isUuid } from '../../../domain/shared/uuid.ts';
import { leaf, type Codec, type JsonSchema } from './codec.ts';

/** C0 and C1 controls: none belongs into an address or a name, and PostgreSQL refuses NUL. */
// oxlint-disable-next-line no-control-regex -- control characters are what this looks for
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;

/** Printable Unicode without lone surrogates: safe to store as text and as JSON. */
export const isPlainText = (text: string): boolean => !CONTROL.test(text) && text.isWellFormed();

/**
 * For JSON Schema, which cannot express trimming: contains a character that is neither white space nor a control
 * character.
 */
// oxlint-disable-next-line no-control-regex -- as above
const PLAIN_TEXT = /^[^\S\u0000-\u001f]*[^\s\u0000-\u001f\u007f-\u009f][^\u0000-\u001f\u007f-\u009f]*$/;
// oxlint-disable-next-line no-control-regex -- as above
const MAYBE_BLANK = /^[^\u0000-\u001f\u007f-\u009f]*$/;

type TextRule = {
  readonly min: number;
  readonly max: number;
  readonly pattern?: { readonly regex: RegExp; readonly says: string };
  readonly notes?: JsonSchema;
};

const plainTextRead =
  ({ min, max, pattern }: TextRule) =>
  (input: unknown): Either<string, string> => {
    if (typeof input !== 'string') return left('must be a string');
    const text = input.trim();
    if (text.length < min || isLongerThan(text, max)) return left(`${min} to ${max} characters`);
    if (CONTROL.test(input)) return left('must not contain control characters');
    if (!input.isWellFormed()) return left('must not contain half a surrogate pair');
    return pattern === undefined || pattern.regex.test(text) ? right(text) : left(pattern.says);
  };

/** Text without control characters, whose length is measured after trimming. */
export const plainText = (rule: TextRule): Codec<string> =>
  leaf(
    {
      type: 'string',
      minLength: rule.min,
      maxLength: rule.max,
      pattern: (rule.pattern?.regex ?? (rule.min === 0 ? MAYBE_BLANK : PLAIN_TEXT)).source,
      ...rule.notes,
    },
    plainTextRead(rule),
  );

export const integer = (min: number, max: number, notes: JsonSchema = {}): Codec<number> =>
  leaf({ type: 'integer', minimum: min, maximum: max, ...notes }, (input) =>
    Number.isSafeInteger(input) && Number(input) >= min && Number(input) <= max
      ? right(Number(input))
      : left(`an integer from ${min} to ${max}`),
  );

export const numberBetween = (min: number, max: number, notes: JsonSchema = {}): Codec<number> =>
  leaf({ type: 'number', minimum: min, maximum: max, ...notes }, (input) =>
    typeof input === 'number' && Number.isFinite(input) && input >= min && input <= max
      ? right(input)
      : left(`a number from ${min} to ${max}`),
  );

export const trueOrFalse: Codec<boolean> = leaf({ type: 'boolean' }, (input) =>
  typeof input === 'boolean' ? right(input) : left('must be true or false'),
);

export const oneOf = <const V extends string>(values: readonly V[], notes: JsonSchema = {}) =>
  leaf<V>({ type: 'string', enum: values, ...notes }, (input) => {
    const value = values.find((known) => known === input);
    return value === undefined ? left(`one of ${values.join(', ')}`) : right(value);
  });

export const uuid: Codec<string> = leaf({ type: 'string', format: 'uuid' }, (input) =>
  typeof input === 'string' && isUuid(input) ? right(input.toLowerCase()) : left('must be a UUID'),
);

/** Hours end at 23, although JavaScript also accepts 24:00:00. */
const RFC_3339 = /^\d{4}-\d\d-\d\d(?:[Tt](?:[01]\d|2[0-3]):\d\d:\d\d(?:\.\d{1,9})?(?:[Zz]|[+-]\d\d:\d\d))?$/;
/** An offset may lead beyond the years that answers can express: RFC 3339 gives them four digits. */
const FIRST_MOMENT = Date.parse('0000-01-01T00:00:00Z');
const LAST_MOMENT = Date.parse('9999-12-31T23:59:59.999Z');
const DAY_LENGTH = '2026-11-22'.length;
const DAY_MS = 86_400_000;

/** Epoch milliseconds of an RFC 3339 time; a date alone means its first moment in UTC. */
export const momentFrom = (text: string): number | undefined => {
  if (!RFC_3339.test(text)) return undefined;
  const moment = LEAP_SECOND.test(text) ? afterLeapSecond(text) : Date.parse(text.toUpperCase());
  // JavaScript turns 30 February into a day in March; such a date is refused.
  const day = Number(text.slice(8, 10));
  const rolledOver = new Date(`${text.slice(0, 10)}T00:00:00Z`).getUTCDate() !== day;
  return rolledOver || !(moment >= FIRST_MOMENT && moment <= LAST_MOMENT) ? undefined : moment;
};

/**
 * RFC 3339 allows a leap second, at the end of a day in UTC. Epoch time has none: it becomes the first second after it.
 */
const LEAP_SECOND = /:60(?=[.Zz+-])/;

const afterLeapSecond = (text: string): number => {
  const moment = Date.parse(text.replace(LEAP_SECOND, ':59').toUpperCase()) + 1_000;
  const sinceMidnight = ((moment % DAY_MS) + DAY_MS) % DAY_MS;
  return sinceMidnight < 1_000 ? moment : Number.NaN;
};

/** A point in time; a date alone is not accepted. */
export const moment: Codec<number> = leaf(
  { type: 'string', format: 'date-time', examples: ['2026-11-22T10:00:00Z'] },
  (input) => {
    const value = typeof input === 'string' && input.length > DAY_LENGTH ? momentFrom(input) : undefined;
    return value === undefined ? left('a time such as 2026-11-22T10:00:00Z') : right(value);
  },
);

/** A bound of a period; a date alone is accepted. */
export const momentOrDay: Codec<number> = leaf(
  { type: 'string', anyOf: [{ format: 'date-time' }, { format: 'date' }] },
  (input) => {
    const value = typeof input === 'string' ? momentFrom(input) : undefined;
    return value === undefined ? left('a time such as 2026-11-22T10:00:00Z, or a day') : right(value);
  },
);
