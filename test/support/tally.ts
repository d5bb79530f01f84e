/** The counts in the closing line that test/reporter.cjs prints for a run of mocha. */
export type Tally = { readonly passed: number; readonly failed: number; readonly skipped: number };

const CLOSING_LINE = /^(\d+) passed, (\d+) failed, (\d+) skipped\n?/gm;
/** The heading of mocha's list of failures, after all tests. */
const LIST_OF_FAILURES = /^ {2}\d+ failing$/m;

export const NOTHING: Tally = { passed: 0, failed: 0, skipped: 0 };

export const sumOf = (one: Tally, other: Tally): Tally => ({
  passed: one.passed + other.passed,
  failed: one.failed + other.failed,
  skipped: one.skipped + other.skipped,
});

export const closingLine = ({ passed, failed, skipped }: Tally): string =>
  `${passed} passed, ${failed} failed, ${skipped} skipped\n`;

/**
 * Reads the closing line from the output of a run. A run that failed without counting a failure, because it was killed
 * or found no file to load, counts as one failure.
 */
export const readRun = (
  output: string,
  code: number | null,
): { readonly said: string; readonly tally: Tally } => {
  const line = [...output.matchAll(CLOSING_LINE)].at(-1);
  const [passed = 0, failed = 0, skipped = 0] = (line?.slice(1) ?? []).map(Number);
  const said =
    line === undefined ? output : output.slice(0, line.index) + output.slice(line.index + line[0].length);
  return { said, tally: { passed, failed: code === 0 ? failed : Math.max(failed, 1), skipped } };
};

/** Mocha's list of failures, or the whole output if there is none. */
export const failuresIn = (said: string): string => said.slice(Math.max(0, said.search(LIST_OF_FAILURES)));
