import { isRecord } from '../stand-in.ts';
import type { Cell } from './cell.ts';
import { formulaCell } from './formula.ts';
import { invalid } from './refusal.ts';
import type { CellWrite } from './sheet.ts';
import { toCell } from './values-in.ts';

/** `fields` of requests that write cells; the sandbox stores only the values of cells. */
export const checkFields = (fields: unknown): void => {
  if (typeof fields !== 'string' || fields === '') {
    throw invalid("At least one field must be listed in 'fields'. (Use '*' to indicate all fields.)");
  }
};

/** `userEnteredValue`: typed, so that a string is never taken for a formula. */
const readExtended = (value: unknown): Cell | undefined => {
  if (value === undefined) return undefined;
  if (!isRecord(value)) throw invalid('Invalid ExtendedValue.');
  const { stringValue, numberValue, boolValue, formulaValue } = value;
  if (typeof stringValue === 'string') return toCell(stringValue, 'RAW');
  if (typeof numberValue === 'number') return { kind: 'number', value: numberValue };
  if (typeof boolValue === 'boolean') return { kind: 'boolean', value: boolValue };
  if (typeof formulaValue !== 'string') return undefined;
  if (!formulaValue.startsWith('=')) throw invalid('Invalid formula.');
  return formulaCell(formulaValue);
};

/** `rows` of a request, starting at a corner. A cell without a value is emptied, since `fields` includes the value. */
export const readRowData = (rows: unknown, top: number, left: number): readonly CellWrite[] => {
  if (rows === undefined) return [];
  if (!Array.isArray(rows)) throw invalid('rows must be a list.');
  return rows.flatMap((row: unknown, index) => {
    const values = isRecord(row) ? row['values'] : undefined;
    if (values === undefined) return [];
    if (!Array.isArray(values)) throw invalid(`rows[${index}].values must be a list.`);
    return values.map((cell: unknown, column) => ({
      row: top + index,
      column: left + column,
      cell: isRecord(cell) ? readExtended(cell['userEnteredValue']) : undefined,
    }));
  });
};
