// A replica in a process of its own that asks for one subject 25 times a second, for tests that judge several.
// Usage: node limiter-process.ts <url> <key prefix> <limit per minute> <milliseconds>; prints "ready", and what was granted.
import { isRight } from '../../src/domain/shared/fp.ts';
import { systemSleep } from '../../src/infrastructure/system/system-clock.ts';
import { aSubject } from './quota-subjects.ts';
import { limiterReplica } from './redis-limiter-rig.ts';

const [url = '', keyPrefix = '', limit = '0', milliseconds = '0'] = process.argv.slice(2);
const replica = await limiterReplica({ url, keyPrefix });
const subjects = [aSubject({ minute: Number(limit) })];
let granted = 0;
process.stdout.write('ready\n');
const end = Date.now() + Number(milliseconds);
while (Date.now() < end) {
  const outcomes = await Promise.all(Array.from({ length: 5 }, () => replica.limiter.take(subjects, 1)));
  granted += outcomes.filter(isRight).length;
  await systemSleep(150 + Math.random() * 100);
}
process.stdout.write(`${JSON.stringify({ granted, fallbacks: replica.fallbacks() })}\n`);
await replica.close();
process.exit(0);
