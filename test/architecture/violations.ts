import { posix } from 'node:path';
import { importsOf } from './imports-of.ts';
import { confined, layers, type Layer } from './layers.ts';

const startsWithAny = (path: string, starts: readonly string[]): boolean =>
  starts.some((start) => path.startsWith(start));

const layerOf = (file: string): Layer | undefined =>
  layers.find(({ folders }) => startsWithAny(file, folders));

const packageAllowed = (name: string, allowed: Layer['mayImportPackages']): boolean =>
  allowed === 'any' ||
  allowed.some(
    (one) =>
      name === one ||
      (one.endsWith(':') && name.startsWith(one)) ||
      (!one.includes('/') && name.startsWith(`${one}/`)),
  );

const problemWith = (file: string, layer: Layer, named: string): string | undefined => {
  if (named.startsWith('.')) {
    const target = posix.normalize(posix.join(posix.dirname(file), named));
    if (target === 'package.json') return undefined;
    const allowed =
      startsWithAny(target, layer.mayImportFolders) && !startsWithAny(target, layer.refusedFiles ?? []);
    return allowed ? undefined : `${layer.name} may not import ${target}`;
  }
  const home = Object.entries(confined).find(([name]) => named === name || named.startsWith(`${name}/`))?.[1];
  if (home !== undefined && !file.startsWith(home)) return `${named} belongs to ${home} alone`;
  return packageAllowed(named, layer.mayImportPackages) ? undefined : `${layer.name} may not import ${named}`;
};

/** What is wrong with the imports of one file, given where it stands in the tree. */
export const violationsOf = (file: string, source: string): readonly string[] => {
  const layer = layerOf(file);
  if (layer === undefined) return [`${file} belongs to no layer`];
  return importsOf(source).flatMap((named) => problemWith(file, layer, named) ?? []);
};
