import { expect } from 'chai';
import { RedisAway } from '../../../../src/infrastructure/redis/connection/redis-away.ts';
import { RedisPresence } from '../../../../src/infrastructure/redis/connection/redis-presence.ts';

const late = new RedisAway('no answer in time');

describe('RedisPresence', () => {
  const opened = () => {
    const time = { now: 5_000 };
    const reasons: string[] = [];
    const presence = new RedisPresence({
      monotonic: () => time.now,
      onAway: ({ reason }) => reasons.push(reason),
    });
    presence.return();
    const failures = (count: number): readonly boolean[] =>
      Array.from({ length: count }, () => presence.failed(late));
    return { time, reasons, presence, failures };
  };

  it('does not leave for many failures of one short pause', () => {
    const { time, reasons, presence, failures } = opened();
    expect(failures(20)).not.to.include(true);
    time.now += 99;
    expect(failures(20)).not.to.include(true);
    expect(presence.away).to.equal(undefined);
    expect(reasons).to.deep.equal([]);
  });

  it('leaves with the fifth failure in a row of a trouble that lasts, and tells once', () => {
    const { time, reasons, presence, failures } = opened();
    expect(failures(1)).to.deep.equal([false]);
    time.now += 100;
    expect(failures(5)).to.deep.equal([false, false, false, true, false]);
    expect(presence.away).to.equal(late);
    expect(reasons).to.deep.equal(['no answer in time']);
  });

  it('starts counting again after an answer', () => {
    const { time, presence, failures } = opened();
    failures(4);
    time.now += 500;
    presence.answered();
    expect(failures(5)).not.to.include(true);
    expect(presence.away).to.equal(undefined);
  });
});
