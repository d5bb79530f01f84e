/** The text as one word of a line to copy into a POSIX shell. */
export const shellWord = (text: string): string =>
  /^[A-Za-z0-9_./:@-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
