import { expect } from 'chai';
import { poolConfig } from '../../../../src/infrastructure/postgres/database.ts';
import {
  databaseProbe,
  type ProbeOutcome,
} from '../../../../src/infrastructure/postgres/connection/database-probe.ts';
import { systemSleep } from '../../../../src/infrastructure/system/system-clock.ts';
import { refusingPostgres } from '../../../support/refusing-postgres.ts';

/** What a probe finds where everybody is refused so. */
const found = async (code: string, message: string): Promise<ProbeOutcome> => {
  const server = await refusingPostgres(code, message);
  const probe = databaseProbe({ config: poolConfig(server.url), sleep: systemSleep });
  const outcome = await probe.ask();
  probe.close();
  await server.close();
  return outcome;
};

describe('the probe of a database', () => {
  it('takes one for there that has no place for it: whoever has a connection goes on', async () => {
    expect(await found('53300', 'sorry, too many clients already')).to.deep.equal({ kind: 'answers' });
    const full = 'no more connections allowed (max_client_conn)';
    expect(await found('08P01', full)).to.deep.equal({ kind: 'answers' });
  });

  it('tells by the code of PostgreSQL why nobody is let in, through PgBouncer as well', async () => {
    expect(await found('28P01', 'password authentication failed for user "u"')).to.include({ code: '28P01' });
    expect(await found('08P01', 'SASL authentication failed')).to.include({ code: '28P01' });
    expect(await found('08P01', 'no such database: main')).to.include({ kind: 'refused', code: '3D000' });
    expect(await found('08P01', 'server login has been failing')).to.include({ code: '08P01' });
  });
});
