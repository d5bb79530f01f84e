import { cpus } from 'node:os';
import { median } from '../load/latencies.ts';
import { startChild } from './child.ts';

const MS = 700;
const ROUNDS = 3;

/**
 * How many times as much as one process do as many as there are cores compute at once, here and now; the median of
 * some rounds. Less than the number of cores where two of them are threads of one, or where others use the machine
 * below.
 */
export const computedTogether = async (): Promise<number> => {
  const children = cpus().map(() => startChild('rig/computing.ts'));
  const computed = async (some: typeof children): Promise<number> =>
    (await Promise.all(some.map(({ ask }) => ask(MS)))).reduce<number>((sum, done) => sum + Number(done), 0);
  // Until V8 has compiled what is hot.
  await computed(children);
  const ratios: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const alone = await computed(children.slice(0, 1));
    ratios.push((await computed(children)) / alone);
  }
  await Promise.all(children.map(({ stop }) => stop()));
  return median(ratios);
};
