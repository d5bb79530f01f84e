import { expect } from 'chai';
import fc from 'fast-check';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isLeft, isRight } from '../../../../src/domain/shared/fp.ts';
import { configFrom, type Config } from '../../../../src/infrastructure/config/config.ts';
import { aServiceAccountKey } from '../../../support/service-account.ts';
import { testFolder } from '../../../support/test-folder.ts';
import { tlsFiles } from '../../../support/tls-files.ts';

type Environment = Readonly<Record<string, string | undefined>>;
const KEY = `k1:${Buffer.alloc(32, 7).toString('base64')}`;
const SECRET = 'a secret of at least thirty-two characters';
const production = { DATABASE_URL: 'postgresql://u:p@db:5432/x', ENCRYPTION_KEYS: KEY, JWT_SECRET: SECRET };

const read = (environment: Environment): Config => {
  const config = configFrom(environment);
  if (isLeft(config)) throw new Error(config.left.join('\n'));
  return config.right;
};
const problems = (environment: Environment): readonly string[] => {
  const config = configFrom(environment);
  return isLeft(config) ? config.left : [];
};
const names = (environment: Environment): readonly string[] =>
  problems(environment).map((problem) => problem.split(':')[0] ?? '');

describe('configuration', () => {
  let folder: { readonly path: string; readonly remove: () => void };
  let files = 0;
  before(async () => (folder = await testFolder()));
  after(() => folder.remove());
  const aFile = (content: string): string => {
    const path = join(folder.path, `${(files += 1)}.json`);
    writeFileSync(path, content);
    return path;
  };

  it('takes the names of log levels that sibling services in Python use', () => {
    for (const [name, level] of [
      ['WARNING', 'warn'],
      ['CRITICAL', 'error'],
      ['INFO', 'info'],
    ])
      expect(read({ LOG_LEVEL: name })).to.have.property('logLevel', level);
  });

  it('needs nothing: everything embedded, on loopback, for the newcomer’s tenant', () => {
    expect(read({})).to.deep.include({
      host: '127.0.0.1',
      port: 8006,
      dataDir: '.data',
      databaseUrl: undefined,
      redisUrl: undefined,
      rabbitmqUrl: undefined,
      encryptionKeys: undefined,
      jwt: { keys: undefined, issuer: 'integration-service', audience: 'integration-service' },
      defaultTenant: 'uk_company_1',
      allowPrivateProviders: false,
      logLevel: 'info',
      logRetentionDays: 90,
      idempotencyHours: 24,
      mostPerTenant: 1_000,
      tenantLimits: { geocoding: { minute: 50 }, spreadsheet: { minute: 100 }, webhook: { minute: 200 } },
    });
  });

  it('reads trusted proxies, and refuses to trust what is no network or everybody', () => {
    const { trustedProxies } = read({ TRUSTED_PROXIES: '10.0.0.0/8, ::1' });
    expect(trustedProxies).to.deep.equal([
      { bytes: [10, 0, 0, 0], prefix: 8 },
      { bytes: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1], prefix: 128 },
    ]);
    expect(read({}).trustedProxies).to.deep.equal([]);
    expect(names({ TRUSTED_PROXIES: '128.0.0.0/1, 128.0.0.0/1' })).to.deep.equal([]);
    for (const bad of [
      'proxy.local',
      '10.0.0.1/8',
      '10.0.0.0/8,,::1',
      '0.0.0.0/0',
      '::/0',
      '10.0.0.0/33',
      '0.0.0.0/1, 128.0.0.0/1',
    ])
      expect(names({ TRUSTED_PROXIES: bad }), bad).to.deep.equal(['TRUSTED_PROXIES']);
  });

  it('takes the public address without a slash at its end', () => {
    expect(read({ PUBLIC_URL: 'https://hooks.example.test/base//' }).publicUrl).to.equal(
      'https://hooks.example.test/base',
    );
    expect(names({ PUBLIC_URL: 'hooks.example.test' })).to.deep.equal(['PUBLIC_URL']);
  });

  it('has the lifetimes of the brief: 5 minutes near, 60 minutes far', () => {
    const { geocode, reverse, distance } = read({}).cacheLives;
    const lives = { l1Ms: 300_000, l2Ms: 3_600_000, negativeMs: 300_000, graceMs: 86_400_000 };
    expect([geocode, reverse, distance]).to.deep.equal([lives, lives, lives]);
  });

  it('treats an empty or blank variable as not set', () => {
    const blank = { DATABASE_URL: '', PORT: ' ', JWT_SECRET: '\t', DEBUG: '', GOOGLE_MAPS_API_KEY: '  ' };
    expect(read(blank)).to.deep.equal(read({}));
  });

  it('reads every variable of the brief', () => {
    const key = aServiceAccountKey();
    const path = aFile(key);
    const config = read({
      ...production,
      DATABASE_URL: 'postgresql+asyncpg://u:p@db:5432/x',
      REDIS_URL: 'redis://cache:6379/0',
      RABBITMQ_URL: 'amqps://u:p@bus:5671/',
      GOOGLE_SHEETS_CREDENTIALS_PATH: path,
      GOOGLE_MAPS_API_KEY: ' g-key ',
      YANDEX_MAPS_API_KEY: 'y-key',
      MANAGEMENT_COMPANY_ID: 'uk_company_9',
      DEBUG: 'true',
      LOG_LEVEL: 'error',
    });
    expect(config).to.deep.include({
      host: '0.0.0.0',
      databaseUrl: 'postgresql+asyncpg://u:p@db:5432/x',
      redisUrl: 'redis://cache:6379/0',
      rabbitmqUrl: 'amqps://u:p@bus:5671/',
      googleSheetsCredentials: key,
      googleMapsApiKey: 'g-key',
      yandexMapsApiKey: 'y-key',
      defaultTenant: 'uk_company_9',
      logLevel: 'debug',
      encryptionKeys: KEY,
    });
    expect(config.jwt.keys).to.deep.equal({ secret: SECRET });
  });

  it("reads the authority that signs Redis's certificates, and refuses one that is invalid or would not be used", () => {
    const authority = readFileSync(tlsFiles.authority, 'utf8');
    expect(read({ REDIS_URL: 'rediss://cache', REDIS_CA_PATH: tlsFiles.authority }).redisCa).to.equal(
      authority,
    );
    const told = (REDIS_CA_PATH: string, REDIS_URL = 'rediss://cache') =>
      problems({ REDIS_URL, REDIS_CA_PATH });
    expect(told('/nowhere/ca.pem')).to.deep.equal([
      'REDIS_CA_PATH: there is no file that this process can read',
    ]);
    expect(told(aFile('planted'))).to.deep.equal(['REDIS_CA_PATH: a file of certificates in PEM']);
    expect(told(aFile(authority.replace('MII', 'AAA')))).to.deep.equal([
      'REDIS_CA_PATH: a file of certificates in PEM',
    ]);
    expect(told(tlsFiles.authority, 'redis://cache')).to.deep.equal([
      'REDIS_CA_PATH: needs a REDIS_URL that begins with rediss://',
    ]);
  });

  it('refuses a key file that is missing, not a key, or broken, with every reason and no part of it', () => {
    const told = (path: string) => problems({ GOOGLE_SHEETS_CREDENTIALS_PATH: path });
    expect(told('/nowhere/key.json')).to.deep.equal([
      'GOOGLE_SHEETS_CREDENTIALS_PATH: there is no file that this process can read',
    ]);
    expect(told(aFile('planted'))).to.deep.equal([
      'GOOGLE_SHEETS_CREDENTIALS_PATH: the JSON of a service-account key file',
    ]);
    const broken = told(aFile(aServiceAccountKey({ private_key: 'planted', project_id: '' })));
    expect(broken.map((problem) => problem.split(' ')[1])).to.deep.equal(['/project_id:', '/private_key:']);
    expect(broken.join()).to.not.contain('planted');
  });

  it('reads the further ones', () => {
    const config = read({
      HOST: '::1',
      PORT: '0',
      DATA_DIR: '/var/lib/gateway',
      JWT_JWKS_URL: 'https://idp.test/jwks',
      JWT_ISSUER: 'idp',
      JWT_AUDIENCE: 'gateway',
      ALLOW_PRIVATE_PROVIDERS: 'yes',
      LOG_LEVEL: 'WARN',
      LOG_RETENTION_DAYS: '30',
      IDEMPOTENCY_KEEP_HOURS: '48',
      PROBE_INTERVAL_SECONDS: '7',
      CACHE_L1_MINUTES: '1',
      CACHE_GEOCODE_MINUTES: '5',
      CACHE_REVERSE_MINUTES: '10',
      CACHE_DISTANCE_MINUTES: '15',
      CACHE_NEGATIVE_MINUTES: '2',
      CACHE_GRACE_MINUTES: '0',
      MOST_PER_TENANT: '50',
    });
    expect(config).to.deep.include({
      host: '::1',
      port: 0,
      dataDir: '/var/lib/gateway',
      jwt: { keys: { jwksUrl: 'https://idp.test/jwks' }, issuer: 'idp', audience: 'gateway' },
      allowPrivateProviders: true,
      logLevel: 'warn',
      logRetentionDays: 30,
      idempotencyHours: 48,
      mostPerTenant: 50,
      probeIntervalMs: 7_000,
    });
    const { geocode, reverse, distance } = config.cacheLives;
    expect(geocode).to.deep.equal({ l1Ms: 60_000, l2Ms: 300_000, negativeMs: 120_000, graceMs: 0 });
    expect([reverse.l2Ms, distance.l2Ms]).to.deep.equal([600_000, 900_000]);
  });

  it('enables traces only where a collector is configured, by the standard’s variable names', () => {
    expect(read({ OTEL_TRACES_SAMPLER_ARG: '0.5' }).tracing).to.equal(undefined);
    const endpoint = 'http://collector:4318';
    const standard = { name: 'parentbased_always_on', ratio: 1 };
    expect(read({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint }).tracing).to.deep.equal({
      endpoint,
      sampler: standard,
    });
    const tenth = { OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '0.1' };
    expect(read({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, ...tenth }).tracing?.sampler).to.deep.equal({
      name: 'traceidratio',
      ratio: 0.1,
    });
    for (const wrong of ['2', '-1', 'all'])
      expect(names({ OTEL_TRACES_SAMPLER_ARG: wrong })).to.deep.equal(['OTEL_TRACES_SAMPLER_ARG']);
    expect(names({ OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4318' })).to.have.length(1);
  });

  it('lets several workers run only where they can share what one keeps to itself', () => {
    expect(names({ WEB_CONCURRENCY: '2' })).to.deep.equal(['WEB_CONCURRENCY', 'WEB_CONCURRENCY']);
    expect(problems({ WEB_CONCURRENCY: '2' }).join()).to.match(/needs REDIS_URL.*needs DATABASE_URL/);
    expect(names({ ...production, WEB_CONCURRENCY: '2' })).to.deep.equal(['WEB_CONCURRENCY']);
    expect(names({ WEB_CONCURRENCY: '1' })).to.deep.equal([]);
    const both = { ...production, REDIS_URL: 'redis://cache', WEB_CONCURRENCY: '4' };
    expect(read(both).workers).to.equal(4);
  });

  it('lifts a tenant’s limit by 0', () => {
    const { tenantLimits } = read({
      RATE_LIMIT_GEOCODING_PER_MINUTE: '0',
      RATE_LIMIT_SHEETS_PER_MINUTE: '7',
    });
    expect(tenantLimits).to.deep.equal({
      geocoding: {},
      spreadsheet: { minute: 7 },
      webhook: { minute: 200 },
    });
  });

  for (const scheme of ['postgres', 'postgresql', 'postgresql+asyncpg'])
    it(`accepts a database by ${scheme}://`, () => {
      const DATABASE_URL = `${scheme}://u:p%40ss@db/x?sslmode=require`;
      expect(read({ ...production, DATABASE_URL }).databaseUrl).to.equal(DATABASE_URL);
    });

  describe('is refused', () => {
    it('with a database and no keys to seal with, nor to check tokens by', () => {
      const { DATABASE_URL } = production;
      expect(names({ DATABASE_URL })).to.deep.equal(['ENCRYPTION_KEYS', 'JWT_SECRET']);
      expect(names({ DATABASE_URL, ENCRYPTION_KEYS: KEY })).to.deep.equal(['JWT_SECRET']);
      expect(names({ DATABASE_URL, JWT_SECRET: SECRET })).to.deep.equal(['ENCRYPTION_KEYS']);
      expect(names({ DATABASE_URL, ENCRYPTION_KEYS: KEY, JWT_JWKS_URL: 'https://idp.test/' })).to.deep.equal(
        [],
      );
    });

    it('with every problem at once', () => {
      expect(
        names({
          DATABASE_URL: 'mysql://db/x',
          DATABASE_POOL_SIZE: '1',
          REDIS_URL: 'http://cache',
          RABBITMQ_URL: 'amqp',
          JWT_JWKS_URL: 'ftp://idp.test',
          PORT: '65536',
          LOG_LEVEL: 'loud',
          ALLOW_PRIVATE_PROVIDERS: 'maybe',
          MANAGEMENT_COMPANY_ID: 'two words',
          LOG_RETENTION_DAYS: '0',
          IDEMPOTENCY_KEEP_HOURS: '0',
          CACHE_GEOCODE_MINUTES: '61',
          CACHE_REVERSE_MINUTES: '4',
          RATE_LIMIT_GEOCODING_PER_MINUTE: '-1',
        }),
      ).to.have.members([
        'DATABASE_URL',
        'DATABASE_POOL_SIZE',
        'REDIS_URL',
        'RABBITMQ_URL',
        'ENCRYPTION_KEYS',
        'JWT_JWKS_URL',
        'PORT',
        'LOG_LEVEL',
        'ALLOW_PRIVATE_PROVIDERS',
        'MANAGEMENT_COMPANY_ID',
        'LOG_RETENTION_DAYS',
        'IDEMPOTENCY_KEEP_HOURS',
        'CACHE_GEOCODE_MINUTES',
        'CACHE_REVERSE_MINUTES',
        'RATE_LIMIT_GEOCODING_PER_MINUTE',
      ]);
    });

    it('with addresses that would fail only later, when they are used', () => {
      const told = (environment: Environment) => problems({ ...production, ...environment });
      for (const [name, value, rule] of [
        ['DATABASE_URL', 'postgresql:x', 'a URL starting with'],
        ['DATABASE_URL', 'postgresql://u:100%@db/x', 'user, password and database must be percent-encoded'],
        ['DATABASE_URL', 'postgresql://db/x?sslmode=strict', 'sslmode must be disable'],
        ['DATABASE_URL', 'postgresql://db/x?sslrootcert=/nowhere', 'the file of sslrootcert cannot be read'],
        ['RABBITMQ_URL', 'amqp:bus', 'a URL starting with'],
        ['RABBITMQ_URL', 'amqp://u:100%@bus', 'user, password and virtual host must be percent-encoded'],
        ['RABBITMQ_URL', 'amqp://bus/%zz', 'user, password and virtual host must be percent-encoded'],
        ['RABBITMQ_URL', 'amqp://bus?heartbeat=10s', 'heartbeat is an integer, 0 to 65535'],
        ['RABBITMQ_URL', 'amqp://bus?heartbeat=', 'heartbeat is an integer, 0 to 65535'],
        ['RABBITMQ_URL', 'amqp://bus?frameMax=100', 'frameMax is an integer, 0 or 4096 to 2147483647'],
        ['RABBITMQ_URL', 'amqp://bus?channelMax=1', 'channelMax is an integer, 0 or 2 to 65535'],
        // The standard URL parser takes the rest for a path: the host name would be looked up, and logged.
        ['RABBITMQ_URL', 'amqp://u:/b@bus', 'cannot be read as a URL of one host: in user and password'],
        ['RABBITMQ_URL', 'amqp://u:12#b@bus', 'cannot be read as a URL of one host: in user and password'],
        ['RABBITMQ_URL', 'amqp://u:?b@bus', 'cannot be read as a URL of one host: in user and password'],
        ['RABBITMQ_URL', 'amqp://u:a/b@bus', 'cannot be read as a URL of one host: in user and password'],
        ['RABBITMQ_URL', 'amqp://u:p@a/b@bus/v', 'cannot be read as a URL of one host: in user and password'],
        [
          'RABBITMQ_URL',
          'amqp://u:p@a/b@bus:5672',
          'cannot be read as a URL of one host: in user and password',
        ],
        ['RABBITMQ_URL', 'amqp://u:p@a#b@bus', 'cannot be read as a URL of one host: in user and password'],
        ['RABBITMQ_URL', 'amqp://u:p@a?b@bus', 'cannot be read as a URL of one host: in user and password'],
        ['RABBITMQ_URL', 'amqp://u:p@one,two', 'cannot be read as a URL of one host: in user and password'],
        ['DATABASE_URL', 'postgresql://u:p@a/b@db/x', 'cannot be read as a URL of one host: in user and'],
        ['DATABASE_URL', 'postgresql://u:p@a?b@db/x', 'cannot be read as a URL of one host: in user and'],
        ['DATABASE_URL', 'postgresql://u:/b@db/x', 'cannot be read as a URL of one host: in user and'],
        ['REDIS_URL', 'redis://:a/b@cache', 'cannot be read as one: .*; in user and password'],
        ['JWT_JWKS_URL', 'https://u:p@idp.test/keys', 'no user and no password'],
        ['PUBLIC_URL', 'https://u:p@hooks.example.test', 'host and path alone'],
        ['PUBLIC_URL', 'https://@hooks.example.test', 'host and path alone'],
        ['PUBLIC_URL', 'https://:@hooks.example.test/base', 'host and path alone'],
        ['PUBLIC_URL', 'https://hooks.example.test/?a=b', 'host and path alone'],
        ['PUBLIC_URL', 'https://hooks.example.test/#a', 'host and path alone'],
        ['PUBLIC_URL', 'https://hooks.example.test?', 'host and path alone'],
        ['PUBLIC_URL', 'https://hooks.example.test/base/#', 'host and path alone'],
        ['REDIS_URL', 'redis://one:6379,', 'hosts as host or host:port'],
        ['REDIS_URL', 'redis://one,,two', 'hosts as host or host:port'],
        ['HOST', 'http://127.0.0.1', 'an address of this machine'],
        ['HOST', '127.0.0.1:8006', 'an address of this machine'],
        ['HOST', '[::1]', 'an address of this machine'],
        ['HOST', 'two words', 'an address of this machine'],
      ] as const) {
        const standard = name === 'JWT_JWKS_URL' ? { JWT_SECRET: '' } : {};
        const [problem, ...others] = told({ ...standard, [name]: value });
        expect(problem, value).to.match(new RegExp(`^${name}: ${rule}`));
        expect(others, value).to.deep.equal([]);
      }
      for (const RABBITMQ_URL of ['amqp://bus/a?heartbeat=5', 'amqp://u:p%2F@bus/a@b', 'amqp://u@bus?x=y@z'])
        expect(told({ RABBITMQ_URL }), RABBITMQ_URL).to.deep.equal([]);
      for (const HOST of ['0.0.0.0', '::', '::1', 'fe80::1%eth0', 'localhost', 'gateway-1.example.test'])
        expect(told({ HOST }), HOST).to.deep.equal([]);
    });

    it('with two ways to check tokens, which is how keys get confused', () => {
      expect(names({ JWT_SECRET: SECRET, JWT_JWKS_URL: 'https://idp.test/' })).to.deep.equal(['JWT_SECRET']);
    });

    it('with a secret that is too short for HS256', () => {
      expect(names({ JWT_SECRET: 'x'.repeat(31) })).to.deep.equal(['JWT_SECRET']);
      expect(names({ JWT_SECRET: 'x'.repeat(32) })).to.deep.equal([]);
    });

    for (const keys of ['k1', 'k1:dG9vIHNob3J0', `${KEY},${KEY}`, 'k 1:', ','])
      it(`with encryption keys such as ${keys.slice(0, 20)}`, () => {
        expect(names({ ENCRYPTION_KEYS: keys })).to.include('ENCRYPTION_KEYS');
      });

    for (const name of ['GOOGLE_MAPS_API_KEY', 'YANDEX_MAPS_API_KEY'])
      it(`with a ${name} that no service can have`, () => {
        for (const key of ['two words', 'ключ', 'k'.repeat(513)])
          expect(problems({ [name]: key }), key).to.deep.equal([
            `${name}: 1 to 512 printable ASCII characters without spaces`,
          ]);
        expect(problems({ [name]: 'k'.repeat(512) })).to.deep.equal([]);
      });

    for (const port of ['80.5', '0x50', '1e3', 'http', '-1', '99999999999999999999', '٣'])
      it(`with port ${port}`, () => expect(names({ PORT: port })).to.deep.equal(['PORT']));
  });

  it('never repeats a value: it may be a secret in the wrong place', () => {
    const variables = [
      ...Object.keys(production),
      'REDIS_URL',
      'RABBITMQ_URL',
      'JWT_JWKS_URL',
      'GOOGLE_MAPS_API_KEY',
      'PORT',
      'LOG_LEVEL',
      'MANAGEMENT_COMPANY_ID',
      'CACHE_L1_MINUTES',
      'DEBUG',
    ];
    const value = fc.string({ minLength: 4, maxLength: 12 }).map((text) => `PLANTED${text}`);
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...variables), value, { minKeys: 1 }), (environment) => {
        for (const problem of problems(environment)) expect(problem).to.not.include('PLANTED');
      }),
    );
  });

  it('is read the same twice, and only from what it is given', () => {
    expect(configFrom(production)).to.deep.equal(configFrom({ ...production }));
    expect(isRight(configFrom(Object.freeze({ ...production })))).to.equal(true);
  });
});
