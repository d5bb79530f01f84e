import { expect } from 'chai';
import { setImmediate as turn } from 'node:timers/promises';
import { whileSenderWaits, LATE } from '../../../../src/application/webhooks/while-sender-waits.ts';

/** Over at once, as in a process that was stalled until then; `0` gives the sockets a turn, as the real timer does. */
const overslept = async (ms: number): Promise<void> => {
  if (ms === 0) await turn();
};
const answeredAfter = async (turns: number): Promise<string> => {
  for (let n = 0; n < turns; n += 1) await turn();
  return 'found';
};

describe('the lookup of a webhook', () => {
  it('counts although the time is over when its answer is at a socket that could not be read', async () => {
    for (const turns of [0, 1, 3, 6])
      expect(await whileSenderWaits(answeredAfter(turns), overslept), `${turns} turns`).to.equal('found');
  });

  it('is late when nothing comes', async () => {
    expect(await whileSenderWaits(new Promise(() => undefined), overslept)).to.equal(LATE);
  });

  it('fails as its store does, and a failure after the time is over is not reported', async () => {
    const failure = await whileSenderWaits(Promise.reject(new Error('lost')), overslept).catch(String);
    expect(failure).to.equal('Error: lost');
    const { promise, reject } = Promise.withResolvers<string>();
    expect(await whileSenderWaits(promise, overslept)).to.equal(LATE);
    reject(new Error('lost later'));
    await turn();
  });

  it('leaves no timer behind', async () => {
    let given: AbortSignal | undefined;
    const asleep = (_: number, signal?: AbortSignal): Promise<void> => {
      given = signal;
      return new Promise((resolve) => signal?.addEventListener('abort', () => resolve()));
    };
    expect(await whileSenderWaits(answeredAfter(2), asleep)).to.equal('found');
    expect(given?.aborted).to.equal(true);
  });
});
