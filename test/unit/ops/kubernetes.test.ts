import { expect } from 'chai';
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { parseAllDocuments } from 'yaml';
import { configFrom } from '../../../src/infrastructure/config/config.ts';
import { isRight } from '../../../src/domain/shared/fp.ts';
import { stopPatience } from '../../../src/process-end.ts';
import { schemaProblems } from '../../support/kubernetes-schema.ts';
import { kustomized, manifestFolder, type Manifest } from '../../support/kustomize.ts';
import { variablesOfTheBrief } from '../../support/variables-of-the-brief.ts';
import { skipBecause } from '../../support/skip-because.ts';

const variants = ['base', 'overlays/production'] as const;

const theOne = (all: readonly Manifest[], kind: string): Manifest => {
  const found = all.filter((manifest) => manifest.kind === kind);
  if (found[0] === undefined || found.length > 1) throw new Error(`${found.length} of ${kind}`);
  return found[0];
};

type Container = {
  readonly image: string;
  readonly env: readonly { readonly name: string; readonly value?: string; readonly valueFrom?: object }[];
  readonly resources: object;
  readonly securityContext: object;
  readonly startupProbe: { readonly periodSeconds: number; readonly failureThreshold: number };
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[];
};
type Pod = {
  readonly containers: readonly [Container];
  readonly securityContext: object;
  readonly terminationGracePeriodSeconds: number;
  readonly volumes: readonly { readonly name: string }[];
};
const podOf = (all: readonly Manifest[]): Pod =>
  (theOne(all, 'StatefulSet')['spec'] as { readonly template: { readonly spec: Pod } }).template.spec;
const settingsOf = (all: readonly Manifest[]) => theOne(all, 'ConfigMap')['data'] as Record<string, string>;

for (const variant of variants)
  describe(`Kubernetes manifests: ${variant}`, () => {
    const all = kustomized(manifestFolder(variant));
    const pod = podOf(all);
    const [container] = pod.containers;

    for (const manifest of all)
      it(`give a ${manifest.kind} that its schema accepts`, async () => {
        expect(await schemaProblems(manifest)).to.deep.equal([]);
      });

    it('bring all that a service with several replicas needs', () => {
      expect(all.map(({ kind }) => kind)).to.include.members([
        'ServiceAccount',
        'ConfigMap',
        'StatefulSet',
        'Service',
        'HorizontalPodAutoscaler',
        'PodDisruptionBudget',
        'NetworkPolicy',
      ]);
      expect(all.map(({ metadata }) => metadata['namespace'])).to.deep.equal(all.map(() => 'integration'));
    });

    it('carry no secret, only the name of one', () => {
      expect(all.filter(({ kind }) => kind === 'Secret')).to.deep.equal([]);
      expect(container.env.filter(({ value, valueFrom }) => value !== undefined || !valueFrom)).to.deep.equal(
        [],
      );
      expect(
        Object.keys(settingsOf(all)).filter((name) => /KEY|SECRET|PASSWORD|URL/.test(name)),
      ).to.deep.equal([]);
    });

    it('set what the service reads, to what it accepts', () => {
      const environment = {
        ...Object.fromEntries(container.env.map(({ name }) => [name, secretValues[name]])),
        ...settingsOf(all),
      };
      const asked = new Set<string>();
      const read = configFrom(
        new Proxy(environment, {
          get: (target, name) => {
            asked.add(String(name));
            return Reflect.get(target, name) as string | undefined;
          },
        }),
      );
      expect(isRight(read) ? [] : read.left).to.deep.equal([]);
      expect(Object.keys(environment).filter((name) => !asked.has(name))).to.deep.equal([]);
    });

    it('give a start ten minutes for migrations, since an interrupted one begins again', () => {
      const { periodSeconds, failureThreshold } = container.startupProbe;
      expect(periodSeconds * failureThreshold).to.be.at.least(600);
    });

    it('give a replica more time to stop than it may take', () => {
      const { SHUTDOWN_DRAIN_MS: drain, SHUTDOWN_GRACE_MS: grace } = settingsOf(all);
      const patience = stopPatience({ shutdownDrainMs: Number(drain), shutdownGraceMs: Number(grace) });
      expect(pod.terminationGracePeriodSeconds * 1_000).to.be.greaterThan(patience + 5_000);
    });

    it('pass on every variable of the brief; a key file of Google Sheets is in its mounted folder', () => {
      const named = [...container.env.map(({ name }) => name), ...Object.keys(settingsOf(all))];
      const bySetting = ['DEBUG', 'GOOGLE_SHEETS_CREDENTIALS_PATH'];
      expect([...named, ...bySetting]).to.include.members([...variablesOfTheBrief]);
      const text = readFileSync(new URL('../../../docs/operations.md', import.meta.url), 'utf8');
      const path = /GOOGLE_SHEETS_CREDENTIALS_PATH=(\/[\w/-]+)\/key\.json/.exec(text)?.[1];
      expect(container.volumeMounts.map(({ mountPath }) => mountPath)).to.include(path);
    });

    it('start with administrators’ tokens of an identity provider too: the secret of our own may be missing', () => {
      const required = container.env.flatMap(({ name, valueFrom }) =>
        JSON.stringify(valueFrom).includes('"optional":true') ? [] : [name],
      );
      expect(required).to.deep.equal(['DATABASE_URL', 'REDIS_URL', 'RABBITMQ_URL', 'ENCRYPTION_KEYS']);
    });

    it('run as the user of the image, on a read-only root, with a place for the spool', () => {
      expect(pod.securityContext).to.deep.include({ runAsUser: 10_001 });
      expect(container.securityContext).to.deep.include({ readOnlyRootFilesystem: true });
      expect(container.volumeMounts.map(({ mountPath }) => mountPath)).to.include('/data');
    });

    it('start in a namespace that enforces the restricted pod security standard', () => {
      // https://kubernetes.io/docs/concepts/security/pod-security-standards/
      expect(pod.securityContext).to.deep.include({
        runAsNonRoot: true,
        seccompProfile: { type: 'RuntimeDefault' },
      });
      expect(container.securityContext).to.deep.include({
        allowPrivilegeEscalation: false,
        capabilities: { drop: ['ALL'] },
      });
      expect(
        Object.keys(pod).filter((field) => /^host|^initContainers$|Containers$/.test(field)),
      ).to.deep.equal([]);
      const kinds = pod.volumes.flatMap((volume) => Object.keys(volume)).filter((key) => key !== 'name');
      expect(kinds.filter((kind) => !['emptyDir', 'secret', 'configMap'].includes(kind))).to.deep.equal([]);
    });

    it('keep the spool on a volume that outlives its pod, and is deleted by nobody', () => {
      const spec = theOne(all, 'StatefulSet')['spec'] as {
        readonly volumeClaimTemplates: readonly { readonly metadata: { readonly name: string } }[];
        readonly persistentVolumeClaimRetentionPolicy: object;
      };
      const [mounted] = container.volumeMounts.filter(({ mountPath }) => mountPath === '/data');
      expect(spec.volumeClaimTemplates.map(({ metadata }) => metadata.name)).to.deep.equal([mounted?.name]);
      expect(pod.volumes.map(({ name }) => name)).to.not.include(mounted?.name);
      expect(spec.persistentVolumeClaimRetentionPolicy).to.deep.equal({
        whenDeleted: 'Retain',
        whenScaled: 'Retain',
      });
    });

    it('select the pods that are made', () => {
      const labels = (theOne(all, 'StatefulSet')['spec'] as { template: { metadata: { labels: object } } })
        .template.metadata.labels;
      const selectors = [
        (theOne(all, 'Service')['spec'] as { selector: object }).selector,
        (theOne(all, 'StatefulSet')['spec'] as { selector: { matchLabels: object } }).selector.matchLabels,
        (theOne(all, 'PodDisruptionBudget')['spec'] as { selector: { matchLabels: object } }).selector
          .matchLabels,
        (theOne(all, 'NetworkPolicy')['spec'] as { podSelector: { matchLabels: object } }).podSelector
          .matchLabels,
      ];
      for (const selector of selectors) expect(labels).to.include(selector);
    });

    it('are what kustomize itself makes of them, where it is installed', function () {
      if (spawnSync('kubectl', ['version', '--client']).status !== 0)
        return skipBecause(this, 'no kubectl here');
      const text = execFileSync('kubectl', ['kustomize', manifestFolder(variant)], { encoding: 'utf8' });
      // A generated name ends in a hash of its data.
      const made = parseAllDocuments(
        text.replaceAll(/integration-service-[a-z0-9]{10}\b/g, 'integration-service'),
      );
      const byKind = (a: Manifest, b: Manifest): number => a.kind.localeCompare(b.kind);
      expect(made.map((document) => document.toJS() as Manifest).toSorted(byKind)).to.deep.equal(
        [...all].toSorted(byKind),
      );
    });
  });

