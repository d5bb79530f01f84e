import { execFile, spawn } from 'node:child_process';
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect } from 'chai';
import { exportJWK, SignJWT } from 'jose';
import { Client } from 'pg';
import { apiClient } from '../support/api-client.ts';
import { administratorToken, ISSUER, JWT_SECRET } from '../support/gateway.ts';
import { freshDatabase, postgresServer, type FreshDatabase } from '../support/postgres-server.ts';
import {
  runEntryPoint,
  startService,
  type Environment,
  type ServiceProcess,
} from '../support/service-process.ts';
import { aServiceAccountKey } from '../support/service-account.ts';
import { testFolder } from '../support/test-folder.ts';
import { eventually } from '../support/until.ts';
import type { Data, PageOf, Problem, Service } from '../support/wire.ts';

const KEYS = `k1:${Buffer.alloc(32, 7).toString('base64')}`;
const TENANT = 'uk_company_7';

describe('Configuration', () => {
  let database: FreshDatabase;
  let running: ServiceProcess | undefined;
  before(async () => (database = await freshDatabase()));
  after(() => database.drop());
  afterEach(async () => {
    await running?.stop();
    running = undefined;
  });

  const started = async (environment: Environment): Promise<ServiceProcess> =>
    (running = await startService(environment));
  const real = (change: Environment = {}): Environment => ({
    DATABASE_URL: database.url,
    HOST: '127.0.0.1',
    JWT_SECRET,
    ENCRYPTION_KEYS: KEYS,
    ...change,
  });

  it('that fails only at the start is reported in the last line, with what to do', async () => {
    const folder = await testFolder();
    const file = join(folder.path, 'a-file');
    writeFileSync(file, '');
    const onFile = await runEntryPoint('src/main.ts', [], { DATA_DIR: file });
    folder.remove();
    expect(onFile.code).to.equal(1);
    expect(onFile.stdout).to.match(/"error":"DATA_DIR \/.*a-file cannot be used .* set another"/);
    const elsewhere = await runEntryPoint('src/main.ts', [], real({ HOST: 'nobody.invalid' }));
    expect(elsewhere.code).to.equal(1);
    expect(elsewhere.stdout).to.match(
      /nobody\.invalid is a host name .* set (?:another|an IP address as) HOST/,
    );
  });

  it('whose data folder is on a full disk is reported with what to do, and leaves no partial file', async () => {
    const folder = await testFolder();
    const env = { PATH: process.env['PATH'], DATA_DIR: join(folder.path, 'new'), PORT: '0' };
    mkdirSync(env.DATA_DIR);
    // Behaves like a full disk, apart from the error code: files can be created, but nothing can be written into them.
    const withoutRoom = ['-c', 'ulimit -f 0; exec "$0" src/main.ts', process.execPath];
    const said = await new Promise<string>((resolve) => {
      execFile('sh', withoutRoom, { env }, (_, stdout) => resolve(stdout));
    });
    const left = readdirSync(env.DATA_DIR);
    folder.remove();
    expect(said).to.match(
      /"error":"DATA_DIR \/.*new cannot be used \(EFBIG.*\): make room for it, or set another"/,
    );
    expect(left).to.deep.equal(['postgres.lock']);
  });

  it('that names a folder which the commands may not use is reported with the owner it must have', async () => {
    const folder = await testFolder();
    const file = join(folder.path, 'a-file');
    writeFileSync(file, '');
    for (const [command, ...args] of [
      ['src/token.ts', '--tenant', TENANT, '--admin'],
      ['src/token.ts', '--tenant', TENANT, '--scope', 'geocoding'],
      ['src/rotate-keys.ts'],
    ]) {
      const ended = await runEntryPoint(command ?? '', args, { DATA_DIR: file });
      expect([ended.code, ended.stdout], command).to.deep.equal([1, '']);
      expect(ended.stderr, command).to.match(
        /^DATA_DIR .*a-file cannot be used .*: set that of the service, and run this command as the user who owns it$/m,
      );
    }
    folder.remove();
  });

  it('is refused with every problem at once, and without showing values', async () => {
    const wrong = {
      PORT: '70000',
      DATABASE_URL: 'mysql://root:a-planted-password@localhost/x',
      JWT_SECRET: 'planted-short',
      ENCRYPTION_KEYS: 'k1:planted-not-base64,k1',
      MANAGEMENT_COMPANY_ID: 'no spaces',
      ALLOW_PRIVATE_PROVIDERS: 'perhaps',
      LOG_LEVEL: 'loud',
      RATE_LIMIT_GEOCODING_PER_MINUTE: '-1',
      CACHE_GEOCODE_MINUTES: '61',
      LOG_RETENTION_DAYS: 'ninety',
      REDIS_URL: 'localhost:6379',
      RABBITMQ_URL: 'http://localhost',
    };
    const ended = await runEntryPoint('src/main.ts', [], wrong);
    expect(ended.code).to.equal(1);
    for (const name of Object.keys(wrong))
      expect(ended.stderr, name).to.match(new RegExp(`^  ${name}: `, 'm'));
    expect(ended.stderr + ended.stdout).to.not.match(/planted|perhaps|loud|70000/);
  });

  it('is not taken from command-line arguments, which are refused and not echoed', async () => {
    const ended = await runEntryPoint('src/main.ts', ['--database-url', 'a-planted-password'], { PORT: '0' });
    expect(ended.code).to.equal(2);
    expect(ended.stderr).to.match(/^Not started: it takes no arguments.*npm start\n$/);
    expect(ended.stderr + ended.stdout).to.not.match(/planted/);
  });

  it('is refused with a database but without keys for sealing its secrets', async () => {
    const ended = await runEntryPoint('src/main.ts', [], { DATABASE_URL: database.url });
    expect(ended.code).to.equal(1);
    expect(ended.stderr)
      .to.match(/ENCRYPTION_KEYS: required/)
      .and.to.match(/JWT_SECRET/);
    const both = await runEntryPoint('src/main.ts', [], real({ JWT_JWKS_URL: 'https://id.example/jwks' }));
    expect(both.code).to.equal(1);
    expect(both.stderr).to.match(/JWT_SECRET or JWT_JWKS_URL, not both/);
  });

  it('is refused by the commands as well', async () => {
    for (const file of ['src/token.ts', 'src/rotate-keys.ts']) {
      const ended = await runEntryPoint(file, ['--tenant', TENANT, '--admin'], {
        DATABASE_URL: database.url,
      });
      expect(ended.code, file).to.equal(2);
      expect(ended.stdout).to.equal('');
      expect(ended.stderr).to.match(/ENCRYPTION_KEYS/);
    }
  });

  it('cannot be changed by arguments to the key rotation, which refuses unknown ones', async () => {
    const environment = real({});
    const help = await runEntryPoint('src/rotate-keys.ts', ['--help'], environment);
    expect([help.code, help.stderr]).to.deep.equal([0, '']);
    expect(help.stdout).to.match(/^usage: npm run rotate-keys\n/);
    const dry = await runEntryPoint('src/rotate-keys.ts', ['--dry-run'], environment);
    expect([dry.code, dry.stdout]).to.deep.equal([2, '']);
    expect(dry.stderr).to.equal(help.stdout);
  });

  it('with a database that is unreachable ends the process and says why, without its password', async () => {
    const ended = await runEntryPoint(
      'src/main.ts',
      [],
      real({ DATABASE_URL: 'postgresql://u:a-planted-password@127.0.0.1:1/x' }),
    );
    expect(ended.code).to.equal(1);
    expect(ended.stdout + ended.stderr)
      .to.match(/ECONNREFUSED/)
      .and.to.not.match(/a-planted-password/);
  });

  it('on a machine whose clock is a day slow produces a warning at the start, since signed timestamps are refused there', async () => {
    const late = 'data:text/javascript,const{now}=Date;Date.now=()=>now()-86400000';
    const service = await started(real({ NODE_OPTIONS: `--import=${late}` }));
    expect(service.output()).to.match(
      /"ahead_seconds":-8\d{4}(?:\.\d)?,.*clocks of this machine and of PostgreSQL/,
    );
  });

  it('with a database that accepts only some of the connections is reported with what to do', async () => {
    await (await started(real())).stop();
    const owned = await freshDatabase();
    const administrator = new Client({ connectionString: (await postgresServer()).adminUrl });
    await administrator.connect();
    const url = new URL(owned.url);
    url.username = `limited_${url.pathname.slice(-8)}`;
    url.password = 'known';
    await administrator.query(`create role ${url.username} login password 'known';
      grant integration_app, integration_system to ${url.username}`);
    await administrator.query(`alter database ${url.pathname.slice(1)} owner to ${url.username}`);
    const limited = real({ DATABASE_URL: url.href });
    await (await started(limited)).stop();
    await administrator.query(`alter role ${url.username} connection limit 2`);
    const ended = await runEntryPoint('src/main.ts', [], limited);
    await owned.drop();
    await administrator.query(`drop role ${url.username}`);
    await administrator.end();
    expect(ended.code).to.equal(1);
    expect(ended.stdout).to.match(
      /DATABASE_URL accepts no more connections: .*CONNECTION LIMIT.* \(too many connections/,
    );
  });

  it('with a database that is unreachable or refuses access is reported by the commands too, with what to do', async () => {
    const nobody = new URL(database.url);
    nobody.username = 'nobody_at_all';
    for (const [url, told] of [
      [
        'postgresql://u:a-planted-password@127.0.0.1:1/x',
        /cannot be reached: start it, or correct host and port/,
      ],
      [nobody.href, /refuses the (?:login|password): correct /],
    ] as const)
      for (const [file, ...args] of [
        ['src/token.ts', '--tenant', TENANT, '--scope', 'geocoding'],
        ['src/rotate-keys.ts'],
      ]) {
        const ended = await runEntryPoint(file ?? '', args, real({ DATABASE_URL: url }));
        expect([ended.code, ended.stdout], file).to.deep.equal([1, '']);
        expect(ended.stderr, file)
          .to.match(/^the database of DATABASE_URL /)
          .and.to.match(told)
          .and.to.not.contain('planted');
      }
  });

  it('with a database that is not there yet lets the process stop while it waits', async () => {
    const child = spawn(process.execPath, ['src/main.ts'], {
      env: { PATH: process.env['PATH'], ...real({ DATABASE_URL: 'postgresql://u:p@127.0.0.1:1/x' }) },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const exit = once(child, 'exit');
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    await eventually('it to wait', async () => output.includes('waiting for the database') || undefined);
    child.kill('SIGTERM');
    expect(await exit).to.deep.equal([0, null]);
  });

  it('with a port in use ends the process and reports it', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const ended = await runEntryPoint('src/main.ts', [], real({ PORT: String(port) }));
    server.close();
    expect(ended.code).to.equal(1);
    expect(ended.stdout).to.match(
      new RegExp(`"error":"port ${port} of 127.0.0.1 is taken .*set another PORT"`),
    );
  });

  it("registers the default tenant's providers at the first start, and does not change them later", async () => {
    const folder = await testFolder();
    const keyPath = join(folder.path, 'key.json');
    writeFileSync(keyPath, aServiceAccountKey());
    const environment = real({
      GOOGLE_SHEETS_CREDENTIALS_PATH: keyPath,
      DATABASE_URL: database.url.replace('postgresql://', 'postgresql+asyncpg://'),
      MANAGEMENT_COMPANY_ID: TENANT,
      GOOGLE_MAPS_API_KEY: 'google-key-of-the-environment-1234',
      YANDEX_MAPS_API_KEY: 'yandex-key-of-the-environment-5678',
    });
    const service = await started(environment);
    expect(service.output()).to.not.match(/^curl /m);
    const credential = await administratorToken({ tenants: [TENANT] });
    const services = async ({ url }: ServiceProcess) =>
      (await apiClient({ url, tenant: TENANT, credential }).get<PageOf<Service>>('/services')).body.data;
    const first = await services(service);
    expect(
      first.map(({ provider, api_key_hint, is_active }) => `${provider} ${api_key_hint} ${is_active}`).sort(),
    ).to.deep.equal(['google_maps 1234 true', 'google_sheets null true', 'yandex_maps 5678 true']);
    expect(first.find(({ provider }) => provider === 'google_sheets')).to.include({ has_credentials: true });
    const [google, yandex] = ['google_maps', 'yandex_maps'].map((name) =>
      first.find(({ provider }) => provider === name),
    );
    expect(google?.priority).to.be.greaterThan(yandex?.priority ?? Infinity);
    const api = apiClient({ url: service.url, tenant: TENANT, credential });
    const patch = { body: { is_active: false }, headers: { 'if-match': '*' } };
    expect((await api.ask<Data<Service>>('PATCH', `/services/${yandex?.id}`, patch)).status).to.equal(200);
    expect(await service.stop()).to.equal(0);
    const again = await services(await started({ ...environment, YANDEX_MAPS_API_KEY: 'another-key' }));
    expect(again.map(({ id }) => id)).to.have.members(first.map(({ id }) => id));
    expect(again.find(({ id }) => id === yandex?.id)).to.include({ is_active: false, api_key_hint: '5678' });
    writeFileSync(keyPath, aServiceAccountKey({ private_key: 'planted' }));
    const refused = await runEntryPoint('src/main.ts', [], environment);
    folder.remove();
    expect(refused.code).to.equal(1);
    expect(refused.stderr).to.match(/^ {2}GOOGLE_SHEETS_CREDENTIALS_PATH: \/private_key: /m);
    expect(refused.stderr + refused.stdout).to.not.contain('planted');
    expect(running?.output()).to.not.contain('of-the-environment');
  });

  it('with its own token secret suppresses the printed example, whose token another shell would sign with a different secret', async () => {
    const folder = await testFolder();
    for (const own of [
      { JWT_SECRET },
      { JWT_AUDIENCE: 'gateway' },
      { JWT_JWKS_URL: 'https://id.example/jwks' },
    ]) {
      const service = await started({ DATA_DIR: folder.path, ...own });
      expect(service.output(), JSON.stringify(own)).to.not.match(/^curl /m);
      await service.stop();
    }
    expect((await started({ DATA_DIR: folder.path })).output()).to.match(/^curl /m);
    await running?.stop();
    folder.remove();
  });

  it('can leave administrators to an identity provider', async () => {
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const elliptic = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const keys = [
      { ...(await exportJWK(rsa.publicKey)), kid: 'rsa', alg: 'RS256', use: 'sig' },
      { ...(await exportJWK(elliptic.publicKey)), kid: 'ec', alg: 'ES256', use: 'sig' },
    ];
    const identity = createServer((_req, res) => {
      res.setHeader('content-type', 'application/json');
      res.end(JSON.stringify({ keys }));
    });
    await new Promise<void>((resolve) => identity.listen(0, '127.0.0.1', resolve));
    const jwks = `http://127.0.0.1:${(identity.address() as AddressInfo).port}/jwks.json`;
    const { JWT_SECRET: _secret, ...environment } = real({
      JWT_JWKS_URL: jwks,
      JWT_ISSUER: 'https://id.example',
      JWT_AUDIENCE: 'gateway',
    });
    const service = await started(environment);
    const signed = (alg: string, kid: string, key: KeyObject | Uint8Array, change = {}) =>
      new SignJWT({ tenants: [TENANT], ...change })
        .setProtectedHeader({ alg, kid })
        .setSubject('a')
        .setIssuer('https://id.example')
        .setAudience('gateway')
        .setExpirationTime('1h')
        .sign(key);
    const asked = async (credential: string) =>
      (await apiClient({ url: service.url, tenant: TENANT, credential }).get<Problem>('/services')).status;
    expect(await asked(await signed('RS256', 'rsa', rsa.privateKey))).to.equal(200);
    expect(await asked(await signed('ES256', 'ec', elliptic.privateKey))).to.equal(200);
    expect(
      await asked(
        await signed('RS256', 'rsa', generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey),
      ),
    ).to.equal(401);
    // The public key, which is known to everybody, misused as a shared secret.
    const pem = rsa.publicKey.export({ type: 'spki', format: 'pem' });
    expect(await asked(await signed('HS256', 'rsa', Buffer.from(pem)))).to.equal(401);
    expect(await asked(await administratorToken({ tenants: [TENANT], iss: ISSUER }))).to.equal(401);
    identity.close();
    identity.closeAllConnections();
    const printed = await runEntryPoint('src/token.ts', ['--tenant', TENANT, '--admin'], environment);
    expect(printed.code).to.not.equal(0);
    expect(printed.stdout).to.equal('');
    expect(printed.stderr).to.match(/identity provider/);
  });
});
