const quoted = /^'(?:[^']|'')*'$/u;
const cellLike = /^(?:[a-z]{1,3}[0-9]+|r[0-9]*(?:c[0-9]*)?|c[0-9]*)$/iu;
const identifier = /^[a-z_][a-z0-9_]*$/iu;

export const isQuoted = (text: string): boolean => text.length > 2 && quoted.test(text);

export const looksLikeCell = (title: string): boolean => cellLike.test(title);

/** The echo quotes everything but an ASCII identifier that is no cell. */
export const quoteTitle = (title: string): string =>
  identifier.test(title) && !looksLikeCell(title) ? title : `'${title.replaceAll("'", "''")}'`;

/** The title a range names before its `!`, or undefined where it cannot be one. */
export const readTitle = (text: string): string | undefined => {
  if (isQuoted(text)) return text.slice(1, -1).replaceAll("''", "'");
  // A title that looks like a cell has to be quoted; so has one that begins with an apostrophe.
  if (text === '' || text.startsWith("'") || text.trim() !== text || looksLikeCell(text)) return undefined;
  return text;
};

export const sameTitle = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();
