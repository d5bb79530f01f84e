/** In characters. Longer texts are not memoised: they are rare, and would make the memory use hard to predict. */
const LONGEST = 400;

/**
 * Memoises a pure function of a text for the last `most` to 2 × `most` texts. Two generations approximate an LRU cache:
 * eviction costs nothing, and a text that is asked for again survives.
 */
export const remembering = <A>(answerTo: (text: string) => A, most: number): ((text: string) => A) => {
  let young = new Map<string, A>();
  let old = new Map<string, A>();
  const keep = (text: string, answer: A): A => {
    if (young.size === most) {
      old = young;
      young = new Map();
    }
    young.set(text, answer);
    return answer;
  };
  return (text) => {
    if (text.length > LONGEST) return answerTo(text);
    const known = young.get(text);
    if (known !== undefined) return known;
    return keep(text, old.get(text) ?? answerTo(text));
  };
};
