/** After the reason for its end, a server reports the consequences. */
const COMPLAINS = /^(?:FATAL|PANIC|ERROR|DETAIL):|could not|insufficient/;

const advice: readonly (readonly [RegExp, string])[] = [
  [
    /database files are incompatible/,
    'The release that created these files can still read them: dump the database there and restore it into a server of ' +
      'your own (DATABASE_URL), or set another DATA_DIR to start empty.',
  ],
  [
    /No space left|Check free disk space|[Qq]uota exceeded/,
    'Make room on the disk of DATA_DIR, or move that folder to a larger one; it holds all stored data.',
  ],
  [/insufficient file descriptors/, 'Raise the limit of open files (ulimit -n).'],
];

/**
 * Picks the reason why a server did not start from its output, with advice; the whole output if no line gives a reason.
 */
export const serverComplaint = (said: readonly string[]): string => {
  const complaints = said.filter((line) => COMPLAINS.test(line));
  const todo = advice.flatMap(([reason, what]) => (said.some((line) => reason.test(line)) ? [what] : []));
  return [...(complaints.length === 0 ? said : complaints), ...todo].join('\n');
};
