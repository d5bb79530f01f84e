// A replica in a process of its own that asks for one subject 25 times a second, for tests that judge several.
// Usage: node limiter-process.ts <url> <key prefix> <limit per minute> <asks>; prints "ready", and what was granted.
import { isRight } from '../../src/domain/shared/fp.ts';
import { systemSleep } from '../../src/infrastructure/system/system-clock.ts';
import { aSubject } from './quota-subjects.ts';
import { limiterReplica } from './redis-limiter-rig.ts';

const AT_ONCE = 5;
const [url = '', keyPrefix = '', limit = '0', asks = '0'] = process.argv.slice(2);
const replica = await limiterReplica({ url, keyPrefix });
const subjects = [aSubject({ minute: Number(limit) })];
let granted = 0;
process.stdout.write('ready\n');
for (let asked = 0; asked < Number(asks); asked += AT_ONCE) {
  const outcomes = await Promise.all(
    Array.from({ length: AT_ONCE }, () => replica.limiter.take(subjects, 1)),
  );
  granted += outcomes.filter(isRight).length;
  await systemSleep(150 + Math.random() * 100);
}
process.stdout.write(`${JSON.stringify({ granted, fallbacks: replica.fallbacks() })}\n`);
await replica.close();
process.exit(0);
