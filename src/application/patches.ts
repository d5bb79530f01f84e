import { canonicalJson, throughJson } from '../domain/shared/json.ts';
import type { InputProblem } from './input-problem.ts';

type Versioned = { readonly version: number; readonly updatedAt: number };

/**
 * A patch without effect creates no new version, so that every ETag already handed out stays valid. A re-sealed secret
 * counts as a change.
 */
export const changesNothing = <T extends Versioned>(current: T, next: T): boolean => {
  const { version, updatedAt } = current;
  return canonicalJson(throughJson({ ...next, version, updatedAt })) === canonicalJson(throughJson(current));
};

/** Callers know `baseUrl` as `base_url`. */
const onTheWire = (field: string): string => field.replaceAll(/[A-Z]/g, (at) => `_${at.toLowerCase()}`);

/**
 * A patch is validated together with the stored fields that it leaves unchanged, which may violate a rule that is newer
 * than they are. The hint tells the caller, who would look for such a field in the request in vain.
 */
export const toldOfStored = (
  problems: readonly InputProblem[],
  patch: { readonly [field: string]: unknown },
): readonly InputProblem[] => {
  const sent = new Set(Object.keys(patch).map(onTheWire));
  return problems.map((problem) => {
    // `rate_limit_*` are four fields in the API and one here; what is stored of them is always valid.
    const [, field = '', member] = problem.pointer.split('/', 3);
    if (sent.has(field) || field.startsWith('rate_limit_')) return problem;
    const hint = `stored like this, and not changed by this patch: send ${what(problem.pointer, field, member)}`;
    return { ...problem, detail: `${problem.detail} (${hint})` };
  });
};

/** Objects are merged, so sending the one member is enough; lists have to be sent as a whole. */
const what = (pointer: string, field: string, member: string | undefined): string =>
  member === undefined || /^\d+$/.test(member) ? `${field} too` : `${pointer.slice(1)} too, or null there`;
