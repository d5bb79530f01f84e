import { Parameters } from './parameters.ts';
import type { Workbook } from './workbook.ts';

export type MethodCall = {
  readonly target: string;
  readonly query: URLSearchParams;
  readonly body: Readonly<Record<string, unknown>>;
};

/** Done at once, or a second step to be run some time later on the workbook as it is then. */
export type Done = { readonly answer: unknown; readonly overwrittenRows?: number };
export type Later = { readonly sheetId: number; readonly later: (workbook: Workbook) => Done };

/** Runs on a copy of the workbook, which replaces the old one unless something is thrown. */
export type Run = (workbook: Workbook) => Done | Later;

export type Method = {
  readonly kind: 'read' | 'write';
  readonly parameters: readonly string[];
  /** Parses everything typed; the function it returns resolves the ranges. Google refuses in the same order. */
  readonly prepare: (call: MethodCall) => Run;
};

/** Typed values of a body. */
export const inBody = ({ body }: MethodCall): Parameters => new Parameters((name) => body[name]);
