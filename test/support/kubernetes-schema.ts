import type { Manifest } from './kustomize.ts';

type Problem = { readonly instancePath: string; readonly keyword: string; readonly params: object };
type Validate = ((data: unknown) => boolean) & { readonly errors?: readonly Problem[] | null };

const title = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** Validators compiled from the OpenAPI document of Kubernetes, and from the definitions of the Prometheus operator. */
const validatorOf = async ({ apiVersion, kind }: Manifest): Promise<Validate> => {
  const [version = '', group = 'core'] = apiVersion.split('/').toReversed();
  const isOperators = group === 'monitoring.coreos.com';
  const home = import.meta.resolve(
    isOperators ? '@kubernetes-models/prometheus-operator' : 'kubernetes-models',
  );
  const prefix = isOperators
    ? 'ComGithubPrometheusOperatorPrometheusOperatorPkgApisMonitoring'
    : `IoK8sApi${title(group.split('.')[0] ?? '')}`;
  const file = new URL(`./_schemas/${prefix}${title(version)}${kind}.js`, home);
  return ((await import(file.href)) as { readonly validate: Validate }).validate;
};

/**
 * A proxy that records which keys were read. The validators ignore unknown keys; the API server does not, and somebody
 * who wrote `readOnlyRootFileSystem` would believe that it takes effect.
 */
const watched = (value: unknown, path: string, unseen: Set<string>): unknown => {
  if (typeof value !== 'object' || value === null) return value;
  const known = new Map<PropertyKey, unknown>();
  if (!Array.isArray(value)) for (const key of Object.keys(value)) unseen.add(`${path}/${key}`);
  return new Proxy(value, {
    get: (target, key) => {
      unseen.delete(`${path}/${String(key)}`);
      const inner: unknown = Reflect.get(target, key);
      if (typeof key === 'symbol' || !Object.hasOwn(target, key)) return inner;
      if (!known.has(key)) known.set(key, watched(inner, `${path}/${key}`, unseen));
      return known.get(key);
    },
  });
};

/** Everything for which the API server would refuse one object, as far as schemas can tell. */
export const schemaProblems = async (manifest: Manifest): Promise<readonly string[]> => {
  const validate = await validatorOf(manifest);
  const unseen = new Set<string>();
  const isValid = validate(watched(manifest, '', unseen));
  const problems = isValid ? [] : (validate.errors ?? []);
  return [
    ...problems.map(
      ({ instancePath, keyword, params }) => `${instancePath} ${keyword}: ${Object.values(params).join()}`,
    ),
    ...[...unseen].map((path) => `${path} is unknown`),
  ];
};
