import { expect } from 'chai';
import { advance, canTake, makeWindow, take } from '../../../../src/domain/rate-limit/rate-limit-window.ts';
import { windowMs } from '../../../../src/domain/rate-limit/quota.ts';
import { worstWindow } from '../../../support/reference-limiter.ts';
import { seededRandom } from '../../../support/seeded-random.ts';

const LIMIT = 60;
const HOURS = 12;

type Grants = (now: number) => boolean;

const slidingLog = (): Grants => {
  const window = makeWindow('minute', LIMIT);
  return (now) => {
    advance(window, now);
    if (!canTake(window, 1)) return false;
    take(window, 1);
    return true;
  };
};

const tokenBucket = (burst: number, perMinute: number): Grants => {
  let tokens = burst;
  let last = 0;
  return (now) => {
    tokens = Math.min(burst, tokens + ((now - last) * perMinute) / windowMs.minute);
    last = now;
    if (tokens < 1) return false;
    tokens -= 1;
    return true;
  };
};

/** Random arrivals: for `busyMs`, then silence for `silentMs`, and again. */
const run = (grants: Grants, overload: number, busyMs: number, silentMs: number) => {
  const random = seededRandom(7);
  const granted: [number, number][] = [];
  for (let now = 0; now < HOURS * windowMs.hour;) {
    now += Math.round((-Math.log(1 - random()) * windowMs.minute) / (LIMIT * overload));
    if (now % (busyMs + silentMs) >= busyMs) continue;
    if (grants(now)) granted.push([now, 1]);
  }
  return {
    worst: worstWindow(granted, windowMs.minute),
    used: granted.length / (LIMIT * 60 * HOURS),
  };
};

/** The figures of docs/adr/0004: why the limits use a log of calls and not a token bucket. */
describe('the exact sliding log compared with a token bucket, at 60 per minute', () => {
  it('a bucket as deep as the limit lets nearly twice the limit through in a trailing minute; the log never', () => {
    const bucket = run(tokenBucket(LIMIT, LIMIT), 3, windowMs.minute * 5, windowMs.minute * 2);
    const log = run(slidingLog(), 3, windowMs.minute * 5, windowMs.minute * 2);
    expect(bucket.worst).to.be.within(115, 120);
    expect(log.worst).to.equal(60);
  });

  it('a bucket that keeps to the limit in every minute wastes a part of it under steady load; the log does not', () => {
    const safe = run(tokenBucket(6, LIMIT - 6), 3, windowMs.hour, 0);
    const log = run(slidingLog(), 3, windowMs.hour, 0);
    expect(safe.worst).to.be.at.most(60);
    expect(safe.used).to.be.within(0.85, 0.92);
    expect(log.worst).to.equal(60);
    expect(log.used).to.be.at.least(0.99);
  });
});
