import { systemSleep } from '../../src/infrastructure/system/system-clock.ts';
import { fixedClock } from '../support/fixed-clock.ts';
import { sleepContract } from './sleep.contract.ts';

sleepContract("the system's", () => ({ sleep: systemSleep, pass: () => undefined }));
sleepContract('that of the clock that stands still', () => {
  const { sleep, advance } = fixedClock();
  return { sleep, pass: advance };
});
