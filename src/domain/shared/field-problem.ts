/** One validation error of an object: a JSON pointer to the field and a sentence, which never quotes a secret. */
export type FieldProblem = { readonly pointer: string; readonly detail: string };
