// as src/x.ts: entry points may not import test/support/fixed-clock.ts
export { fixedClock } from '../test/support/fixed-clock.ts';
