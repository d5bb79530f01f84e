/** Ends a command that cannot be carried out, with the reason. */
export const fail = (lines: readonly string[], code: number): never => {
  process.stderr.write(`${lines.join('\n')}\n`);
  process.exit(code);
};

/** For unexpected errors. */
export const failWith = (error: unknown): never =>
  fail([error instanceof Error ? error.message : String(error)], 1);
