export type PlainCell =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'boolean'; readonly value: boolean }
  | {
      readonly kind: 'number';
      readonly value: number;
      /** How it is displayed, if not simply as the number: `2026-11-22`, `12%`. */
      readonly shown?: string;
      readonly isDate?: boolean;
    };

/** `=…` as entered, with its result. */
export type FormulaCell = { readonly kind: 'formula'; readonly formula: string; readonly result: PlainCell };

export type Cell = PlainCell | FormulaCell;

export const text = (value: string): PlainCell => ({ kind: 'text', text: value });

const withExponent = (value: number): string => {
  const [mantissa = '', exponent = ''] = value.toExponential().split('e');
  const digits = exponent.replace(/^[+-]/u, '').padStart(2, '0');
  return `${mantissa}E${exponent.startsWith('-') ? '-' : '+'}${digits}`;
};

/** Fifteen digits, with the exponent in Google's format. */
const numberText = (value: number): string => {
  const rounded = Number(value.toPrecision(15));
  const plain = String(rounded);
  return plain.includes('e') || Math.abs(rounded) >= 1e15 ? withExponent(rounded) : plain;
};

/** The displayed text of the cell. */
export const displayed = (cell: Cell): string => {
  switch (cell.kind) {
    case 'text':
      return cell.text;
    case 'boolean':
      return cell.value ? 'TRUE' : 'FALSE';
    case 'number':
      return cell.shown ?? numberText(cell.value);
    case 'formula':
      return displayed(cell.result);
  }
};
