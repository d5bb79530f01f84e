import { expect } from 'chai';
import { serverComplaint } from '../../../../src/infrastructure/embedded/server-complaint.ts';

describe('The complaint of an embedded server', () => {
  it('is why it ended, and what to do, and not the fear that precedes every recovery', () => {
    const said = [
      'LOG:  starting PostgreSQL 18.4 on x86_64-pc-linux-gnu',
      'LOG:  database system was interrupted while in recovery at 2026-11-28 15:45:43 UTC',
      'HINT:  This probably means that some data is corrupted and you will have to use the last backup for recovery.',
      'LOG:  redo done at 0/3FFDE50 system usage: CPU: user: 0.00 s, system: 0.01 s, elapsed: 0.03 s',
      'FATAL:  could not write to file "pg_wal/xlogtemp.19067": No space left on device',
      'LOG:  startup process (PID 19067) exited with exit code 1',
      'LOG:  database system is shut down',
      'PostgreSQL ended (code 1)',
    ];
    expect(serverComplaint(said)).to.match(
      /^FATAL: {2}could not write .+\nMake room on the disk of DATA_DIR,.+$/,
    );
  });

  it('says which limit to raise', () => {
    const said = ['FATAL:  insufficient file descriptors available to start server process'];
    expect(serverComplaint(said)).to.match(/^FATAL: .+\nRaise .+ulimit -n/);
  });

  it('is all it said where no line says why', () => {
    expect(serverComplaint(['setpriv: unknown option', 'PostgreSQL ended (code 1)'])).to.equal(
      'setpriv: unknown option\nPostgreSQL ended (code 1)',
    );
  });
});
