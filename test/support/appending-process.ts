// A caller that appends keyed rows until each is answered, for tests that kill it: see appending-caller.ts.
// Usage: node appending-process.ts <plan> <told>; goes on with the rows that are not answered in the second file yet.
import { appendFileSync, readFileSync } from 'node:fs';
import { linesIn, type AppendingLine, type AppendingPlan } from './appending-caller.ts';
import { appendPersistently } from './persistent-appender.ts';
import { seededRandom } from './seeded-random.ts';

const [planFile = '', toldFile = ''] = process.argv.slice(2);
const { tenant, credential, urlsFile, rows, atOnce, seed } = JSON.parse(
  readFileSync(planFile, 'utf8'),
) as AppendingPlan;

/** In the hands of the system at once: what was told before a kill is not lost with the process. */
const note = (line: AppendingLine): void => appendFileSync(toldFile, `${JSON.stringify(line)}\n`);
const random = seededRandom(seed);
const url = (): string => {
  const urls = JSON.parse(readFileSync(urlsFile, 'utf8')) as readonly string[];
  return urls[Math.floor(random() * urls.length)] ?? '';
};

const answered = new Set(
  linesIn(toldFile).flatMap((line) => ('answered' in line ? line.answered.asked.key : [])),
);
await appendPersistently(
  {
    tenant,
    credential,
    url,
    onRefused: (refused) => note({ refused }),
    onAnswered: (row) => note({ answered: row }),
  },
  rows.filter(({ key }) => !answered.has(key)),
  atOnce,
);
process.exit(0);
