import { left, right, type Either } from './fp.ts';

/** An amount in millionths of the currency's unit (0.005 USD = 5000): integer, so sums never drift. */
export type Money = { readonly micros: number; readonly currency: string };

export type MoneyProblem = { readonly kind: 'money-malformed'; readonly detail: string };

export const MICROS_PER_UNIT = 1_000_000;
/** 12 digits before the decimal point would exceed 2^53 micros; 9 are enough for any price of a call. */
export const DECIMAL = /^(\d{1,9})(?:\.(\d{1,6}))?$/;
/** The largest amount that `DECIMAL` accepts. */
export const LARGEST_AMOUNT = 999_999_999.999_999;
const CURRENCY = /^[A-Z]{3}$/;

export const noMoney = (currency: string): Money => ({ micros: 0, currency });

/** Reads a decimal string with at most six decimals, such as `0.005`. */
export const moneyFrom = (amount: string, currency: string): Either<MoneyProblem, Money> => {
  const parts = DECIMAL.exec(amount);
  if (parts === null)
    return left({
      kind: 'money-malformed',
      detail:
        'a decimal string such as "0.005", not negative, at most nine digits before the point and six behind',
    });
  if (!CURRENCY.test(currency))
    return left({ kind: 'money-malformed', detail: 'a three-letter ISO 4217 currency' });
  return right({
    micros: Number(parts[1]) * MICROS_PER_UNIT + Number((parts[2] ?? '').padEnd(6, '0')),
    currency,
  });
};

/** A decimal string without trailing zeros: 5000 micros are `0.005`, zero is `0`. */
export const formatMicros = (micros: number): string => {
  const whole = Math.floor(micros / MICROS_PER_UNIT);
  const rest = micros % MICROS_PER_UNIT;
  return rest === 0 ? String(whole) : `${whole}.${String(rest).padStart(6, '0').replace(/0+$/, '')}`;
};
