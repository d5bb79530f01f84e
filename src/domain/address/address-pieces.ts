/** A word as written. `gap`: a separator such as a comma or bracket precedes it. `dot`: a dot follows it. */
export type Piece = { readonly text: string; readonly dot: boolean; readonly gap: boolean };
type WritablePiece = { text: string; dot: boolean; readonly gap: boolean };

/** The last three are Arabic and Japanese commas. */
const SEPARATORS = String.raw`,;:()[\]{}|•·!?*_\u060C\u061B\u3001`;
const OTHERS = String.raw`[^\s.${SEPARATORS}]+`;
const WORD = new RegExp(String.raw`${OTHERS}(?:(?<=\d)\.(?=\d)${OTHERS})*|[.${SEPARATORS}]`, 'g');
const SEPARATOR = new RegExp(`^[${SEPARATORS}]$`);
const MARKS_INSIDE = /[-/']/;
const LEADING_MARKS = /^[-/']+/;
const TRAILING_JOINTS = /[-/]+$/;
const OPENING_QUOTE = /^'+/;
const CLOSING_QUOTE = /'+$/;
/** oʻ and gʻ, letters with which an Uzbek word may end. */
const LETTER_MARK = /[og]'+$/;

type Quotation = { readonly from: number; readonly marks: number };

export const addressPieces = (text: string): readonly Piece[] => {
  const found: WritablePiece[] = [];
  let gap = true;
  let last: WritablePiece | undefined;
  let quotation: Quotation | undefined;
  for (const [part] of text.matchAll(WORD)) {
    if (part === '.') {
      if (last !== undefined) last.dot = true;
    } else if (SEPARATOR.test(part)) {
      if (quotation !== undefined) endQuotation(found, quotation);
      [gap, last, quotation] = [true, undefined, undefined];
    } else {
      const word = MARKS_INSIDE.test(part) ? bare(part) : part;
      if (word === '') continue;
      const [marks] = OPENING_QUOTE.exec(part) ?? [];
      if (marks !== undefined) quotation ??= { from: found.length, marks: marks.length };
      last = { text: word, dot: false, gap };
      found.push(last);
      gap = false;
    }
  }
  if (quotation !== undefined) endQuotation(found, quotation);
  return found;
};

/** Strips leading and trailing hyphens and slashes, and leading apostrophes. */
const bare = (text: string): string => text.replace(LEADING_MARKS, '').replace(TRAILING_JOINTS, '');

/**
 * Removes the quotation marks around 'one' or 'several words', but keeps the apostrophe that belongs to an Uzbek
 * letter.
 */
const endQuotation = (pieces: readonly WritablePiece[], { from, marks }: Quotation): void => {
  const quoted = pieces.slice(from);
  const end = [quoted[0], ...quoted.toReversed()].find((piece) => piece?.text.endsWith("'") === true);
  const [closing] = CLOSING_QUOTE.exec(end?.text ?? '') ?? [];
  if (end === undefined || closing === undefined) return;
  const letters = closing.length <= marks && LETTER_MARK.test(end.text) ? 1 : 0;
  const going = Math.min(marks, closing.length - letters);
  end.text = end.text.slice(0, end.text.length - going).replace(TRAILING_JOINTS, '');
};
