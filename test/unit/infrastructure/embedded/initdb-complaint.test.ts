import { expect } from 'chai';
import { initdbComplaint } from '../../../../src/infrastructure/embedded/initdb-complaint.ts';

describe('The complaint of initdb', () => {
  it('is the line that says what went wrong, with what to do, without the steps that succeeded', () => {
    const output = [
      'The files belonging to this database system will be owned by user "nobody".',
      'This user must also own the server process.',
      '',
      'Data page checksums are enabled.',
      'fixing permissions on existing directory /data/postgres.unfinished ... ok',
      'running bootstrap script ... 2026-11-27 04:03:43.253 UTC [25652] FATAL:  could not write to file "pg_wal/xlogtemp.25652": No space left on device',
      'child process exited with exit code 1',
      'initdb: removing contents of data directory "/data/postgres.unfinished"',
    ].join('\n');
    expect(initdbComplaint(output)).to.equal(
      'running bootstrap script ... 2026-11-27 04:03:43.253 UTC [25652] FATAL:  could not write to file "pg_wal/xlogtemp.25652": No space left on device; make room on the disk of DATA_DIR, or set another',
    );
  });

  it('tells with it what the server advises: of a full disk only that speaks of room', () => {
    const output = [
      'running bootstrap script ... 2026-11-27 07:33:44.125 UTC [9269] FATAL:  could not extend file "base/1/2691": wrote only 4096 of 8192 bytes at block 9',
      '2026-11-27 07:33:44.125 UTC [9269] HINT:  Check free disk space.',
      'child process exited with exit code 1',
    ].join('\n');
    expect(initdbComplaint(output)).to.match(
      /wrote only 4096 .*; .*HINT: {2}Check free disk space\.; make room on the disk of DATA_DIR, or set another$/,
    );
  });

  it('is several lines when several report errors, and all of them when none does', () => {
    expect(initdbComplaint('initdb: error: one\ninitdb: hint: two\nerror: three\n')).to.equal(
      'initdb: error: one; error: three',
    );
    expect(initdbComplaint('killed\n\nby somebody\n')).to.equal('killed; by somebody');
  });

  it('says what to do for a user without a name', () => {
    expect(initdbComplaint('initdb: could not look up effective user ID 1000: user does not exist')).to.match(
      /^initdb: could not .* does not exist; run it as a user .* DATABASE_URL$/,
    );
  });

  it('says where the project cannot be installed, but not when a program is missing', () => {
    const missing = (folder: string): string =>
      initdbComplaint(
        `initdb: error: program "postgres" is needed by initdb but was not found in the same directory as "${folder}/bin/initdb"`,
      );
    for (const folder of ['/srv/a$b', '/srv/a`b', '/srv/a"b'])
      expect(missing(folder)).to.match(/initdb"; move the project to a folder without \$, .* DATABASE_URL$/);
    expect(missing('/srv/a b')).to.match(/"\/srv\/a b\/bin\/initdb"$/);
  });
});
