/**
 * Does the work for each item, one after the other. A failure does not stop the others; the first error is thrown at
 * the end.
 */
export const eachByItself = async <T>(
  items: readonly T[],
  work: (item: T) => Promise<unknown>,
): Promise<void> => {
  const failures: unknown[] = [];
  for (const item of items) await work(item).catch((error: unknown) => failures.push(error));
  if (failures.length > 0) throw failures[0];
};
