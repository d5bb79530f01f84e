import { canonicalJson, throughJson } from '../domain/shared/json.ts';
import type { InputProblem } from './input-problem.ts';

type Versioned = { readonly version: number; readonly updatedAt: number };

/** Then there is no new version: whoever holds the ETag holds the newest one. A secret sealed anew is a change. */
export const changesNothing = <T extends Versioned>(current: T, next: T): boolean => {
  const { version, updatedAt } = current;
  return canonicalJson(throughJson({ ...next, version, updatedAt })) === canonicalJson(throughJson(current));
};

/** `baseUrl` is called `base_url` by whoever sends it. */
const onTheWire = (field: string): string => field.replaceAll(/[A-Z]/g, (at) => `_${at.toLowerCase()}`);

/**
 * A patch is judged together with all that it leaves as it is, and a rule may be younger than what is stored: whoever
 * did not send a field would look for it in the request in vain.
 */
export const toldOfStored = (
  problems: readonly InputProblem[],
  patch: { readonly [field: string]: unknown },
): readonly InputProblem[] => {
  const sent = new Set(Object.keys(patch).map(onTheWire));
  return problems.map((problem) => {
    // Four fields on the wire and one here; what is stored of them is never wrong.
    const [, field = '', member] = problem.pointer.split('/', 3);
    if (sent.has(field) || field.startsWith('rate_limit_')) return problem;
    const hint = `stored so, and left so by this patch: send ${what(problem.pointer, field, member)}`;
    return { ...problem, detail: `${problem.detail} (${hint})` };
  });
};

/** Objects are merged, so that one member will do; lists are not. */
const what = (pointer: string, field: string, member: string | undefined): string =>
  member === undefined || /^\d+$/.test(member) ? `${field} too` : `${pointer.slice(1)} too, or null there`;
