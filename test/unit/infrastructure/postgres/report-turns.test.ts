import { expect } from 'chai';
import type { TenantId } from '../../../../src/domain/shared/tenant-context.ts';
import { reportTurns } from '../../../../src/infrastructure/postgres/trail/report-turns.ts';
import { turn } from '../../../support/fixed-clock.ts';

const [ONE, TWO, THREE] = ['one', 'two', 'three'] as unknown as readonly [TenantId, TenantId, TenantId];

describe('turns of reports', () => {
  const rig = (connections: number) => {
    const inTurn = reportTurns(connections);
    const running: { readonly tenant: TenantId; readonly end: () => void }[] = [];
    const ask = (tenant: TenantId): Promise<void> =>
      inTurn(tenant, () => new Promise<void>((end) => void running.push({ tenant, end })));
    const tenants = (): readonly TenantId[] => running.map(({ tenant }) => tenant);
    const endFirst = async (): Promise<void> => {
      running.shift()?.end();
      await turn();
    };
    return { inTurn, ask, tenants, endFirst };
  };

  it('leave half of the connections to everything else, and one tenant half of theirs', async () => {
    const { ask, tenants } = rig(8);
    for (const tenant of [ONE, ONE, ONE, TWO, TWO, TWO, THREE]) void ask(tenant);
    await turn();
    expect(tenants()).to.deep.equal([ONE, ONE, TWO, TWO]);
  });

  it('are granted to the one that has waited longest among those permitted', async () => {
    const { ask, tenants, endFirst } = rig(8);
    for (const tenant of [ONE, ONE, ONE, TWO, TWO, THREE]) void ask(tenant);
    await endFirst();
    expect(tenants()).to.deep.equal([ONE, TWO, TWO, ONE]);
    await endFirst();
    expect(tenants()).to.deep.equal([TWO, TWO, ONE, THREE]);
    for (let n = 0; n < 4; n += 1) await endFirst();
    expect(tenants()).to.deep.equal([]);
  });

  it('are given on by reports that fail, whose failure is told', async () => {
    const { inTurn, ask, tenants } = rig(2);
    const failed = inTurn(ONE, () => Promise.reject(new Error('cancelled')));
    void ask(ONE);
    expect(await failed.catch((error: unknown) => String(error))).to.equal('Error: cancelled');
    await turn();
    expect(tenants()).to.deep.equal([ONE]);
  });

  it('let a single report run whatever the number of connections', async () => {
    const { ask, tenants, endFirst } = rig(1);
    void ask(ONE);
    void ask(TWO);
    await turn();
    expect(tenants()).to.deep.equal([ONE]);
    await endFirst();
    expect(tenants()).to.deep.equal([TWO]);
  });
});
