/**
 * One validation error of a request: a JSON pointer into the body and a sentence. With `parameter`, the error is in a
 * path or query parameter of that name, and the pointer holds only the name.
 */
export type InputProblem = {
  readonly pointer: string;
  readonly detail: string;
  readonly parameter?: string;
};

/** All validation errors of one request together; `more` is the number of further ones that are not listed. */
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
/** A path or query parameter is not a field of the body, even if both have the same name. */
const isOfBody = ({ parameter }: InputProblem): boolean => parameter === undefined;

/**
 * Whether a field of the body is invalid. A harmless placeholder then stands in for its value so that the other fields
 * could be checked, and no conclusion may be drawn from it.
 */
export const isWrong = (problems: readonly InputProblem[], field: string): boolean =>
  problems.some((problem) => isOfBody(problem) && fieldOf(problem) === field);

/**
 * Adds to the known problems those of `found` that are not just consequences: problems of a field that is invalid
 * anyway, or that depends on an invalid `service_type` or `source_service`, are left out.
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
