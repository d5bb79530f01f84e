/** Caches up to `most` results of a pure function and then starts empty again: load tests repeat their addresses. */
export const memo = <Result>(most: number, compute: (text: string) => Result): ((text: string) => Result) => {
  const known = new Map<string, Result>();
  return (text) => {
    const found = known.get(text);
    if (found !== undefined) return found;
    const result = compute(text);
    if (known.size >= most) known.clear();
    known.set(text, result);
    return result;
  };
};
