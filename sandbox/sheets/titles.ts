const quoted = /^'(?:[^']|'')*'$/u;
const cellLike = /^(?:[a-z]{1,3}[0-9]+|r[0-9]*(?:c[0-9]*)?|c[0-9]*)$/iu;
const identifier = /^[a-z_][a-z0-9_]*$/iu;

export const isQuoted = (text: string): boolean => text.length > 2 && quoted.test(text);

export const looksLikeCell = (title: string): boolean => cellLike.test(title);

/** Google's answers quote every title except an ASCII identifier that does not look like a cell. */
export const quoteTitle = (title: string): string =>
  identifier.test(title) && !looksLikeCell(title) ? title : `'${title.replaceAll("'", "''")}'`;

/** The title that a range names before its `!`; undefined if it cannot be a title. */
export const readTitle = (text: string): string | undefined => {
  if (isQuoted(text)) return text.slice(1, -1).replaceAll("''", "'");
  // A title that looks like a cell or begins with an apostrophe must be quoted.
  if (text === '' || text.startsWith("'") || text.trim() !== text || looksLikeCell(text)) return undefined;
  return text;
};

export const sameTitle = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();
