import { expect } from 'chai';
import { systemClock, systemSleep } from '../../../../src/infrastructure/system/system-clock.ts';

describe('systemClock', () => {
  it('tells the machine’s time in whole milliseconds and a monotonic one that does not go back', () => {
    expect(Math.abs(systemClock.now() - Date.now())).to.be.below(1_000);
    expect(Number.isInteger(systemClock.now())).to.equal(true);
    const first = systemClock.monotonic();
    expect(systemClock.monotonic()).to.be.at.least(first);
  });
});

describe('systemSleep', () => {
  it('waits about as long as asked', async () => {
    const start = performance.now();
    await systemSleep(15);
    expect(performance.now() - start).to.be.at.least(14);
  });

  it('resolves early, without error, when its signal aborts', async () => {
    const abort = new AbortController();
    const slept = systemSleep(60_000, abort.signal);
    abort.abort();
    await slept;
    await systemSleep(60_000, abort.signal);
    expect(abort.signal.aborted).to.equal(true);
  });

  it('does not fire at once when asked for more than a timer can hold', async () => {
    const abort = new AbortController();
    let woken = false;
    const slept = systemSleep(31 * 86_400_000, abort.signal).then(() => (woken = true));
    await systemSleep(5);
    expect(woken).to.equal(false);
    abort.abort();
    await slept;
  });
});
