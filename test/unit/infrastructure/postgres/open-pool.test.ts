import { expect } from 'chai';
import { DatabaseAway } from '../../../../src/infrastructure/postgres/database-away.ts';
import { openPool } from '../../../../src/infrastructure/postgres/open-pool.ts';

describe('a pool of connections', () => {
  it('tells of idle ones that are lost, unless this process ends them itself', async () => {
    const warnings: string[] = [];
    const pool = openPool({}, (message) => warnings.push(message));
    const lost = (error: Error): void => void pool.emit('error', error);
    lost(new Error('terminated'));
    lost(new DatabaseAway('ECONNREFUSED'));
    expect(warnings).to.deep.equal(['idle PostgreSQL connection lost: terminated']);
    await pool.end();
    lost(new Error('terminated'));
    expect(warnings).to.have.length(1);
  });
});
