import { expect } from 'chai';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const MODULE = new URL('../../../../src/infrastructure/system/young-garbage.ts', import.meta.url).href;

/** One thread: on a busy machine the loop would be over before the compiler beside it had learnt where things last. */
const FLAGS = [
  '--allow-natives-syntax',
  '--single-threaded',
  '--max-semi-space-size=1',
  '--input-type=module',
  '-e',
];

/** How many of a hundred objects lie in the young generation, after many made in the same place have outlived it. */
const youngAfter = async (prepare: string): Promise<number> => {
  const script = `${prepare}
    const make = (n) => ({ n, list: [n] });
    let kept = [];
    for (let n = 0; n < 3_000_000; n += 1) {
      kept.push(make(n));
      if (kept.length > 300_000) kept = [];
    }
    let young = 0;
    for (let n = 0; n < 100; n += 1) if (%InYoungGeneration(make(n))) young += 1;
    console.log(young);`;
  const { stdout } = await promisify(execFile)(process.execPath, [...FLAGS, script]);
  return Number(stdout);
};

describe('what is made for a request', () => {
  it('is allocated young, also where much that was made before has outlived the young generation', async () => {
    expect(await youngAfter(`(await import('${MODULE}')).allocateYoung();`)).to.equal(100);
  });

  it('would be old from the start without that', async () => {
    expect(await youngAfter('')).to.equal(0);
  });
});
