/**
 * One thing wrong with an object that was given: a JSON pointer into it and a sentence, which never quotes a secret.
 */
export type FieldProblem = { readonly pointer: string; readonly detail: string };
