import { cpus } from 'node:os';
import { median } from '../load/latencies.ts';
import { startChild } from './child.ts';

const MS = 700;
const ROUNDS = 3;

/**
 * How much more work one process for each core does together than a single process, measured on this machine; the
 * median of several rounds. It is below the number of cores if two of them are threads of one core, or if other virtual
 * machines use the host.
 */
export const computedTogether = async (): Promise<number> => {
  const children = cpus().map(() => startChild('rig/computing.ts'));
  const computed = async (some: typeof children): Promise<number> =>
    (await Promise.all(some.map(({ ask }) => ask(MS)))).reduce<number>((sum, done) => sum + Number(done), 0);
  // Runs until V8 has compiled the hot code.
  await computed(children);
  const ratios: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const alone = await computed(children.slice(0, 1));
    ratios.push((await computed(children)) / alone);
  }
  await Promise.all(children.map(({ stop }) => stop()));
  return median(ratios);
};
