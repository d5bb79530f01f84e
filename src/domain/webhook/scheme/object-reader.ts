import type { FieldProblem } from '../../shared/field-problem.ts';
import { pointerStep } from '../../shared/json-pointer.ts';
import { isJsonObject } from '../../shared/json.ts';

/** Reads the fields of one JSON object and collects all problems with them. Null counts as absent. */
export type ObjectReader = {
  /** A single line. */
  readonly text: (name: string, most: number) => string | undefined;
  /** A text that may contain line breaks. */
  readonly lines: (name: string, most: number) => string | undefined;
  readonly choice: <T extends string>(name: string, choices: readonly T[]) => T | undefined;
  readonly flag: (name: string) => boolean | undefined;
  readonly integer: (name: string, least: number, most: number) => number | undefined;
  readonly object: (name: string) => ObjectReader | undefined;
  readonly has: (name: string) => boolean;
  readonly problem: (name: string, detail: string) => void;
  /** To be called last: fields that were not read are unknown, and reported as mistakes. */
  readonly refuseOthers: (detail: string) => void;
};

export type Fields = { readonly [name: string]: unknown };

// oxlint-disable-next-line no-control-regex -- control characters are what it looks for
const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/;
const LINE_END = /[\r\n]/;

export const objectReader = (fields: Fields, pointer: string, problems: FieldProblem[]): ObjectReader => {
  const asked = new Set<string>();
  const problem = (name: string, detail: string): void =>
    void problems.push({ pointer: `${pointer}/${name}`, detail });
  const valueOf = (name: string): unknown => {
    asked.add(name);
    return Object.hasOwn(fields, name) ? (fields[name] ?? undefined) : undefined;
  };
  const read = <T>(name: string, fits: (value: unknown) => value is T, detail: string): T | undefined => {
    const value = valueOf(name);
    if (value === undefined || fits(value)) return value;
    problem(name, detail);
    return undefined;
  };
  return {
    text: (name, most) => read(name, isLine(most), `one line without control characters, at most ${most}`),
    lines: (name, most) => read(name, isText(most), `text without control characters, at most ${most}`),
    choice: <T extends string>(name: string, choices: readonly T[]) =>
      read(name, (v): v is T => (choices as readonly unknown[]).includes(v), `one of ${choices.join(', ')}`),
    flag: (name) => read(name, (v) => typeof v === 'boolean', 'true or false'),
    integer: (name, least, most) => read(name, isInteger(least, most), `an integer from ${least} to ${most}`),
    object: (name) => {
      const value = read(name, isJsonObject, 'an object');
      return value && objectReader(value, `${pointer}/${name}`, problems);
    },
    has: (name) => valueOf(name) !== undefined,
    problem,
    refuseOthers: (detail) => {
      for (const [name, value] of Object.entries(fields))
        if (!asked.has(name) && value !== null) problem(pointerStep(name), detail);
    },
  };
};

const isText =
  (most: number) =>
  (value: unknown): value is string =>
    typeof value === 'string' && value.length <= most && !CONTROL.test(value) && value.isWellFormed();

const isLine =
  (most: number) =>
  (value: unknown): value is string =>
    isText(most)(value) && !LINE_END.test(value);

const isInteger =
  (least: number, most: number) =>
  (value: unknown): value is number =>
    Number.isSafeInteger(value) && Number(value) >= least && Number(value) <= most;
