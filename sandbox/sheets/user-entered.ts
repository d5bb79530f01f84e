import { text, type Cell } from './cell.ts';
import { readDate } from './date-serial.ts';
import { compute, formulaCell } from './formula.ts';

const plainNumber = /^[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)$/u;
const exponent = /^[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)e[-+]?[0-9]{1,3}$/iu;
const grouped = /^([-+]?)(\$?)([0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(\.[0-9]+)?$/u;
const percent = /^([-+]?[0-9]+(?:\.[0-9]+)?)%$/u;
/** `+SUM(A1)`, `-A1`: a sign before something other than a number begins a formula. */
const signedCall = /^[-+](?:[a-z][a-z0-9.]*\(.*\)|\$?[a-z]{1,3}\$?[0-9]+\b.*)$/isu;

const number = (value: number, shown?: string): Cell => ({
  kind: 'number',
  value,
  ...(shown === undefined ? {} : { shown }),
});

const readNumber = (entered: string): Cell | undefined => {
  // Leading zeros and the plus of a telephone number are lost here, as in the real one.
  if (plainNumber.test(entered)) return number(Number(entered));
  if (exponent.test(entered)) {
    const [mantissa = '', power = ''] = Number(entered).toExponential(2).split('e');
    const digits = power.slice(1).padStart(2, '0');
    return number(Number(entered), `${mantissa}E${power.slice(0, 1)}${digits}`);
  }
  const share = percent.exec(entered)?.[1];
  if (share !== undefined) {
    return number(Number(share) / 100, share.includes('.') ? `${Number(share).toFixed(2)}%` : `${share}%`);
  }
  const money = grouped.exec(entered);
  if (!money) return undefined;
  const [, sign = '', currency = '', whole = '', rest = ''] = money;
  return number(
    Number(`${sign}${whole.replaceAll(',', '')}${rest}`),
    `${sign.replace('+', '')}${currency}${whole}${rest}`,
  );
};

const readFormula = (entered: string): Cell | undefined => {
  // Tab, line ends and the full-width sign hide a formula from a careless check; whether Google accepts each of them
  // depends on the locale, so the sandbox accepts all.
  const bare = entered.replace(/^[\t\r\n]+/u, '').normalize('NFKC');
  if (bare.startsWith('=') && bare.length > 1) return formulaCell(entered === bare ? entered : bare);
  if (!/^[-+]/u.test(bare)) return undefined;
  const sum = !plainNumber.test(bare) && compute(bare) !== undefined;
  return sum || signedCall.test(bare) ? formulaCell(`=${bare}`) : undefined;
};

/**
 * Interprets a string as if typed into the cell, in a spreadsheet of the locale en_US that also accepts dotted dates.
 */
export const readEntered = (entered: string): Cell | undefined => {
  if (entered === '') return undefined;
  if (entered.startsWith("'")) return text(entered.slice(1));
  const trimmed = entered.trim();
  if (/^(?:true|false)$/iu.test(trimmed)) return { kind: 'boolean', value: trimmed.toLowerCase() === 'true' };
  const numeric = readNumber(trimmed);
  if (numeric) return numeric;
  const date = readDate(trimmed);
  if (date) return { kind: 'number', value: date.serial, shown: date.shown, isDate: true };
  return readFormula(entered) ?? text(entered);
};
