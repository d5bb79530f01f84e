import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { postgresAddress } from '../../../../src/infrastructure/postgres/connection/connection-options.ts';
import { tlsFiles } from '../../../support/tls-files.ts';

const plain = { host: 'db.test', port: 5433, user: 'app', password: 'pä:ss@', database: 'main', ssl: false };
const { authority, certificate, key } = tlsFiles;
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
    it(`is encrypted, without verification of the server, with "${query}"`, () => {
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
    const issuer = postgresAddress(`postgresql://${REST}?sslmode=verify-ca&sslrootcert=${authority}`).ssl;
    expect(issuer).to.have.property('ca', readFileSync(authority, 'utf8'));
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
    const { ssl } = postgresAddress(`postgresql://${REST}?sslmode=require&sslrootcert=${authority}`);
    expect(ssl).to.have.property('rejectUnauthorized', true);
    expect(ssl).to.have.property('ca', readFileSync(authority, 'utf8'));
  });

  it('has Node look for the address, where it names one, in the certificate', () => {
    const { ssl } = postgresAddress('postgresql://app@[2001:db8::1]/main?sslmode=verify-full');
    expect(ssl).to.deep.equal({ host: '2001:db8::1', rejectUnauthorized: true });
  });

  it('is refused where it names files about TLS and no mode that makes use of them', () => {
    for (const files of [`sslrootcert=${authority}`, `sslcert=${certificate}&sslkey=${key}`])
      expect(problemOf(`postgresql://${REST}?${files}`), files).to.equal(
        'Error: DATABASE_URL: sslrootcert, sslcert, sslkey need an sslmode that makes use of them',
      );
  });

  it('is refused with files that are no certificates, or no pair of one and its key', () => {
    const files = (query: string): string => problemOf(`postgresql://${REST}?sslmode=require&${query}`);
    for (const none of ['package.json', key])
      expect(files(`sslrootcert=${none}`), none).to.equal(
        'Error: DATABASE_URL: the file of sslrootcert holds no certificates in PEM',
      );
    for (const query of [
      `sslcert=${certificate}`,
      `sslkey=${key}`,
      `sslcert=${authority}&sslkey=${key}`,
      `sslcert=${certificate}&sslkey=package.json`,
      `sslcert=package.json&sslkey=${key}`,
    ])
      expect(files(query), query).to.equal(
        'Error: DATABASE_URL: sslcert and sslkey name a certificate and the key of it, in PEM, not encrypted',
      );
    expect(files(`sslcert=${certificate}&sslkey=${key}`)).to.equal('none');
  });

  it('uses no TLS on a socket, as libpq does, whatever it requests', () => {
    for (const mode of ['require', 'verify-full'])
      expect(postgresAddress(`postgresql://app@/main?host=/run/pg&sslmode=${mode}`).ssl, mode).to.equal(
        false,
      );
    expect(problemOf('postgresql://app@/main?host=/run/pg&sslmode=maybe')).to.match(/sslmode must be/);
  });

  it('may have its port among the parameters, as libpq and asyncpg have it', () => {
    expect(postgresAddress('postgresql://app@/main?host=/run/pg&port=5433')).to.include({
      host: '/run/pg',
      port: 5433,
    });
    expect(postgresAddress('postgresql://app@db.test:1/main?port=5433').port).to.equal(5433);
    for (const port of ['x', '1,2', '65536', '-1'])
      expect(problemOf(`postgresql://app@/main?host=/run/pg&port=${port}`), port).to.match(
        /port is one number/,
      );
  });

  it('is refused where it names several hosts, in any form', () => {
    for (const url of [
      `postgresql://app:word@one.test:5432,two.test:5432/main`,
      `postgresql://app:word@one.test,two.test/main?target_session_attrs=read-write`,
      `postgresql://one.test,two.test`,
      `postgresql://app:word@/main?host=one.test,two.test`,
      `postgresql+asyncpg://app:word@/main?host=one.test&host=two.test`,
    ])
      expect(problemOf(url), url).to.match(/^Error: DATABASE_URL: one host alone, [^:]*$/);
    expect(postgresAddress('postgresql://app:a,b@db.test/main').password).to.equal('a,b');
    expect(problemOf('postgresql://app:a,b/c@db.test/main')).to.match(/\/ is written %2F/);
  });

  it('is refused where parameters say as whom or where, which siblings would heed', () => {
    for (const name of ['user', 'password', 'dbname', 'database', 'hostaddr', 'service'])
      expect(problemOf(`postgresql://${REST}?${name}=hunter2`), name).to.match(
        /^Error: DATABASE_URL: user, password, dbname, database, hostaddr, service are not supported as parameters: [^2]*$/,
      );
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
