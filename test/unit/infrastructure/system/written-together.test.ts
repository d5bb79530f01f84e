import { expect } from 'chai';
import { WrittenTogether } from '../../../../src/infrastructure/system/written-together.ts';
import { turn } from '../../../support/fixed-clock.ts';
import { mockedTime } from '../../../support/mocked-time.ts';

describe('what is written together', () => {
  it('is sent in one write, and what comes meanwhile in the next', async () => {
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

  it('leaves what fails alone for two seconds, however much is added meanwhile', async () => {
    const time = mockedTime();
    try {
      const tried: number[] = [];
      let written = 0;
      const together = new WrittenTogether<number>({
        write: async () => {
          tried.push(time.monotonic());
          // Longer than an item waits for others.
          await new Promise((resolve) => void setTimeout(resolve, 150));
          if (tried.length < 3) throw new Error('the disk is full');
        },
        onFailed: () => undefined,
        onWritten: () => void (written += 1),
      });
      for (let ms = 0; ms < 5_000; ms += 10) {
        together.add(ms);
        time.advance(10);
        await turn();
      }
      // After the two failures, at once as long as all goes well.
      expect(tried.slice(0, 3)).to.deep.equal([100, 2_250, 4_400]);
      expect(written).to.be.greaterThan(1);
    } finally {
      time.restore();
    }
  });
});
