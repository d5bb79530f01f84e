/** Puts it behind all others. Of more than `most` the first is forgotten: nobody has put that one for longest. */
export const putLast = <A>(entries: Map<string, A>, key: string, value: A, most: number): void => {
  entries.delete(key);
  if (entries.size >= most) entries.delete(entries.keys().next().value ?? '');
  entries.set(key, value);
};
