// A caller that appends keyed rows until each is answered, for tests that kill it: see appending-caller.ts.
// Usage: node appending-process.ts <plan> <told>; when restarted, it continues with the rows that have no answer in
// <told> yet.
import { appendFileSync, readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import {
  keyedRow,
  linesIn,
  type AppendingLine,
  type AppendingPlan,
  type AppendingState,
} from './appending-caller.ts';
import { appendPersistently, type KeyedRow } from './persistent-appender.ts';
import { seededRandom } from './seeded-random.ts';

/** The pause between the rows beyond the required number. */
const SLOWLY_MS = 100;

const [planFile = '', toldFile = ''] = process.argv.slice(2);
const plan = JSON.parse(readFileSync(planFile, 'utf8')) as AppendingPlan;
const stateNow = (): AppendingState => JSON.parse(readFileSync(plan.stateFile, 'utf8')) as AppendingState;

/** Handed to the operating system at once, so that a noted answer is not lost when the process is killed. */
const note = (line: AppendingLine): void => appendFileSync(toldFile, `${JSON.stringify(line)}\n`);
const random = seededRandom(plan.seed);
const url = (): string => {
  const { urls } = stateNow();
  return urls[Math.floor(random() * urls.length)] ?? '';
};

/** The same rows in the same order after a kill. */
const rows = async function* (): AsyncGenerator<KeyedRow, void> {
  const answered = new Set(
    linesIn(toldFile).flatMap((line) => ('answered' in line ? [line.answered.asked.key] : [])),
  );
  for (let n = plan.caller; ; n += plan.callers) {
    const row = keyedRow(n, plan.sheets);
    if (answered.has(row.key)) continue;
    if (n >= plan.least && stateNow().isEnough) return;
    if (n >= plan.least) await pause(SLOWLY_MS);
    yield row;
  }
};

const { tenant, credential, atOnce } = plan;
await appendPersistently(
  {
    tenant,
    credential,
    url,
    onRefused: (refused) => note({ refused }),
    onAnswered: (answered) => note({ answered }),
  },
  rows(),
  atOnce,
);
process.exit(0);
