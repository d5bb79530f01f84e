import { nameOfStep } from '../../shared/json-pointer.ts';

/**
 * Paths into a body: `data.object.id`, `items.0.id`, the same after `$.`, or a JSON pointer (`/data/object/id`) for
 * names that contain a full stop or a bracket. Only own members are found, so `__proto__` and `length` lead nowhere.
 */
const LONGEST_PATH = 255;
const MOST_STEPS = 16;
const INDEX = /^(?:0|[1-9]\d{0,5})$/;
/**
 * Characters of JSONPath expressions, which are not supported: taken as part of a name they would never match. A name
 * that contains one can be reached by a JSON pointer.
 */
const RICHER = /[[\]()*?'"]|^\$$/;
/** RFC 6901 defines only `~0` and `~1`. */
const HALF_ESCAPE = /~(?![01])/;

/** Undefined when the text is not a valid path. */
export const pathSteps = (path: string): readonly string[] | undefined => {
  if (path.length > LONGEST_PATH) return undefined;
  const isPointer = path.startsWith('/');
  if ((isPointer ? HALF_ESCAPE : RICHER).test(path)) return undefined;
  const steps = isPointer
    ? path.slice(1).split('/').map(nameOfStep)
    : (path.startsWith('$.') ? path.slice(2) : path).split('.');
  return steps.length > MOST_STEPS || steps.includes('') ? undefined : steps;
};

export const valueAt = (body: unknown, path: string): unknown => {
  const steps = pathSteps(path);
  if (steps === undefined) return undefined;
  let value = body;
  for (const step of steps) value = memberOf(value, step);
  return value;
};

export const memberOf = (value: unknown, step: string): unknown => {
  if (Array.isArray(value)) return INDEX.test(step) ? value[Number(step)] : undefined;
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined;
  return (value as { readonly [name: string]: unknown })[step];
};

/**
 * The text of strings, booleans and whole numbers. A number beyond 2^53 has lost digits, so two ids could become equal:
 * it is treated as missing here, see body-texts.ts.
 */
export const textOf = (value: unknown): string | undefined => {
  if (typeof value === 'string') return value;
  return typeof value === 'boolean' || Number.isSafeInteger(value) ? String(value) : undefined;
};
