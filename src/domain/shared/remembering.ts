/** Characters. Longer texts are rare, and would make the memory of what is remembered hard to foresee. */
const LONGEST = 400;

/**
 * A pure function of a text that remembers its answers for the `most` to twice `most` texts asked last. Two
 * generations instead of a list of recent use: forgetting costs nothing, and what is asked again stays.
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
