import { expect } from 'chai';
import { getEventListeners } from 'node:events';
import type { Sleep } from '../../src/domain/shared/clock.ts';

/** `pass` lets this much time pass; it does nothing where time runs by itself. */
export type SleepRig = { readonly sleep: Sleep; readonly pass: (milliseconds: number) => void };

const MOMENT = 5;
const LONG = 3_600_000;

/** The rules for every `Sleep`, including that of the fixed clock. */
export const sleepContract = (name: string, make: () => SleepRig): void => {
  describe(`${name} as a Sleep`, () => {
    let rig: SleepRig;
    beforeEach(() => void (rig = make()));
    const listenersOf = (signal: AbortSignal): number => getEventListeners(signal, 'abort').length;

    it('ends when the time has passed, the shorter one first', async () => {
      const order: string[] = [];
      const longer = rig.sleep(4 * MOMENT).then(() => order.push('longer'));
      const shorter = rig.sleep(MOMENT).then(() => order.push('shorter'));
      rig.pass(MOMENT);
      await shorter;
      expect(order).to.deep.equal(['shorter']);
      rig.pass(3 * MOMENT);
      await longer;
      expect(order).to.deep.equal(['shorter', 'longer']);
    });

    it('ends at once, without an error, when it is aborted', async () => {
      const told = new AbortController();
      const sleeping = rig.sleep(LONG, told.signal);
      told.abort(new Error('enough'));
      expect(await sleeping).to.equal(undefined);
    });

    it('does not begin if the signal is already aborted', async () => {
      expect(await rig.sleep(LONG, AbortSignal.abort())).to.equal(undefined);
    });

    it('leaves no listener on a signal that outlives it', async () => {
      const lasting = new AbortController();
      const sleeping = rig.sleep(MOMENT, lasting.signal);
      expect(listenersOf(lasting.signal)).to.equal(1);
      rig.pass(MOMENT);
      await sleeping;
      expect(listenersOf(lasting.signal)).to.equal(0);
    });
  });
};
