// `npm run bench`: all parts, or those named: start, throughput (with latency), workers, first-tier, queries, limiter,
// events (needs RabbitMQ), webhooks, sheets, hit-rate. Linux only.
import { writeFileSync } from 'node:fs';
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
const includes = (part: string): boolean => wanted.length === 0 || wanted.includes(part);

await cleanly(async () => {
  const sections: Section[] = [];
  if (includes('start')) sections.push(await start());
  if (includes('throughput')) {
    const rig = await startRig();
    const { section, cachedPerSecond } = await throughput(rig);
    sections.push(section, await latency(rig, cachedPerSecond));
  }
  if (includes('workers')) sections.push(await workers());
  if (includes('first-tier')) sections.push(await firstTier());
  if (includes('queries')) sections.push(await queries());
  if (includes('limiter')) sections.push(await limiter());
  if (includes('events')) sections.push(await events());
  if (includes('webhooks')) sections.push(await webhooks());
  if (includes('sheets')) sections.push(await sheets());
  if (includes('hit-rate')) sections.push(await hitRate());
  const setting = {
    command: ['npm run bench', ...wanted].join(' '),
    postgres: 'embedded PostgreSQL 18.4',
    now: new Date(),
  };
  const text = document(sections, setting);
  process.stdout.write(`${text}\n`);
  if (wanted.length === 0) writeFileSync(new URL('results.md', import.meta.url), text);
});
