const COMPLAINS = /\b(?:FATAL|PANIC|ERROR|HINT|error|could not|cannot|No space left)\b/;

const advice: readonly (readonly [RegExp, string])[] = [
  [
    /could not look up effective user ID/,
    'run it as a user that /etc/passwd names, or give a server by DATABASE_URL',
  ],
  [
    /No space left|Check free disk space|[Qq]uota exceeded/,
    'make room on the disk of DATA_DIR, or set another',
  ],
  [
    // The binary does exist: initdb runs it through a shell, in quotes within which these characters keep their
    // meaning.
    /not found in the same directory as ".*[$`"].*"$/,
    'move the project to a folder without $, ` and " in its path, or give a server by DATABASE_URL',
  ],
];

/** Picks the reason from the thirty or so lines of `initdb`; the whole output if no line gives a reason. */
export const initdbComplaint = (output: string): string => {
  const lines = output.split('\n').map((line) => line.trim());
  const complaints = lines.filter((line) => COMPLAINS.test(line));
  const told = complaints.length === 0 ? lines.filter((line) => line !== '') : complaints;
  const todo = advice.flatMap(([reason, what]) => (told.some((line) => reason.test(line)) ? [what] : []));
  return [...told, ...todo].join('; ');
};
