const TAB = '\t';

/**
 * A dictionary kept as a single string: lines of `key TAB value`, sorted by UTF-16 code units, one line per key. A
 * lookup costs some fifteen comparisons and building it one pass, whereas a Map of 30,000 keys takes 40 ms and five
 * times the memory.
 */
export const sortedLines = (text: string): ((key: string) => string | undefined) => {
  const starts = lineStarts(text);
  const lineAt = (row: number): string => text.slice(starts[row], starts[row + 1]! - 1);
  return (key) => {
    let low = 0;
    let high = starts.length - 2;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const line = lineAt(middle);
      const tab = line.indexOf(TAB);
      const found = line.slice(0, tab);
      if (found === key) return line.slice(tab + 1);
      if (found < key) low = middle + 1;
      else high = middle - 1;
    }
    return undefined;
  };
};

/** Where each line begins, and the position after the last line feed. */
const lineStarts = (text: string): readonly number[] => {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
};
