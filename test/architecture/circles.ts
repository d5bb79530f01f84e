/** Which file imports which. */
export type Imports = ReadonlyMap<string, readonly string[]>;

/**
 * Files that import each other in a circle, or lie between two circles: what is left when nobody is left out any more
 * who imports nothing, or whom nobody imports.
 */
export const inCircles = (imports: Imports): readonly string[] => {
  const wanted = new Set([...imports.values()].flat());
  const left = [...imports]
    .map(([file, targets]) => [file, targets.filter((target) => imports.has(target))] as const)
    .filter(([file, targets]) => wanted.has(file) && targets.length > 0);
  return left.length === imports.size ? left.map(([file]) => file).toSorted() : inCircles(new Map(left));
};
