import { expect } from 'chai';
import { WrittenTogether } from '../../../../src/infrastructure/system/written-together.ts';

describe('what is written together', () => {
  it('goes in one write, and what comes meanwhile in the next', async () => {
    const writes: (readonly number[])[] = [];
    const together = new WrittenTogether<number>({
      write: async (items) => {
        writes.push(items);
        if (writes.length === 1) together.add(3);
      },
      onFailed: (error) => expect.fail(String(error)),
    });
    together.add(1);
    together.add(2);
    await together.flush();
    await together.flush();
    await together.flush();
    expect(writes).to.deep.equal([[1, 2], [3]]);
  });

  it('is kept in its order when it cannot be written, the newest of too much', async () => {
    const writes: (readonly number[])[] = [];
    const failures: number[] = [];
    let isAway = true;
    const together = new WrittenTogether<number>({
      write: (items) => {
        if (isAway) return Promise.reject(new Error('away'));
        writes.push(items);
        return Promise.resolve();
      },
      onFailed: (_error, waiting) => failures.push(waiting),
      mostWaiting: 3,
    });
    for (const item of [1, 2]) together.add(item);
    await together.flush();
    for (const item of [3, 4]) together.add(item);
    isAway = false;
    await together.flush();
    expect(failures).to.deep.equal([2]);
    expect(writes).to.deep.equal([[2, 3, 4]]);
  });
});