/** Of the shape that the service checks. */
const secretValues: Readonly<Record<string, string>> = {
  DATABASE_URL: 'postgresql://integration:x@postgres:5432/integration',
  REDIS_URL: 'redis://redis:6379',
  RABBITMQ_URL: 'amqp://rabbitmq',
  ENCRYPTION_KEYS: `k1:${Buffer.alloc(32, 1).toString('base64')}`,
  JWT_SECRET: 'a secret of thirty-two characters or more',
};

describe('Kubernetes manifests: resources of the brief', () => {
  it('are half a core and 512 MB at first, two cores and 2 GB in production', () => {
    const limitsOf = (variant: (typeof variants)[number]) =>
      podOf(kustomized(manifestFolder(variant))).containers[0].resources;
    expect(limitsOf('base')).to.deep.include({ limits: { cpu: '500m', memory: '512Mi' } });
    expect(limitsOf('overlays/production')).to.deep.include({ limits: { cpu: '2', memory: '2Gi' } });
  });
});

describe('Checking manifests', () => {
  const aStatefulSet = (): Manifest =>
    structuredClone(theOne(kustomized(manifestFolder('base')), 'StatefulSet'));
  const spoilt = async (spoil: (pod: Record<string, unknown>, spec: Record<string, unknown>) => void) => {
    const manifest = aStatefulSet();
    const spec = manifest['spec'] as Record<string, unknown>;
    spoil((spec['template'] as { spec: Record<string, unknown> }).spec, spec);
    return (await schemaProblems(manifest)).join('\n');
  };

  it('reports a field that is missing', async () => {
    expect(await spoilt((_pod, spec) => void delete spec['selector'])).to.contain('selector');
  });
  it('reports a value of the wrong type', async () => {
    expect(await spoilt((pod) => (pod['terminationGracePeriodSeconds'] = '45s'))).to.contain(
      'terminationGracePeriodSeconds',
    );
  });
  it('reports a misspelt field, also deep inside', async () => {
    const problems = await spoilt((pod) => {
      const [container] = pod['containers'] as [Record<string, Record<string, unknown>>];
      container['securityContext'] = { readOnlyRootFileSystem: true };
    });
    expect(problems).to.equal(
      '/spec/template/spec/containers/0/securityContext/readOnlyRootFileSystem is unknown',
    );
  });
  it('reports an object of no known kind', async () => {
    const failed = await schemaProblems({ ...aStatefulSet(), kind: 'StatefulSat' }).catch(String);
    expect(failed).to.contain('StatefulSat');
  });
});
