import { expect } from 'chai';
import type { TenantId } from '../../../../src/domain/shared/tenant-context.ts';
import { tenantGroups } from '../../../../src/infrastructure/postgres/cache/tenant-groups.ts';

const ONE = 'company_1' as TenantId;
const TWO = 'company_2' as TenantId;

type Run = { readonly tenant: string; readonly items: readonly string[]; readonly land: () => void };

/** Each run is held until the test lets it finish, and refuses the item "bad". */
const held = () => {
  const runs: Run[] = [];
  const { ask, settled } = tenantGroups<string, string>({
    run: async (tenant, items) => {
      await new Promise<void>((land) => runs.push({ tenant, items, land }));
      if (items.includes('bad')) throw new Error('refused');
      if (items.includes('away')) throw new Error('away');
      return items.map((item) => `${item}!`);
    },
    oneIsToBlame: (error) => error instanceof Error && error.message === 'refused',
  });
  const landAll = async (): Promise<void> => {
    for (let at = 0; at < runs.length; at += 1) {
      runs[at]?.land();
      await new Promise(setImmediate);
    }
  };
  return { ask, settled, runs, landAll, told: () => runs.map(({ tenant, items }) => [tenant, ...items]) };
};

describe('tenant groups', () => {
  it('send the first alone and at once, the others together behind it', async () => {
    const { ask, told, landAll } = held();
    const answers = Promise.all(['a', 'b', 'c'].map((item) => ask(ONE, item)));
    expect(told()).to.deep.equal([[ONE, 'a']]);
    await landAll();
    expect(told()).to.deep.equal([
      [ONE, 'a'],
      [ONE, 'b', 'c'],
    ]);
    expect(await answers).to.deep.equal(['a!', 'b!', 'c!']);
  });

  it('wait for others before each group when they are told to gather', async () => {
    const told: (readonly string[])[] = [];
    const gathering: (() => void)[] = [];
    const { ask } = tenantGroups<string, string>({
      run: async (_tenant, items) => {
        told.push(items);
        return items;
      },
      oneIsToBlame: () => false,
      gather: () => new Promise((resolve) => gathering.push(resolve)),
    });
    const first = Promise.all(['a', 'b'].map((item) => ask(ONE, item)));
    expect(told).to.deep.equal([]);
    gathering[0]?.();
    expect(await first).to.deep.equal(['a', 'b']);
    const second = ask(ONE, 'c');
    gathering[1]?.();
    expect(await second).to.equal('c');
    expect(told).to.deep.equal([['a', 'b'], ['c']]);
  });

  it('never mix tenants, nor let one wait for another', async () => {
    const { ask, told, landAll } = held();
    const answers = Promise.all([ask(ONE, 'a'), ask(TWO, 'b'), ask(ONE, 'c'), ask(TWO, 'd')]);
    expect(told()).to.deep.equal([
      [ONE, 'a'],
      [TWO, 'b'],
    ]);
    await landAll();
    expect(told().slice(2)).to.deep.equal([
      [ONE, 'c'],
      [TWO, 'd'],
    ]);
    expect(await answers).to.deep.equal(['a!', 'b!', 'c!', 'd!']);
  });

  it('start at once again after a pause', async () => {
    const { ask, told, landAll } = held();
    const first = ask(ONE, 'a');
    await landAll();
    await first;
    const second = ask(ONE, 'b');
    expect(told()).to.deep.equal([
      [ONE, 'a'],
      [ONE, 'b'],
    ]);
    await landAll();
    expect(await second).to.equal('b!');
  });

  it('let one refused item harm no other', async () => {
    const { ask, landAll } = held();
    const answers = Promise.allSettled(['a', 'b', 'bad', 'c'].map((item) => ask(ONE, item)));
    await landAll();
    expect((await answers).map(({ status }) => status)).to.deep.equal([
      'fulfilled',
      'fulfilled',
      'rejected',
      'fulfilled',
    ]);
  });

  it('tell everybody of a failure that is nobody’s, and go on', async () => {
    const { ask, told, landAll } = held();
    const answers = Promise.allSettled(['a', 'b', 'away'].map((item) => ask(ONE, item)));
    await landAll();
    expect((await answers).map(({ status }) => status)).to.deep.equal(['fulfilled', 'rejected', 'rejected']);
    expect(told()).to.have.length(2);
    const next = ask(ONE, 'c');
    await landAll();
    expect(await next).to.equal('c!');
  });

  it('tell when everything asked for is answered, of one tenant and of all', async () => {
    const { ask, settled, runs, landAll } = held();
    const order: string[] = [];
    const note = (what: string) => (): number => order.push(what);
    const answers = Promise.allSettled([ask(ONE, 'a'), ask(ONE, 'away'), ask(TWO, 'b')]);
    const one = settled(ONE).then(note('one'));
    const all = settled().then(note('all'));
    await settled('company_3' as TenantId).then(note('nothing asked'));
    runs[0]?.land();
    await new Promise(setImmediate);
    runs[2]?.land();
    await one;
    await landAll();
    await Promise.all([all, answers]);
    expect(order).to.deep.equal(['nothing asked', 'one', 'all']);
  });

  it('are of bounded size', async () => {
    const { ask, runs, landAll } = held();
    const answers = Promise.all(Array.from({ length: 300 }, (_, n) => ask(ONE, String(n))));
    await landAll();
    expect(runs.map(({ items }) => items.length)).to.deep.equal([1, 128, 128, 43]);
    expect(await answers).to.have.length(300);
  });
});
