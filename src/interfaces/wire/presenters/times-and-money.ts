import * as t from 'io-ts';
import { formatMicros, type Money } from '../../../domain/shared/money.ts';
import { component, described, leaf, nullable } from '../codecs/codec.ts';
import { answerObject } from '../codecs/object-codec.ts';
import { left, right } from '../../../domain/shared/fp.ts';

/** RFC 3339 in UTC. */
export const timeText = (epochMs: number): string => new Date(epochMs).toISOString();
export const timeOrNull = (epochMs: number | undefined): string | null =>
  epochMs === undefined ? null : timeText(epochMs);

const textWith = (schema: { readonly [keyword: string]: string }) =>
  leaf<string>({ type: 'string', ...schema }, (input) =>
    typeof input === 'string' ? right(input) : left('must be a string'),
  );
export const timeAnswer = textWith({ format: 'date-time' });
export const uuidAnswer = textWith({ format: 'uuid' });
export const textOrNull = nullable(textWith({}));
export const uuidOrNull = nullable(uuidAnswer);
export const timeAnswerOrNull = nullable(timeAnswer);
export const integerAnswer = leaf<number>({ type: 'integer' }, (input) =>
  typeof input === 'number' && Number.isInteger(input) ? right(input) : left('must be an integer'),
);

export const moneyAnswer = component(
  'Money',
  answerObject(
    {
      amount: textWith({ description: 'A decimal number with at most six decimal places.' }),
      currency: described('ISO 4217 currency code.', t.string),
    },
    {},
  ),
);
export const moneyOf = ({ micros, currency }: Money): t.TypeOf<typeof moneyAnswer> => ({
  amount: formatMicros(micros),
  currency,
});
