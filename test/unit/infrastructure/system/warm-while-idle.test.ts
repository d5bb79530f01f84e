import { expect } from 'chai';
import { spawn } from 'node:child_process';

const MODULE = new URL('../../../../src/infrastructure/system/warm-while-idle.ts', import.meta.url).href;

const FLAGS = ['--trace-memory-reducer', '--gc-memory-reducer-start-delay-ms=1', '--input-type=module', '-e'];

/** What V8 says of its plans when it has looked, after some collections of the whole heap, how much is allocated. */
const plansAfter = async (prepare: string): Promise<string> => {
  const script = `${prepare}
    let kept = [];
    for (let n = 0; n < 4_000_000; n += 1) {
      kept.push({ n, list: [n] });
      if (kept.length > 400_000) kept = [];
    }
    process.stdin.resume();`;
  const child = spawn(process.execPath, [...FLAGS, script], { stdio: ['pipe', 'pipe', 'inherit'] });
  let said = '';
  for await (const chunk of child.stdout.setEncoding('utf8')) {
    said += chunk;
    if (said.includes('alloc,')) child.stdin.end();
  }
  return said;
};

describe('an idle process', () => {
  it('plans no collection that makes it small and slow', async () => {
    const plans = await plansAfter(`(await import('${MODULE}')).stayWarmWhileIdle();`);
    expect(plans).to.include('alloc,').and.not.include('waiting for');
  });

  it('would plan one without that', async () => {
    expect(await plansAfter('')).to.include('waiting for 8000 ms');
  });
});
