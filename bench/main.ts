// `npm run bench`: all parts, or those named: start, throughput (with latency), workers, first-tier, queries, limiter,
// events (needs RabbitMQ), webhooks, sheets, hit-rate. Linux only.
import { writeFileSync } from 'node:fs';
import { isLeft } from '../src/domain/shared/fp.ts';
import { fail } from '../src/interfaces/cli/fail.ts';
import { chosenParts } from './chosen-parts.ts';
import { events } from './parts/events.ts';
import { firstTier } from './parts/first-tier.ts';
import { hitRate } from './parts/hit-rate.ts';
import { latency } from './parts/latency.ts';
import { limiter } from './parts/limiter.ts';
import { queries } from './parts/queries.ts';
import { sheets } from './parts/sheets.ts';
import { start } from './parts/start.ts';
import { throughput } from './parts/throughput.ts';
import { webhooks } from './parts/webhooks.ts';
import { workers } from './parts/workers.ts';
import { document, type Section } from './report.ts';
import { cleanly } from './rig/at-end.ts';
import { startRig } from './rig/rig.ts';

const wanted = process.argv.slice(2);
const throughputAndLatency = async (): Promise<readonly Section[]> => {
  const rig = await startRig();
  const { section, cachedPerSecond } = await throughput(rig);
  return [section, await latency(rig, cachedPerSecond)];
};

const parts: Readonly<Record<string, () => Promise<Section | readonly Section[]>>> = {
  start,
  throughput: throughputAndLatency,
  workers,
  'first-tier': firstTier,
  queries,
  limiter,
  events,
  webhooks,
  sheets,
  'hit-rate': hitRate,
};

const chosen = chosenParts(wanted, parts);
const sections: Section[] = [];
for (const measure of isLeft(chosen) ? fail(chosen.left, 2) : chosen.right)
  sections.push(...[await cleanly(measure)].flat());
const setting = {
  command: ['npm run bench', ...wanted].join(' '),
  postgres: 'embedded PostgreSQL 18.4',
  now: new Date(),
};
const text = document(sections, setting);
process.stdout.write(`${text}\n`);
if (wanted.length === 0) writeFileSync(new URL('results.md', import.meta.url), text);
