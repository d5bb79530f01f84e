/** Lists and objects in one answer: a million rows of a sheet. Empty ones take twenty times as much memory as text. */
const MOST = 1_000_000;
const [QUOTE, BACKSLASH, BRACKET, BRACE] = [0x22, 0x5c, 0x5b, 0x7b];

/** Whether JSON contains more lists and objects than memory allows; checked before it is parsed. */
export const isCrowded = (text: string): boolean => text.length > 2 * MOST && opensMoreThan(text, MOST);

/** Compares character codes and skips from quote to quote, in a tenth of the time that comparing characters takes. */
const opensMoreThan = (text: string, most: number): boolean => {
  let count = 0;
  for (let at = 0; at < text.length && count <= most; at += 1) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) at = endOfText(text, at);
    else if (code === BRACKET || code === BRACE) count += 1;
  }
  return count > most;
};

const endOfText = (text: string, start: number): number => {
  let end = text.indexOf('"', start + 1);
  while (end !== -1 && isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end === -1 ? text.length : end;
};

/** An even number of backslashes escapes nothing that follows. */
const isEscaped = (text: string, at: number): boolean => {
  let start = at;
  while (text.charCodeAt(start - 1) === BACKSLASH) start -= 1;
  return (at - start) % 2 === 1;
};
