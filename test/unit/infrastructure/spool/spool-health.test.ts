import { expect } from 'chai';
import { spoolHealth } from '../../../../src/infrastructure/spool/spool-health.ts';

type Problem = 'full' | 'disk-failed' | undefined;

const healthOf = async (mode: 'spool' | 'database', problem: Problem, records = 0) => {
  const { status, detail } = await spoolHealth({ spool: { problem, records }, journal: { mode } })();
  return [status, detail];
};

describe('The health of a spool', () => {
  it('is good while nothing is to be spooled and it could be', async () => {
    expect(await healthOf('database', undefined)).to.deep.equal(['ok', undefined]);
    // What fills it is just being shipped.
    expect(await healthOf('database', 'full', 9)).to.deep.equal(['ok', undefined]);
  });

  it('is degraded while the database is there and the disk is known to fail: the next outage refuses calls', async () => {
    const [status, detail] = await healthOf('database', 'disk-failed');
    expect(status).to.equal('degraded');
    expect(detail).to.contain('cannot be written');
  });

  it('is degraded while calls wait in it, and down when they cannot', async () => {
    expect(await healthOf('spool', undefined, 9)).to.deep.equal([
      'degraded',
      '9 calls wait for the database',
    ]);
    for (const problem of ['full', 'disk-failed'] as const)
      expect(await healthOf('spool', problem)).to.deep.equal(['down', problem]);
  });
});
