import { Parameters } from './parameters.ts';
import type { Workbook } from './workbook.ts';

export type MethodCall = {
  readonly target: string;
  readonly query: URLSearchParams;
  readonly body: Readonly<Record<string, unknown>>;
};

/** Done at once, or a second step that is done some time later on the workbook as it is then. */
export type Done = { readonly answer: unknown; readonly overwrittenRows?: number };
export type Later = { readonly sheetId: number; readonly later: (workbook: Workbook) => Done };

/** On a copy of the workbook, which takes the place of the old one unless something is thrown. */
export type Run = (workbook: Workbook) => Done | Later;

export type Method = {
  readonly kind: 'read' | 'write';
  readonly parameters: readonly string[];
  /** Reads all that has a type; what it returns reads the ranges. That is the order in which Google refuses. */
  readonly prepare: (call: MethodCall) => Run;
};

/** Typed values of a body. */
export const inBody = ({ body }: MethodCall): Parameters => new Parameters((name) => body[name]);
