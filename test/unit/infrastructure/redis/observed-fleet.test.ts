import { expect } from 'chai';
import { ObservedFleet } from '../../../../src/infrastructure/redis/quota/observed-fleet.ts';

describe('the fleet as a replica observes it by heartbeats', () => {
  /** The number of replicas that share what is left after each of these: a number was reported by a heartbeat. */
  const sharers = (...steps: readonly (number | 'missed')[]): readonly number[] => {
    const fleet = new ObservedFleet({ id: 'one', monotonic: () => 0 });
    return steps.map((step) => {
      if (step === 'missed') fleet.missed();
      else fleet.observe([0, step, 0, 1, []]);
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
