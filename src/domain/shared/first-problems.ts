import type { FieldProblem } from './field-problem.ts';

/** A body of 1 MiB can hold 100,000 unknown fields; nobody reads that many sentences. */
export const MOST_PROBLEMS = 200;

/** The first things wrong with what was given; `more`: so many others are only counted. */
export type FirstProblems = { readonly problems: readonly FieldProblem[]; readonly more: number };

export type ProblemList = {
  /** Pointers may be long: one is made for those that are told. */
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
