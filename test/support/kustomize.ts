import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parse } from 'yaml';

type Plain = { [key: string]: unknown };
/** An object of Kubernetes. */
export type Manifest = Plain & {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Plain & { name: string };
};

type Kustomization = {
  readonly namespace?: string;
  readonly resources?: readonly string[];
  readonly components?: readonly string[];
  readonly images?: readonly { readonly name: string; readonly newTag: string }[];
  readonly configMapGenerator?: readonly {
    readonly name: string;
    readonly behavior?: 'merge';
    readonly literals: readonly string[];
  }[];
  readonly patches?: readonly { readonly path: string }[];
};

/** The fields that the manifests here use. Any other field must fail the test, or it would be ignored silently. */
const KNOWN: ReadonlySet<string> = new Set([
  'apiVersion',
  'kind',
  'namespace',
  'resources',
  'components',
  'images',
  'configMapGenerator',
  'patches',
]);

const isPlain = (value: unknown): value is Plain =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const readYaml = (file: string): unknown => parse(readFileSync(file, 'utf8'), { merge: true });

/**
 * Strategic merge as kustomize does it for containers: lists of named objects are merged by name, other lists replaced.
 */
const merged = (base: unknown, patch: unknown): unknown => {
  if (isPlain(base) && isPlain(patch)) {
    const keys = [...new Set([...Object.keys(base), ...Object.keys(patch)])];
    return Object.fromEntries(
      keys.map((key) => [key, key in patch ? merged(base[key], patch[key]) : base[key]]),
    );
  }
  const named = (list: unknown): list is Plain[] =>
    Array.isArray(list) && list.every((item) => isPlain(item) && 'name' in item);
  if (!named(base) || !named(patch)) return patch;
  const changed = base.map((item) => merged(item, patch.find(({ name }) => name === item['name']) ?? {}));
  return [...changed, ...patch.filter(({ name }) => !base.some((item) => item['name'] === name))];
};

const withData = (
  all: Manifest[],
  { name, behavior, literals }: NonNullable<Kustomization['configMapGenerator']>[number],
): void => {
  const data = Object.fromEntries(literals.map((literal) => literal.split(/=(.*)/s).slice(0, 2)));
  const known = all.find(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === name);
  if ((known !== undefined) !== (behavior === 'merge'))
    throw new Error(`ConfigMap ${name}: behavior ${behavior}`);
  if (known === undefined) all.push({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data });
  else Object.assign(known['data'] as Plain, data);
};

const withPatch = (all: Manifest[], patch: Manifest): void => {
  const index = all.findIndex(
    ({ kind, metadata }) => kind === patch.kind && metadata.name === patch.metadata.name,
  );
  const target = all[index];
  if (target === undefined) throw new Error(`nothing to patch: ${patch.kind} ${patch.metadata.name}`);
  all[index] = merged(target, patch) as Manifest;
};

const withImages = (value: unknown, images: NonNullable<Kustomization['images']>): unknown => {
  if (Array.isArray(value)) return value.map((item) => withImages(item, images));
  if (!isPlain(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => {
      const change =
        key === 'image' ? images.find(({ name }) => String(inner).startsWith(`${name}:`)) : undefined;
      return [key, change === undefined ? withImages(inner, images) : `${change.name}:${change.newTag}`];
    }),
  );
};

/**
 * The objects of a folder with a kustomization. This implements the small part of kustomize that ours use, so that a
 * test needs no binary. Generated names get no hash suffix. Where kubectl is installed, a test compares the two.
 */
export const kustomized = (folder: string): readonly Manifest[] => {
  const kustomization = readYaml(join(folder, 'kustomization.yaml')) as Kustomization;
  const unknown = Object.keys(kustomization).filter((key) => !KNOWN.has(key));
  if (unknown.length > 0) throw new Error(`not understood in ${folder}: ${unknown.join(', ')}`);
  const {
    namespace,
    resources = [],
    components = [],
    images = [],
    configMapGenerator = [],
    patches = [],
  } = kustomization;
  const all: Manifest[] = [...resources, ...components].flatMap((path) =>
    path.endsWith('.yaml') ? [readYaml(join(folder, path)) as Manifest] : kustomized(join(folder, path)),
  );
  for (const generator of configMapGenerator) withData(all, generator);
  for (const { path } of patches) withPatch(all, readYaml(join(folder, path)) as Manifest);
  const result = withImages(all, images) as Manifest[];
  for (const manifest of result) if (namespace !== undefined) manifest.metadata['namespace'] = namespace;
  return result;
};

export const manifestFolder = (name: string): string =>
  join(dirname(import.meta.dirname), '..', 'ops/kubernetes', name);
