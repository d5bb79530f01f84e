import { execFile } from 'node:child_process';
import { readFile, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { Client, type QueryResultRow } from 'pg';
import { runningEmbeddedUrl } from '../../src/infrastructure/embedded/running-embedded.ts';
import { residentMiB } from '../../bench/rig/proc.ts';
import { straightLineMetres } from '../../src/infrastructure/providers/straight-line.ts';
import { apiClient, type ApiClient } from '../support/api-client.ts';
import { patientClient } from '../support/patient-client.ts';
import { skipBecause } from '../support/skip-because.ts';
import { eventually } from '../support/until.ts';
import { runEntryPoint, startService, type ServiceProcess } from '../support/service-process.ts';
import { testFolder } from '../support/test-folder.ts';
import type { Data, Geocoded, Problem, QuotaWindow, Service, PageOf } from '../support/wire.ts';

const TENANT = 'uk_company_1';
const sh = promisify(execFile);

const truth = [
  ['Ташкент', 41.2995, 69.2401],
  ['Toshkent', 41.2995, 69.2401],
  ['Москва', 55.7558, 37.6173],
  ['Самарканд', 39.6542, 66.9597],
] as const;

describe('The service with nothing configured', () => {
  let folder: Awaited<ReturnType<typeof testFolder>>;
  let environment: Record<string, string>;
  let service: ServiceProcess;
  let api: ApiClient;

  const token = (...args: readonly string[]) =>
    runEntryPoint('src/token.ts', ['--tenant', TENANT, ...args], environment);
  const asAdministrator = async (): Promise<ApiClient> => {
    const printed = await token('--admin');
    return patientClient(apiClient({ url: service.url, tenant: TENANT, credential: printed.stdout.trim() }));
  };
  const sql = async <R extends QueryResultRow>(text: string): Promise<readonly R[]> => {
    const client = new Client({ connectionString: await runningEmbeddedUrl(`${folder.path}/postgres`) });
    await client.connect();
    try {
      return (await client.query<R>(text)).rows;
    } finally {
      await client.end();
    }
  };

  before(async () => {
    folder = await testFolder();
    environment = { DATA_DIR: folder.path };
    service = await startService(environment);
    api = await asAdministrator();
  });
  after(async () => {
    await service.stop();
    folder.remove();
  });

  it('takes less than 250 MB after its first start, PostgreSQL included', function () {
    if (process.platform !== 'linux') skipBecause(this, 'Linux alone tells what processes share');
    expect(residentMiB(service.pid) * 1.048576).to.be.within(100, 250);
  });

  for (const [name, latitude, longitude] of truth) {
    it(`locates ${name} within 15 km, and answers the second time from the cache`, async () => {
      const first = await api.post<Geocoded>('/geocoding/geocode', { address: name });
      expect(first.status, first.text).to.equal(200);
      expect(first.headers.get('x-integration-provider')).to.equal('gazetteer');
      const match = first.body.data.matches[0];
      expect(match?.precision).to.equal('city');
      const off = straightLineMetres({ latitude, longitude }, match ?? { latitude: 0, longitude: 0 });
      expect(off).to.be.below(15_000);
      expect(first.body.meta.attribution).to.match(/GeoNames/);
      const second = await api.post<Geocoded>('/geocoding/geocode', { address: name });
      expect(second.headers.get('cache-status')).to.match(/^integration; hit; ttl=\d+; detail=l1$/);
      expect(second.headers.get('x-integration-provider')).to.equal('gazetteer');
      expect(second.body.data).to.deep.equal(first.body.data);
    });
  }

  it('prints one curl command that works as printed, from any folder', async () => {
    const lines = service
      .output()
      .split('\n')
      .filter((line) => line.startsWith('curl '));
    expect(lines).to.have.length(1);
    const { stdout } = await sh('sh', ['-c', lines[0] ?? ''], { cwd: tmpdir() });
    expect(stdout).to.match(/^HTTP\/1\.1 200/);
    expect(stdout).to.match(/"matches":\[\{/);
  });

  it('makes generated files accessible to their owner only', async () => {
    const modes = await Promise.all(
      ['secrets.json', 'postgres.password'].map(
        async (name) => (await stat(`${folder.path}/${name}`)).mode & 0o777,
      ),
    );
    expect(modes).to.deep.equal([0o600, 0o600]);
  });

  it('prints a token and nothing else, or reports on standard error what is wrong', async () => {
    const administrator = await token('--admin');
    expect(administrator).to.include({ code: 0, stderr: '' });
    expect(administrator.stdout).to.match(/^eyJ[\w-]+\.[\w-]+\.[\w-]+\n$/);
    const scoped = await token('--scope', 'geocoding');
    expect(scoped).to.include({ code: 0, stderr: '' });
    expect(scoped.stdout).to.match(/^ist_[\w-]+\n$/);
    const wrong = await token('--scope', 'everything');
    expect(wrong).to.include({ code: 2, stdout: '' });
    expect(wrong.stderr).to.match(/everything: no such scope/);
    const asked = await runEntryPoint('src/token.ts', ['--help'], environment);
    expect(asked).to.include({ code: 0, stderr: '' });
    expect(asked.stdout).to.match(/^usage: .+--tenant/);
  });

  it('lets a service token do what its scopes allow and no more', async () => {
    const credential = (await token('--scope', 'geocoding')).stdout.trim();
    const sibling = apiClient({ url: service.url, tenant: TENANT, credential });
    expect((await sibling.post('/geocoding/geocode', { address: 'Бухара' })).status).to.equal(200);
    for (const path of ['/services', '/logs', '/costs', '/tokens', '/cache/stats']) {
      const refused = await sibling.get<Problem>(path);
      expect(refused.status, path).to.equal(403);
      expect(refused.body.code).to.equal('forbidden');
    }
  });

  it('refuses a road distance, which the gazetteer cannot give, instead of returning a straight line', async () => {
    const ends = { origin: 'Ташкент', destination: 'Самарканд' };
    const road = await api.post<Problem>('/geocoding/distance', { ...ends, mode: 'driving' });
    expect(road.status).to.equal(422);
    expect(road.body.code).to.equal('request-rejected');
    expect(road.body.detail).to.match(/gazetteer knows no roads/);
    const straight = await api.post<{ data: { distance_metres: number }; meta: { attribution: string } }>(
      '/geocoding/distance',
      { ...ends, mode: 'straight_line' },
    );
    expect(straight.body.data.distance_metres).to.be.within(250_000, 290_000);
    expect(straight.body.meta.attribution).to.match(/GeoNames/);
  });

  it('reseals its secrets while it runs', async () => {
    const created = await api.post<Data<Service>>('/services', {
      service_name: 'google_maps',
      service_type: 'geocoding',
      api_key: 'AIza-to-be-sealed-anew',
      is_active: false,
    });
    expect(created.status, created.text).to.equal(201);
    const envelope = async () =>
      (await sql<{ api_key: string }>(`select api_key from external_services where api_key is not null`))[0]
        ?.api_key;
    const before = await envelope();
    const rotated = await runEntryPoint('src/rotate-keys.ts', [], environment);
    expect(rotated, rotated.stderr).to.include({ code: 0, stderr: '' });
    expect(rotated.stdout).to.match(/^resealed \d+, unreadable 0\n$/);
    expect(await envelope()).to.be.a('string');
    expect(before).to.not.contain('AIza');
    const kept = await api.get<Data<Service>>(`/services/${created.body.data.id}`);
    expect(kept.body.data.api_key_hint).to.equal('anew');
  });

  it('answers everything requested before SIGTERM, exits with 0 and leaves no PostgreSQL behind', async () => {
    const services = await api.get<PageOf<Service>>('/services');
    const gazetteer = services.body.data.find(({ provider }) => provider === 'gazetteer');
    const limited = await api.ask('PATCH', `/services/${gazetteer?.id}`, {
      body: { rate_limit_per_hour: 1_000 },
      headers: { 'if-match': '*' },
    });
    expect(limited.status, limited.text).to.equal(200);
    await eventually('the limit to count', async () => {
      await api.post('/geocoding/geocode', { address: 'Навои' }, { 'cache-control': 'no-store' });
      const quota = await api.get<Data<readonly QuotaWindow[]>>(`/services/${gazetteer?.id}/quota`);
      return quota.body.data.some(({ scope, used }) => scope === 'service' && used > 0) || undefined;
    });
    const postmaster = Number(
      (await readFile(`${folder.path}/postgres/postmaster.pid`, 'utf8')).split('\n')[0],
    );
    const batch = await api.open('POST', '/geocoding/batch', {
      body: { addresses: Array.from({ length: 400 }, (_, i) => `Ташкент ${i}`) },
      headers: { accept: 'application/x-ndjson' },
    });
    const [text, code] = await Promise.all([batch.text(), service.stop()]);
    expect(code).to.equal(0);
    expect(text.trim().split('\n')).to.have.length(400);
    expect(() => process.kill(postmaster, 0)).to.throw(/ESRCH/);
  });

  it('issues service tokens also while it is stopped or starting, and to several at once', async () => {
    const both = await Promise.all([
      token('--scope', 'geocoding', '--hours', '1'),
      token('--scope', 'geocoding'),
    ]);
    for (const scoped of both) expect(scoped, scoped.stderr).to.include({ code: 0, stderr: '' });
    const printed = both[0].stdout.trim();
    const starting = startService(environment);
    await eventually(
      'the data folder to be taken',
      async () => (await stat(`${folder.path}/postgres/postmaster.pid`).catch(() => undefined)) && true,
    );
    expect(await token('--scope', 'geocoding')).to.include({ code: 0, stderr: '' });
    service = await starting;
    const sibling = apiClient({ url: service.url, tenant: TENANT, credential: printed });
    // On a busy machine a lookup in the table may be too slow and be skipped: then the test tries the next place.
    const known = truth.map(([name]) => name).values();
    await eventually('an answer out of the table', async () => {
      const answer = await sibling.post<Geocoded>('/geocoding/geocode', { address: known.next().value });
      expect(answer.status, answer.text).to.equal(200);
      return (
        /^integration; hit; ttl=\d+; detail=l2$/.test(answer.headers.get('cache-status') ?? '') || undefined
      );
    });
  });

  it('restores its quota windows, services and trail after a restart', async () => {
    api = await asAdministrator();
    const services = await api.get<PageOf<Service>>('/services');
    expect(services.body.data.map(({ service_name }) => service_name).sort()).to.deep.equal([
      'gazetteer',
      'google_maps',
    ]);
    const gazetteer = services.body.data.find(({ provider }) => provider === 'gazetteer');
    const quota = await api.get<Data<readonly QuotaWindow[]>>(`/services/${gazetteer?.id}/quota`);
    const hour = quota.body.data.find(({ window_type }) => window_type === 'hour');
    expect(hour).to.include({ scope: 'service', limit: 1_000 });
    expect(hour?.used).to.be.greaterThan(0);
    const logs = await api.get<PageOf<unknown>>('/logs?limit=200');
    expect(logs.body.data.length).to.be.greaterThan(30);
  });
});
