import { text, type Cell } from './cell.ts';
import { invalid, unreadable } from './refusal.ts';
import { readEntered } from './user-entered.ts';

export const inputOptions = ['RAW', 'USER_ENTERED'] as const;
export type InputOption = (typeof inputOptions)[number];
export const dimensions = ['ROWS', 'COLUMNS'] as const;
export type Dimension = (typeof dimensions)[number];

export type Scalar = string | number | boolean;
/** By row. null leaves its cell unchanged. */
export type Values = readonly (readonly (Scalar | null)[])[];

const mostCharacters = 50_000;
const listValue = 'type.googleapis.com/google.protobuf.ListValue';

const isScalar = (value: unknown): value is Scalar | null =>
  value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';

const readLine = (line: unknown, field: string, index: number): readonly (Scalar | null)[] => {
  if (!Array.isArray(line)) throw unreadable(`${field}[${index}]`, listValue, line);
  return line.map((value: unknown, at) => {
    if (isScalar(value)) return value;
    const kind = Array.isArray(value) ? 'list_value' : 'struct_value';
    throw invalid(`Invalid values[${index}][${at}]: ${kind} ${JSON.stringify(value)}`);
  });
};

/** A loop, since a request may have more rows than a function takes arguments. */
export const widestOf = (lines: readonly { readonly length: number }[]): number =>
  lines.reduce((widest, { length }) => Math.max(widest, length), 0);

const turned = (lines: Values): Values =>
  Array.from({ length: widestOf(lines) }, (_, at) => lines.map((line) => line[at] ?? null));

/** `values` of a request, arranged by rows. `field` is its name in an error. */
export const readValues = (values: unknown, dimension: Dimension, field: string): Values => {
  if (values === undefined || values === null) return [];
  if (!Array.isArray(values)) throw unreadable(field, listValue, values);
  const lines = values.map((line, index) => readLine(line, field, index));
  return dimension === 'ROWS' ? lines : turned(lines);
};

/** The cell for a value; undefined empties it. */
export const toCell = (value: Scalar, option: InputOption): Cell | undefined => {
  if (typeof value === 'number') return { kind: 'number', value };
  if (typeof value === 'boolean') return { kind: 'boolean', value };
  if (value.length > mostCharacters) {
    throw invalid(
      `Your input contains more than the maximum of ${mostCharacters} characters in a single cell.`,
    );
  }
  if (option === 'USER_ENTERED') return readEntered(value);
  return value === '' ? undefined : text(value);
};
