/** A word as it was written. `gap`: a comma, a bracket or the like stands before it. `dot`: a dot stands after it. */
export type Piece = { readonly text: string; readonly dot: boolean; readonly gap: boolean };

/** The last three are commas of Arabic and Japanese. */
const SEPARATORS = String.raw`,;:()[\]{}|•·!?*_\u060C\u061B\u3001`;
const OTHERS = String.raw`[^\s.${SEPARATORS}]+`;
const WORD = new RegExp(String.raw`${OTHERS}(?:(?<=\d)\.(?=\d)${OTHERS})*|[.${SEPARATORS}]`, 'g');
const SEPARATOR = new RegExp(`^[${SEPARATORS}]$`);
const MARKS_INSIDE = /[-/']/;
const LEADING_MARKS = /^[-/']+/;
const TRAILING_MARKS = /[-/']+$/;
const TRAILING_JOINTS = /[-/]+$/;

export const addressPieces = (text: string): readonly Piece[] => {
  const found: Piece[] = [];
  let gap = true;
  let last: { text: string; dot: boolean; gap: boolean } | undefined;
  for (const [part] of text.matchAll(WORD)) {
    if (part === '.') {
      if (last !== undefined) last.dot = true;
    } else if (SEPARATOR.test(part)) {
      gap = true;
      last = undefined;
    } else {
      const word = MARKS_INSIDE.test(part) ? bare(part) : part;
      if (word === '') continue;
      last = { text: word, dot: false, gap };
      found.push(last);
      gap = false;
    }
  }
  return found;
};

/** Without loose hyphens and slashes; a quotation 'like this' loses its marks, a letter's apostrophe stays. */
const bare = (text: string): string => {
  const start = text.replace(LEADING_MARKS, '');
  return start.replace(text.startsWith("'") ? TRAILING_MARKS : TRAILING_JOINTS, '');
};
