import { expect } from 'chai';
import { onceATurn } from '../../../../src/infrastructure/system/once-a-turn.ts';
import { turn } from '../../../support/fixed-clock.ts';

describe('onceATurn', () => {
  it('works once for all who ask in one turn, and not before its end', async () => {
    let done = 0;
    const ask = onceATurn(() => void (done += 1));
    ask();
    ask();
    await Promise.resolve();
    expect(done).to.equal(0);
    await turn();
    expect(done).to.equal(1);
  });

  it('runs again for later callers, including the work itself', async () => {
    let done = 0;
    const ask = onceATurn(() => {
      done += 1;
      if (done === 1) ask();
    });
    ask();
    await turn();
    await turn();
    expect(done).to.equal(2);
    ask();
    await turn();
    expect(done).to.equal(3);
  });
});
