import type { Context } from 'mocha';

/**
 * Leaves a test out, from within it or from what runs before each, and has its line in the report say why: a skipped
 * test that says nothing looks like one that passed. For what a machine may lack and this project cannot bring to it:
 * another system than Linux, no root for apt, no kubectl. Root on Debian with kubectl leaves nothing out.
 */
export const skipBecause = (context: Context, reason: string): never => {
  const test = context.currentTest ?? context.test;
  if (test !== undefined) test.title += ` (left out: ${reason})`;
  return context.skip();
};
