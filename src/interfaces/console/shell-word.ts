/** The text as one word of a line to copy into a POSIX shell, or zsh, to which the brackets of IPv6 are a pattern. */
export const shellWord = (text: string): string =>
  /^[A-Za-z0-9_./:@-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
