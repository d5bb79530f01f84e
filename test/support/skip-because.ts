import type { Context } from 'mocha';

/**
 * Skips a test, from within it or from a `beforeEach`, and puts the reason in its line of the report: a skipped test
 * without a reason looks like one that passed. Only for what a machine may lack and this project cannot install: an
 * operating system other than Linux, no root for apt, no kubectl. As root on Debian with kubectl, nothing is skipped.
 */
export const skipBecause = (context: Context, reason: string): never => {
  const test = context.currentTest ?? context.test;
  if (test !== undefined) test.title += ` (left out: ${reason})`;
  return context.skip();
};
