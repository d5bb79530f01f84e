import { expect } from 'chai';
import { databaseStartFailure } from '../../../../src/infrastructure/postgres/connection/database-start-failure.ts';

const told = (text: string, code?: string): string => {
  const failure = databaseStartFailure(Object.assign(new Error(text), code === undefined ? {} : { code }));
  return failure instanceof Error ? failure.message : '';
};

describe('a database that a start does not get', () => {
  it('is told by its variable, with what to do', () => {
    expect(told('role "u" does not exist', '28000')).to.equal(
      'the database of DATABASE_URL refuses the login: correct its user, its rights in pg_hba.conf, or sslmode ' +
        '(role "u" does not exist)',
    );
    for (const code of ['28P01', '3D000', '42501', 'ECONNREFUSED', 'ENOTFOUND', 'CERT_HAS_EXPIRED'])
      expect(told('as it is', code)).to.match(/^the database of DATABASE_URL .+: .+ \(as it is\)$/);
    expect(told('The server does not support SSL connections')).to.match(
      /DATABASE_URL does not support TLS: .* sslmode/,
    );
    expect(told('Connection terminated due to connection timeout')).to.match(/cannot be reached: /);
  });

  it('is told that PostgreSQL 16 lets nobody into the roles of another installation who only may create some', () => {
    expect(told('permission denied to grant role "integration_app"', '42501')).to.match(
      /create roles, or be a member of integration_app and integration_system if these already exist \(/,
    );
  });

  it('is told that an owner of a database who inherits nothing may make no table in it', () => {
    expect(told('permission denied for schema public', '42501')).to.match(
      /own the database, not be NOINHERIT and, .* \(permission denied for schema public\)$/,
    );
  });

  it('is told where it is there and does not serve: read-only, full, closed, still starting', () => {
    expect(told('as it is', '25006')).to.match(/is read-only: name the primary .+ \(as it is\)$/);
    expect(told('as it is', '53300')).to.match(
      /accepts no more connections: .*max_connections.* DATABASE_POOL_SIZE/,
    );
    for (const code of ['53100', '57P03', 'ECONNRESET'])
      expect(told('as it is', code)).to.match(/^the database of DATABASE_URL .+: .+ \(as it is\)$/);
    expect(told('Connection terminated unexpectedly')).to.match(/whether PostgreSQL listens/);
    expect(told('connect ENOENT /run/.s.PGSQL.5432', 'ENOENT')).to.match(
      /no socket in the folder that host names: /,
    );
    expect(told('no such file, scandir', 'ENOENT')).to.equal('no such file, scandir');
  });

  it('is told by what PgBouncer means, which calls nearly all a violation of the protocol', () => {
    const said = (text: string): string => told(text, '08P01');
    expect(said('no such database: integration')).to.match(/is not there: create it/);
    for (const text of ['SASL authentication failed', 'no such user: integration'])
      expect(said(text)).to.match(/refuses the password: /);
    expect(said('no more connections allowed (max_client_conn)')).to.match(/accepts no more connections: /);
    expect(said('server login has been failing, try again later (server_login_retry)')).to.match(
      /^the database of DATABASE_URL cannot be reached by the PgBouncer in front of it: .+\(server_login_retry\)\)$/,
    );
    expect(said('bad packet')).to.equal('bad packet');
  });

  it('is told that its certificate is not in force yet, or that it does not take the one it is shown', () => {
    expect(told('certificate is not yet valid', 'CERT_NOT_YET_VALID')).to.match(
      /not valid yet: check the clocks/,
    );
    for (const code of [
      'ERR_SSL_TLSV1_ALERT_UNKNOWN_CA',
      'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED',
      'ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED',
      'ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE',
    ])
      expect(
        told('400D:error:0A000418:SSL routines:ssl3_read_bytes:record/rec_layer_s3.c:918:\n', code),
      ).to.equal(
        'the database of DATABASE_URL does not accept the certificate of sslcert: name one that is valid ' +
          `and issued by an authority in its ssl_ca_file (${code})`,
      );
  });

  it('is told that its address lacks a password, not what the driver calls that', () => {
    for (const wanted of ['a string', 'a non-empty string'])
      expect(told(`SASL: SCRAM-SERVER-FIRST-MESSAGE: client password must be ${wanted}`)).to.match(
        /^the database of DATABASE_URL requires a password: write it after the user, percent-encoded \(SASL/,
      );
  });

  it('is told that it is closed to all, or left half dropped', () => {
    expect(told('database "d" is not currently accepting connections', '55000')).to.match(
      /is closed to everybody: .*allow_connections true/,
    );
    expect(told('cannot connect to invalid database "d"', '55000')).to.match(/is half dropped: .*drop it/);
  });

  it('is told where something else than PostgreSQL answers', () => {
    for (const said of [
      'Received unexpected copyData message from backend.',
      'received invalid response: 48',
    ])
      expect(told(said)).to.match(/is not PostgreSQL: .*port/);
  });

  it('has its code where it has no text, as a name with two addresses', () => {
    expect(told('', 'ECONNREFUSED')).to.match(/\(ECONNREFUSED\)$/);
  });

  it('says what it is where nobody knows what to do, as the same error', () => {
    for (const code of [undefined, 'XX000']) {
      const error = Object.assign(new Error('disk gone'), { code });
      expect(databaseStartFailure(error)).to.equal(error);
    }
    expect(databaseStartFailure('text')).to.equal('text');
  });
});
