import { expect } from 'chai';
import { serverLine } from '../../../../src/infrastructure/embedded/server-line.ts';

describe('A line of the embedded server', () => {
  it('is told to everybody when it says why the server ends, and else to those who look for it', () => {
    const told: string[] = [];
    const note = (level: string) => (message: string) => void told.push(`${level} ${message}`);
    const tell = serverLine({ debug: note('debug'), error: note('error') });
    tell('LOG:  checkpoint starting: time');
    tell('PANIC:  could not write to file "pg_wal/xlogtemp.7": No space left on device');
    tell('STATEMENT:  select PANIC: of a caller');
    expect(told).to.deep.equal([
      'debug postgresql',
      'error the embedded PostgreSQL stops because of a fatal error',
      'debug postgresql',
    ]);
  });
});
