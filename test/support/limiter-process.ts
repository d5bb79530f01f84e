// A replica in its own process that asks for permits of one subject 25 times a second, for tests that run several.
// Usage: node limiter-process.ts <url> <key prefix> <limit per hour> <asks> <command timeout>
// Asks at least <asks> times, and continues until its stdin ends. Prints "ready", "under way" after 50 asks, and
// "alone" each time it counted without Redis. At the end it prints what was granted, how often it counted without
// Redis, and how many of those were because Redis had not answered in time and may have counted the same call.
import { isRight } from '../../src/domain/shared/fp.ts';
import { systemSleep } from '../../src/infrastructure/system/system-clock.ts';
import { aSubject } from './quota-subjects.ts';
import { limiterReplica } from './redis-limiter-rig.ts';

const AT_ONCE = 5;
const UNDER_WAY = 50;
const [url = '', keyPrefix = '', limit = '0', asks = '0', commandTimeout = '0'] = process.argv.slice(2);
const replica = await limiterReplica({ url, keyPrefix, commandTimeoutMs: Number(commandTimeout) });
const subjects = [aSubject({ hour: Number(limit) })];
const say = (line: string): void => void process.stdout.write(`${line}\n`);
let isEnough = false;
process.stdin.on('end', () => (isEnough = true)).resume();
let [asked, granted, fallbacks] = [0, 0, 0];
say('ready');
while (asked < Number(asks) || !isEnough) {
  const outcomes = await Promise.all(
    Array.from({ length: AT_ONCE }, () => replica.limiter.take(subjects, 1)),
  );
  granted += outcomes.filter(isRight).length;
  asked += AT_ONCE;
  if (asked === UNDER_WAY) say('under way');
  if (replica.fallbacks() > fallbacks) say('alone');
  fallbacks = replica.fallbacks();
  await systemSleep(150 + Math.random() * 100);
}
const late = replica.reasons().filter((reason) => reason === 'no answer in time').length;
say(JSON.stringify({ granted, fallbacks, late }));
await replica.close();
process.exit(0);
