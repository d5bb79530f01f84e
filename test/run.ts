// What `npm test` runs: formatting, types, lint, and every test file once. Three at a time, since most tests wait more
// than they work; what holds somebody to a time follows alone. Usage: node test/run.ts [check] [options of mocha]
import { globSync } from 'node:fs';
import { COMPILED_FOR_TESTS } from './support/compiled-for-tests.ts';
import { findServers } from './support/found-servers.ts';
import { endJobs, runJob, type Ended } from './support/run-job.ts';
import { closingLine, failuresIn, NOTHING, readRun, sumOf } from './support/tally.ts';
import { testPlan, type Batch } from './support/test-plan.ts';

/** One more than a small machine of CI has cores: two left them idle for half of the time. */
const LANES = 3;
const CHECKS = ['format:check', 'typecheck', 'lint'];
const MOCHA = 'node_modules/mocha/bin/mocha.js';

/** `npm run check`: nothing that needs a server. */
const isCheck = process.argv[2] === 'check';
const mochaOptions = process.argv.slice(isCheck ? 3 : 2);
const plan = testPlan(globSync('test/**/*.test.ts').toSorted());
const servers = isCheck ? undefined : findServers(LANES);

let total = NOTHING;
let failures = '';

const note = ({ name, said: output, code, seconds }: Ended): void => {
  const { said, tally } = readRun(output, code);
  total = sumOf(total, tally);
  process.stdout.write(`\n${name} (${seconds.toFixed(0)} s)\n${said}`);
  if (tally.failed > 0) failures += `\n${name}\n${failuresIn(said)}`;
};

const check = async (name: string): Promise<void> => {
  const ended = await runJob({ name, command: ['npm', 'run', '--silent', name] }, process.env);
  note(ended);
  // Whoever has that to mend need not wait for the tests.
  if (ended.code !== 0) process.exit();
};

const test = async ({ name, files }: Batch, lane: number): Promise<void> => {
  const found = name === plan.unit.name ? {} : (await servers)?.lanes[lane];
  const command = [process.execPath, MOCHA, ...mochaOptions, ...files] as const;
  note(
    await runJob(
      { name: `${name}, ${files.length} files`, command },
      { ...process.env, ...COMPILED_FOR_TESTS, ...found },
    ),
  );
};

/** However this ends: nothing is left running, what failed comes once more, and the last line is the sum. */
process.once('exit', () => {
  process.stdout.write(endJobs() + failures + closingLine(total));
  if (total.failed > 0) process.exitCode ||= 1;
});
process.once('SIGINT', () => process.exit(130));
process.once('SIGTERM', () => process.exit(143));

const queue: ((lane: number) => Promise<void>)[] = [
  ...CHECKS.map((name) => () => check(name)),
  (lane) => test(plan.unit, lane),
  ...(isCheck ? [] : plan.beside.map((batch) => (lane: number) => test(batch, lane))),
];
const drain = async (lane: number): Promise<void> => {
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) await next(lane);
};
await Promise.all(Array.from({ length: LANES }, (_, lane) => drain(lane)));
if (!isCheck) await test(plan.alone, 0);
await (await servers)?.stop();
