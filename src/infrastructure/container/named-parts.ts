import type { ServiceIdentifier } from 'inversify';

export type NamedParts<P extends object> = {
  /** Identifiers to be passed to `toResolvedValue`. */
  readonly ids: ServiceIdentifier[];
  /** The resolved values, by name. */
  readonly from: (values: readonly unknown[]) => P;
};

/**
 * Dependencies by name, each with its identifier. The container passes them by position: in a long list two of the same
 * type could be swapped, and it would still compile.
 */
export const namedParts = <P extends object>(parts: {
  readonly [Name in keyof P]: ServiceIdentifier<P[Name]>;
}): NamedParts<P> => {
  const names = Object.keys(parts) as (keyof P & string)[];
  return {
    ids: names.map((name) => parts[name]),
    from: (values) => Object.fromEntries(names.map((name, index) => [name, values[index]])) as P,
  };
};
