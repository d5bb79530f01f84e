/**
 * One thing wrong with what a caller sent: a JSON pointer into the body and a sentence. `parameter`: it stands in the
 * path or the query, under this name, and the pointer has nothing but the name.
 */
export type InputProblem = {
  readonly pointer: string;
  readonly detail: string;
  readonly parameter?: string;
};

/** All problems of one request at once; `more`: so many are not among them, for nobody reads that many. */
export type InvalidInput = {
  readonly kind: 'invalid-input';
  readonly problems: readonly InputProblem[];
  readonly more?: number;
};

export const invalidInput = (...problems: readonly InputProblem[]): InvalidInput => ({
  kind: 'invalid-input',
  problems,
});

const fieldOf = ({ pointer }: InputProblem): string | undefined => pointer.split('/', 2)[1];
/** A parameter of path or query is no field of the body, though it may have the name of one. */
const isOfBody = ({ parameter }: InputProblem): boolean => parameter === undefined;

/**
 * Something harmless was put in place of such a field, so that the others could be checked: nothing
 * follows from its value.
 */
export const isWrong = (problems: readonly InputProblem[], field: string): boolean =>
  problems.some((problem) => isOfBody(problem) && fieldOf(problem) === field);

/**
 * Problems known before, and those of `found` that are news: what is said of a field that is wrong anyway, or
 * follows from a `service_type` or `source_service` that is, helps nobody.
 */
export const together = (
  known: readonly InputProblem[],
  found: readonly InputProblem[],
): readonly InputProblem[] => {
  if (known.length === 0) return found;
  const wrong = new Set(known.filter(isOfBody).map(fieldOf));
  if (wrong.has('service_type')) wrong.add('provider');
  if (wrong.has('source_service'))
    for (const field of ['scheme', 'secret_key', 'public_key', 'public_url']) wrong.add(field);
  return [...known, ...found.filter((problem) => !wrong.has(fieldOf(problem)))];
};
