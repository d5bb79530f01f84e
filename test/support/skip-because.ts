import type { Context } from 'mocha';

/**
 * Leaves a test out, from within it or from what runs before each, and has its line in the report say why: a skipped
 * test that says nothing looks like one that passed.
 */
export const skipBecause = (context: Context, reason: string): never => {
  const test = context.currentTest ?? context.test;
  if (test !== undefined) test.title += ` (left out: ${reason})`;
  return context.skip();
};
