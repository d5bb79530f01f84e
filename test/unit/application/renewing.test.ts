import { expect } from 'chai';
import { renewing } from '../../../src/application/renewing.ts';
import { fixedClock, turn } from '../../support/fixed-clock.ts';

describe('a lease that is renewed while work is under way', () => {
  const EVERY_MS = 5_000;

  it('goes on being renewed after a sign of life that was lost', async () => {
    const clock = fixedClock();
    const work = Promise.withResolvers<string>();
    let signs = 0;
    const renew = async (): Promise<boolean> => {
      signs += 1;
      if (signs === 1) throw new Error('the connection was lost');
      return true;
    };
    const done = renewing({ sleep: clock.sleep, renewEveryMs: EVERY_MS }, renew, () => work.promise);
    await clock.run(3 * EVERY_MS);
    expect(signs).to.equal(3);
    work.resolve('done');
    expect(await done).to.equal('done');
    await clock.run(3 * EVERY_MS);
    expect(signs).to.equal(3);
  });

  it('is no more on its way to be renewed when its work is told to be over', async () => {
    const clock = fixedClock();
    const sent = Promise.withResolvers<boolean>();
    const told: string[] = [];
    const work = Promise.withResolvers<void>();
    const deps = { sleep: clock.sleep, renewEveryMs: EVERY_MS };
    const done = renewing(
      deps,
      () => sent.promise,
      () => work.promise,
    ).then(() => told.push('over'));
    await clock.run(EVERY_MS);
    work.resolve();
    await turn();
    told.push('renewed');
    sent.resolve(true);
    await done;
    expect(told).to.deep.equal(['renewed', 'over']);
  });
});
