import { expect } from 'chai';
import { fixedClock, turn } from '../../support/fixed-clock.ts';

describe('fixedClock', () => {
  it('stands still until moved and moves both clocks', () => {
    const clock = fixedClock(1_000);
    expect([clock.now(), clock.now(), clock.monotonic()]).to.deep.equal([1_000, 1_000, 0]);
    clock.advance(250);
    expect([clock.now(), clock.monotonic()]).to.deep.equal([1_250, 250]);
  });

  it('steps the wall clock back without touching the monotonic one', () => {
    const clock = fixedClock(1_000);
    clock.set(4_000);
    clock.set(2_000);
    expect([clock.now(), clock.monotonic()]).to.deep.equal([2_000, 3_000]);
  });

  it('wakes sleepers that are passed, in the order they are due', async () => {
    const clock = fixedClock(0);
    const woken: number[] = [];
    for (const ms of [30, 10, 20, 40]) void clock.sleep(ms).then(() => woken.push(ms));
    clock.advance(30);
    await turn();
    expect(woken).to.deep.equal([10, 20, 30]);
    expect(clock.pending()).to.equal(1);
  });

  it('lets a sleeper go when its signal aborts', async () => {
    const clock = fixedClock(0);
    const abort = new AbortController();
    const slept = clock.sleep(10, abort.signal);
    abort.abort();
    await slept;
    expect(clock.pending()).to.equal(0);
  });

  it('runs a loop with sleeps turn by turn', async () => {
    const clock = fixedClock(0);
    const times: number[] = [];
    void (async () => {
      for (;;) {
        await clock.sleep(1_000);
        times.push(clock.now());
      }
    })();
    await clock.run(3_500);
    expect(times).to.deep.equal([1_000, 2_000, 3_000]);
    expect(clock.now()).to.equal(3_500);
  });
});
