import { expect } from 'chai';
import { databaseTrust, type DatabaseTrust } from '../../../../src/infrastructure/spool/database-trust.ts';
import { fixedClock, type FixedClock } from '../../../support/fixed-clock.ts';

const NO_CONNECTION = 'too many connections';
const SHIPPED = 'it takes what was spooled';

describe('The trust in a database', () => {
  let clock: FixedClock;
  let told: string[];
  let trust: DatabaseTrust;
  beforeEach(() => {
    clock = fixedClock();
    told = [];
    trust = databaseTrust({ clock, onChanged: (to, why) => told.push(`${to}: ${why}`) });
  });

  /** Alternates: the spool finds a connection and callers find none. */
  const turns = (count: number, takesCalls: boolean): void => {
    for (let turn = 0; turn < count; turn += 1) {
      clock.advance(5_000);
      trust.give(SHIPPED, true);
      clock.advance(100);
      if (takesCalls) trust.proved();
      trust.withdraw(NO_CONNECTION);
    }
  };

  it('is asked for later each time it is lost again within half a minute, and soon where it had lasted', () => {
    trust.withdraw(NO_CONNECTION);
    const pauses = [trust.pauseMs()];
    for (let turn = 0; turn < 6; turn += 1) {
      turns(1, true);
      pauses.push(trust.pauseMs());
    }
    expect(pauses).to.deep.equal([250, 500, 1_000, 2_000, 4_000, 5_000, 5_000]);
    trust.give(SHIPPED, true);
    clock.advance(30_000);
    trust.withdraw(NO_CONNECTION);
    expect(trust.pauseMs()).to.equal(250);
  });

  it('is told to be lost at once, and to be back when the database has shown it', () => {
    trust.withdraw(NO_CONNECTION);
    clock.advance(250);
    trust.give(SHIPPED, true);
    expect(told).to.deep.equal([`spool: ${NO_CONNECTION}`, `database: ${SHIPPED}`]);
  });

  it('is told to be back by the next call where nothing has shown it before', () => {
    trust.withdraw(NO_CONNECTION);
    trust.give('nothing is spooled', false);
    expect(told).to.have.length(1);
    trust.proved();
    expect(told).to.deep.equal([`spool: ${NO_CONNECTION}`, 'database: nothing is spooled']);
  });

  it('is told twice at most while it is lost again and again', () => {
    trust.withdraw(NO_CONNECTION);
    turns(100, false);
    turns(100, true);
    expect(told).to.deep.equal([
      `spool: ${NO_CONNECTION}`,
      `database: ${SHIPPED}`,
      `spool: ${NO_CONNECTION}`,
    ]);
  });

  it('is told to be back after such a time when it has lasted for ten seconds', () => {
    trust.withdraw(NO_CONNECTION);
    turns(3, true);
    clock.advance(5_000);
    trust.give(SHIPPED, true);
    trust.proved();
    clock.advance(9_000);
    trust.proved();
    expect(told).to.have.length(3);
    clock.advance(1_000);
    trust.proved();
    trust.proved();
    expect(told.slice(3)).to.deep.equal([`database: ${SHIPPED}`]);
  });
});
