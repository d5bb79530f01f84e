import { expect } from 'chai';
import { stateChanges } from '../../../../src/infrastructure/telemetry/state-changes.ts';
import { fixedClock } from '../../../support/fixed-clock.ts';

const watched = () => {
  const clock = fixedClock();
  const said: string[] = [];
  const state = stateChanges(clock.monotonic, {
    broken: (error) => said.push(`broken: ${String(error)}`),
    recovered: (failures) => said.push(`recovered after ${failures}`),
  });
  return { clock, said, state };
};

describe('changes of state', () => {
  it('tell of further reasons where they can be told apart, each once in a break and a few at most', () => {
    const clock = fixedClock();
    const said: string[] = [];
    const state = stateChanges(clock.monotonic, {
      broken: (error) => said.push(String(error)),
      further: (error) => said.push(`still ${String(error)}`),
      recovered: () => said.push('recovered'),
    });
    for (let n = 0; n < 10; n += 1) state.broken(n % 2 === 0 ? 'gone' : 'refused');
    clock.advance(10_000);
    state.works();
    for (let n = 0; n < 1_000; n += 1) state.broken(`failure ${n}`);
    expect(said.slice(0, 4)).to.deep.equal(['gone', 'still refused', 'recovered', 'failure 0']);
    expect(said).to.have.length(8);
  });

  it('say nothing as long as all works', () => {
    const { said, state } = watched();
    state.works();
    expect(said).to.deep.equal([]);
    expect(state.failures()).to.equal(0);
  });

  it('tell of the first failure only, and of the recovery with how many there were', () => {
    const { clock, said, state } = watched();
    for (let n = 1; n <= 1_000; n += 1) {
      clock.advance(20);
      state.broken(`failure ${n}`);
    }
    clock.advance(10_000);
    state.works();
    state.works();
    expect(said).to.deep.equal(['broken: failure 1', 'recovered after 1000']);
  });

  it('treat something that fails every now and then as broken all the while', () => {
    const { clock, said, state } = watched();
    for (let n = 0; n < 100; n += 1) {
      state.broken('again');
      clock.advance(9_999);
      state.works();
    }
    expect(said).to.deep.equal(['broken: again']);
  });

  it('report each failure again after a recovery, and count all of them', () => {
    const { clock, said, state } = watched();
    for (const failure of ['one', 'two']) {
      state.broken(failure);
      clock.advance(10_000);
      state.works();
    }
    expect(said).to.deep.equal(['broken: one', 'recovered after 1', 'broken: two', 'recovered after 1']);
    expect(state.failures()).to.equal(2);
  });
});
