import type { FieldProblem } from './field-problem.ts';

/** Limit of reported errors: a body of 1 MiB can hold 100,000 unknown fields, and nobody reads that many. */
export const MOST_PROBLEMS = 200;

/** The first validation errors; `more` is the number of others, which are only counted. */
export type FirstProblems = { readonly problems: readonly FieldProblem[]; readonly more: number };

export type ProblemList = {
  /** `pointer` is a function because pointers may be long: it is called only for errors that are reported. */
  readonly add: (pointer: () => string, detail: string) => void;
  readonly found: () => FirstProblems;
};

export const firstProblems = (): ProblemList => {
  const problems: FieldProblem[] = [];
  let more = 0;
  return {
    add: (pointer, detail) => {
      if (problems.length < MOST_PROBLEMS) problems.push({ pointer: pointer(), detail });
      else more += 1;
    },
    found: () => ({ problems, more }),
  };
};
