/**
 * Sets the value and moves it to the end of the map. If `most` others are in the map, the first is evicted: it is the
 * least recently put one.
 */
export const putLast = <A>(entries: Map<string, A>, key: string, value: A, most: number): void => {
  entries.delete(key);
  if (entries.size >= most) entries.delete(entries.keys().next().value ?? '');
  entries.set(key, value);
};
