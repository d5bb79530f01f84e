import type { ServiceIdentifier } from 'inversify';

export type NamedParts<P extends object> = {
  /** What `toResolvedValue` asks the container for. */
  readonly ids: ServiceIdentifier[];
  /** What the container gave for these identifiers, by name. */
  readonly from: (values: readonly unknown[]) => P;
};

/**
 * Parts by their names, each with its identifier. The container gives them by position: in a long list two of one
 * type could change places, and it would still compile.
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
