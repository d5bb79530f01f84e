import { expect } from 'chai';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const MODULE = new URL('../../../../src/infrastructure/system/start-memory.ts', import.meta.url).href;

/** Resident MiB after much memory was allocated, kept for a while as by modules being loaded, and then released. */
const residentAfter = async (lastly: string): Promise<number> => {
  const script = `
    const { giveBackStartMemory } = await import('${MODULE}');
    let kept = [];
    for (let n = 0; n < 2_000_000; n += 1) {
      kept.push({ n, list: [n] });
      if (kept.length > 400_000) kept = [];
    }
    kept = undefined;
    ${lastly}
    console.log(process.memoryUsage.rss() / 1_048_576, typeof gc);`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script]);
  const [resident, globalGc] = stdout.trim().split(' ');
  expect(globalGc).to.equal('undefined');
  return Number(resident);
};

describe('the memory that a start took', () => {
  it('goes back to the system where it is given back, and else does not', async () => {
    const [kept, givenBack] = await Promise.all([residentAfter(''), residentAfter('giveBackStartMemory();')]);
    expect(kept - givenBack).to.be.greaterThan(40);
  });
});
