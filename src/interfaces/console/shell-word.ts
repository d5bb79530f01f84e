/** Quotes the text as one word for a POSIX shell or zsh, where the brackets of IPv6 would be a pattern. */
export const shellWord = (text: string): string =>
  /^[A-Za-z0-9_./:@-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
