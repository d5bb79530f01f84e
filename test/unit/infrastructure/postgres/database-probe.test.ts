import { expect } from 'chai';
import { poolConfig } from '../../../../src/infrastructure/postgres/database.ts';
import {
  databaseProbe,
  type ProbeOutcome,
} from '../../../../src/infrastructure/postgres/connection/database-probe.ts';
import { systemSleep } from '../../../../src/infrastructure/system/system-clock.ts';
import { refusingPostgres } from '../../../support/refusing-postgres.ts';

/** The outcome of a probe where every connection is refused in this way. */
const found = async (code: string, message: string): Promise<ProbeOutcome> => {
  const server = await refusingPostgres(code, message);
  const probe = databaseProbe({ config: poolConfig(server.url), sleep: systemSleep });
  const outcome = await probe.ask();
  probe.close();
  await server.close();
  return outcome;
};

describe('the probe of a database', () => {
  it('considers a database without a free connection available, since existing connections go on', async () => {
    expect(await found('53300', 'sorry, too many clients already')).to.deep.equal({ kind: 'answers' });
    const full = 'no more connections allowed (max_client_conn)';
    expect(await found('08P01', full)).to.deep.equal({ kind: 'answers' });
  });

  it('reports by the PostgreSQL code why connections are refused, also through PgBouncer', async () => {
    expect(await found('28P01', 'password authentication failed for user "u"')).to.include({ code: '28P01' });
    expect(await found('08P01', 'SASL authentication failed')).to.include({ code: '28P01' });
    expect(await found('08P01', 'no such database: main')).to.include({ kind: 'refused', code: '3D000' });
    expect(await found('08P01', 'server login has been failing')).to.include({ code: '08P01' });
  });
});
