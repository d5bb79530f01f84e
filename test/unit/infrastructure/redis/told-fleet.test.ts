import { expect } from 'chai';
import { ToldFleet } from '../../../../src/infrastructure/redis/quota/told-fleet.ts';

describe('the fleet as Redis tells a replica', () => {
  /** The number of replicas that share what is left after each of these: a number was reported by a heartbeat. */
  const sharers = (...steps: readonly (number | 'missed')[]): readonly number[] => {
    const fleet = new ToldFleet({ id: 'one', monotonic: () => 0 });
    return steps.map((step) => {
      if (step === 'missed') fleet.missed();
      else fleet.hear([0, step, 0, 1, []]);
      return fleet.liveReplicas;
    });
  };

  it('has at least four members until two heartbeats in a row were answered, and then as many as they reported', () => {
    expect(sharers('missed', 1, 1, 'missed')).to.deep.equal([4, 4, 1, 1]);
    expect(sharers(6, 2)).to.deep.equal([6, 6]);
  });

  it('also has four where each new connection answers only one heartbeat', () => {
    expect(sharers(1, 'missed', 1, 'missed', 2)).to.deep.equal([4, 4, 4, 4, 4]);
  });
});
