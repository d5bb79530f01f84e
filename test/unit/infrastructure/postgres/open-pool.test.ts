import { expect } from 'chai';
import { DatabaseAway } from '../../../../src/infrastructure/postgres/connection/database-away.ts';
import { openPool } from '../../../../src/infrastructure/postgres/connection/open-pool.ts';
import { fixedClock } from '../../../support/fixed-clock.ts';

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

  it('tells once where a server ends all of them together, and again of another reason or another time', async () => {
    const clock = fixedClock();
    const warnings: string[] = [];
    const pool = openPool({}, (message) => warnings.push(message.replace(/^.*: /, '')), clock.monotonic);
    const lost = (reason: string): void => void pool.emit('error', new Error(reason));
    for (let connection = 0; connection < 10; connection += 1) lost('shut down');
    lost('cut off');
    clock.advance(10_000);
    lost('shut down');
    expect(warnings).to.deep.equal(['shut down', 'cut off', 'shut down']);
    await pool.end();
  });
});
