import { expect } from 'chai';
import { postgresAddress } from '../../../../src/infrastructure/postgres/connection/connection-options.ts';

const plain = { host: 'db.test', port: 5433, user: 'app', password: 'pä:ss@', database: 'main', ssl: false };
const REST = 'app:p%C3%A4%3Ass%40@db.test:5433/main';

const problemOf = (url: string): string => {
  try {
    postgresAddress(url);
    return 'none';
  } catch (error) {
    return String(error);
  }
};

describe('DATABASE_URL', () => {
  for (const scheme of ['postgres', 'postgresql', 'postgresql+asyncpg'])
    it(`is read with the scheme ${scheme}`, () => {
      expect(postgresAddress(`${scheme}://${REST}`)).to.deep.equal(plain);
    });

  it('leaves out what belongs to other drivers', () => {
    const url = `postgresql+asyncpg://${REST}?prepared_statement_cache_size=0&command_timeout=5&options=-csearch_path%3Dx`;
    expect(postgresAddress(url)).to.deep.equal(plain);
  });

  it('may be short: the standard port, the user name as database, no password', () => {
    const { host, port, user, password, database } = postgresAddress('postgres://app@localhost');
    expect({ host, port, user, password, database }).to.deep.equal({
      host: 'localhost',
      port: 5432,
      user: 'app',
      password: undefined,
      database: 'app',
    });
  });

  it('may name a socket folder or an IPv6 address', () => {
    expect(postgresAddress('postgresql:///main?host=/var/run/postgresql').host).to.equal(
      '/var/run/postgresql',
    );
    expect(postgresAddress('postgresql://app@[::1]:5433/main').host).to.equal('::1');
  });

  it('may be written for a socket as libpq and SQLAlchemy write it, with a user and no host', () => {
    for (const url of [
      'postgresql://app:p%C3%A4%3Ass%40@/main?host=/cloudsql/p:r:i',
      'postgresql+asyncpg://app:p%C3%A4%3Ass%40@/main?host=/cloudsql/p:r:i',
      'postgresql://app:p%C3%A4%3Ass%40@%2Fcloudsql%2Fp%3Ar%3Ai/main',
    ])
      expect(postgresAddress(url), url).to.deep.equal({ ...plain, host: '/cloudsql/p:r:i', port: 5432 });
    expect(postgresAddress('postgresql://app@:5433/main')).to.include({ host: 'localhost', port: 5433 });
    expect(postgresAddress('postgresql://app@')).to.include({ host: 'localhost', database: 'app' });
  });

  it('says of a password that is not percent-encoded what to do, and not that the scheme is wrong', () => {
    for (const url of ['postgresql://u:a/b@db/x', 'postgresql://u:a#b@db/x', 'postgresql://u:12#b@db/x'])
      expect(problemOf(url), url).to.match(/^Error: DATABASE_URL: .* \/ is written %2F, # %23, @ %40$/);
    for (const url of ['mysql://db/x', 'postgresql:x', 'db.test'])
      expect(problemOf(url), url).to.match(/^Error: DATABASE_URL: a URL starting with postgresql:/);
  });

  for (const query of [
    '',
    '?sslmode=disable',
    '?sslmode=prefer',
    '?sslmode=allow',
    '?ssl=false',
    '?ssl=disable',
  ])
    it(`is plain with "${query}"`, () => {
      expect(postgresAddress(`postgresql://${REST}${query}`).ssl).to.equal(false);
    });

  for (const query of ['?sslmode=require', '?ssl=require', '?ssl=true', '?ssl=True'])
    it(`is encrypted, whoever answers, with "${query}"`, () => {
      expect(postgresAddress(`postgresql://${REST}${query}`).ssl).to.deep.equal({
        rejectUnauthorized: false,
      });
    });

  for (const name of ['ssl_mode', 'sslMode', 'SSLMODE', 'tls', 'sslroot', 'sslcrl'])
    it(`is refused where "${name}" would be believed to hold`, () => {
      const problem = problemOf(`postgresql://${REST}?${name}=require`);
      expect(problem).to.match(/^Error: DATABASE_URL: .* only sslmode, ssl, sslrootcert, sslcert, sslkey/);
    });

  it('leaves what is no danger to other drivers', () => {
    const others = 'sslsni=1&sslnegotiation=postgres&prepared_statement_cache_size=0&application_name=a';
    expect(postgresAddress(`postgresql://${REST}?sslmode=verify-full&${others}`).ssl).to.deep.equal({
      rejectUnauthorized: true,
    });
  });

  it('checks the issuer with verify-ca, the name too with verify-full', () => {
    const issuer = postgresAddress(`postgresql://${REST}?sslmode=verify-ca&sslrootcert=package.json`).ssl;
    expect(issuer).to.have.property('ca').that.includes('"name"');
    expect(issuer).to.have.property('rejectUnauthorized', true);
    expect(issuer).to.have.property('checkServerIdentity').that.is.a('function');
    const full = postgresAddress(`postgresql://${REST}?sslmode=verify-full`).ssl;
    expect(full).to.deep.equal({ rejectUnauthorized: true });
  });

  it('is refused with verify-ca where no root is named, for public ones sign for anybody', () => {
    expect(problemOf(`postgresql://${REST}?sslmode=verify-ca`)).to.match(
      /^Error: DATABASE_URL: sslmode=verify-ca needs sslrootcert, /,
    );
  });

  it('trusts the authorities of the system by name, and then looks at the name of the server, as libpq does', () => {
    for (const mode of ['', '&sslmode=verify-full', '&ssl=verify-full'])
      expect(postgresAddress(`postgresql://${REST}?sslrootcert=system${mode}`).ssl, mode).to.deep.equal({
        rejectUnauthorized: true,
      });
    for (const mode of ['disable', 'prefer', 'require', 'verify-ca'])
      expect(problemOf(`postgresql://${REST}?sslmode=${mode}&sslrootcert=system`), mode).to.equal(
        'Error: DATABASE_URL: sslrootcert=system needs sslmode=verify-full',
      );
  });

  it('checks the issuer with require as soon as a root is given, as libpq does', () => {
    const { ssl } = postgresAddress(`postgresql://${REST}?sslmode=require&sslrootcert=package.json`);
    expect(ssl).to.have.property('rejectUnauthorized', true);
    expect(ssl).to.have.property('ca').that.includes('"name"');
  });

  it('is refused with a file of certificates that is empty, for which everybody would be trusted whom Node trusts', () => {
    for (const name of ['sslrootcert', 'sslcert', 'sslkey'])
      for (const mode of ['require', 'verify-ca', 'verify-full'])
        expect(
          problemOf(`postgresql://${REST}?sslmode=${mode}&${name}=/dev/null`),
          `${mode} ${name}`,
        ).to.equal(`Error: DATABASE_URL: the file of ${name} is empty`);
  });

  for (const url of [
    `mysql://${REST}`,
    `postgresql://${REST}?sslmode=maybe`,
    `postgresql://${REST}?sslmode=verify-full&sslrootcert=/nowhere/root.pem`,
    'app:p%C3%A4%3Ass%40@db.test',
    'postgresql://app:p%C3%A4%3Ass%40@db test/',
  ])
    it(`is refused without being repeated: ${url}`, () => {
      const problem = problemOf(url);
      expect(problem).to.match(/^Error: DATABASE_URL/);
      expect(problem).to.not.match(/ss%40|pä:ss|db.test/);
    });
});
