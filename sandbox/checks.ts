import { isRecord } from './stand-in.ts';

/** Whether a value of a patch is valid. */
export type Check = (value: unknown) => boolean;
export type Checks = Readonly<Record<string, Check>>;

export const flag: Check = (value) => typeof value === 'boolean';
export const finite: Check = (value) => typeof value === 'number' && Number.isFinite(value);
export const amount: Check = (value) => finite(value) && Number(value) >= 0;

export const oneOf =
  (words: readonly string[]): Check =>
  (value) =>
    typeof value === 'string' && words.includes(value);

export const orNull =
  (check: Check): Check =>
  (value) =>
    value === null || check(value);

export const listOf =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check);

export const shaped =
  (fields: Checks, required: readonly string[] = []): Check =>
  (value) =>
    isRecord(value) && required.every((name) => name in value) && unfit(fields, value).length === 0;

/** Names of fields that are unknown or have invalid values. */
export const unfit = (fields: Checks, value: Readonly<Record<string, unknown>>): readonly string[] =>
  Object.keys(value).filter((name) => !(fields[name]?.(value[name]) ?? false));
