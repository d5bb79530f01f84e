import { expect } from 'chai';
import { spoolHealth } from '../../../../src/infrastructure/spool/spool-health.ts';

type Problem = 'full' | 'disk-failed' | undefined;
const noRoom = Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });

const healthOf = async (mode: 'spool' | 'database', problem: Problem, records = 0) => {
  const { status, detail } = await spoolHealth({
    spool: { problem, records, diskError: problem === 'disk-failed' ? noRoom : undefined },
    journal: { mode },
  })();
  return [status, detail];
};

describe('The health of a spool', () => {
  it('is good while nothing is to be spooled and it could be', async () => {
    expect(await healthOf('database', undefined)).to.deep.equal(['ok', undefined]);
    // What fills it is being shipped at the moment.
    expect(await healthOf('database', 'full', 9)).to.deep.equal(['ok', undefined]);
  });

  it('is degraded while the database is there and the disk is known to fail: the next outage refuses calls', async () => {
    const [status, detail] = await healthOf('database', 'disk-failed');
    expect(status).to.equal('degraded');
    expect(detail).to.equal('cannot be written (ENOSPC): without the database calls are refused');
  });

  it('is degraded while calls wait in it, and down when they cannot', async () => {
    expect(await healthOf('spool', undefined, 9)).to.deep.equal([
      'degraded',
      '9 calls wait for the database',
    ]);
  });

  it('says why calls are refused: its limit, or what the disk says', async () => {
    expect(await healthOf('spool', 'full')).to.deep.equal([
      'down',
      'SPOOL_MAX_BYTES are used up: calls are refused',
    ]);
    expect(await healthOf('spool', 'disk-failed')).to.deep.equal([
      'down',
      'cannot be written (ENOSPC): calls are refused',
    ]);
  });
});
