import { expect } from 'chai';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { until } from '../../support/until.ts';

/** A process that does this and then should end, with a tenth of a second for it. */
const ended = (script: string): Promise<{ readonly code: unknown; readonly said: string }> =>
  new Promise((resolve) => {
    const whole = `
      import { endAtLast } from './test/support/still-open.ts';
      import { spawn } from 'node:child_process';
      import { createServer } from 'node:net';
      ${script}
      process.once('exit', () => (process.exitCode = 3));
      endAtLast((text) => process.stdout.write(text), 100);`;
    execFile(process.execPath, ['--input-type=module', '--eval', whole], (error, said) =>
      resolve({ code: error?.code, said }),
    );
  });

/** Empty once it has ended, also while nobody has asked for its exit code. */
const commandOf = (pid: number): Promise<string> => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');

describe('the end of a test run', () => {
  it('comes by itself where nothing is open', async () => {
    expect(await ended('')).to.deep.equal({ code: 3, said: '' });
  });

  it('comes all the same where something is open, is told of it, and keeps its code', async () => {
    const { code, said } = await ended(`
      createServer().listen(0, '127.0.0.1');
      setInterval(() => undefined, 60_000);`);
    expect(code).to.equal(3);
    expect(said).to.match(/^0\.1 s after the last test, still open:\n {2}server on 127\.0\.0\.1:\d+\n/);
    expect(said).to.match(/^ {2}1 Timeout$/m);
  });

  it('is the end of processes that were left behind too', async () => {
    const { said } = await ended(`spawn('sleep', ['600']);`);
    const pid = Number(/process (\d+) \(sleep 600\)/.exec(said)?.[1]);
    expect(pid, said).to.be.greaterThan(0);
    await until(
      () => commandOf(pid),
      (command) => command === '',
    );
  });
});
