/** One thing wrong with what a caller sent: a JSON pointer into the body and a sentence. */
export type InputProblem = { readonly pointer: string; readonly detail: string };

/** All problems of one request at once. */
export type InvalidInput = { readonly kind: 'invalid-input'; readonly problems: readonly InputProblem[] };

export const invalidInput = (...problems: readonly InputProblem[]): InvalidInput => ({
  kind: 'invalid-input',
  problems,
});
