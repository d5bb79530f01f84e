import { left, right, type Either } from '../src/domain/shared/fp.ts';

/**
 * The named parts, or all, in their standard order. An unknown name is an error: otherwise it would silently measure
 * nothing.
 */
export const chosenParts = <P>(
  named: readonly string[],
  parts: Readonly<Record<string, P>>,
): Either<readonly string[], readonly P[]> => {
  const unknown = named.filter((name) => !Object.hasOwn(parts, name));
  if (unknown.length > 0)
    return left([
      ...unknown.map((name) => `${name}: no such part`),
      `usage: npm run bench [-- <part> ...]   parts: ${Object.keys(parts).join(', ')}`,
    ]);
  const chosen = Object.entries(parts).filter(([name]) => named.length === 0 || named.includes(name));
  return right(chosen.map(([, part]) => part));
};
