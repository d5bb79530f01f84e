import { expect } from 'chai';
import { execFile } from 'node:child_process';

/** What a process says and ends with that asks for its end so, with a tenth of a second for it. */
const ended = (code: number, how: string): Promise<{ readonly code: unknown; readonly said: string }> =>
  new Promise((resolve) => {
    const script = `
      import { endOnce } from './src/process-end.ts';
      const say = (message) => process.stdout.write(message + ';');
      setInterval(() => undefined, 1_000);
      endOnce({ info: say, error: say }, 100)('a reason', ${code}, ${how});`;
    execFile(process.execPath, ['--input-type=module', '--eval', script], (error, said) =>
      resolve({ code: error === null ? 0 : error.code, said }),
    );
  });

describe('the end of a process', () => {
  it('has the code that was asked for when all is in order', async () => {
    expect(await ended(0, 'async () => undefined')).to.deep.equal({ code: 0, said: 'stopping;' });
    expect(await ended(3, 'async () => undefined')).to.deep.equal({ code: 3, said: 'stopping;' });
  });

  it('comes all the same where the order waits for something that never comes, and is no success', async () => {
    const never = '() => new Promise(() => undefined)';
    const said = 'stopping;not stopped in time, exiting all the same;';
    expect(await ended(0, never)).to.deep.equal({ code: 1, said });
    expect(await ended(3, never)).to.deep.equal({ code: 3, said });
  });

  it('is no success where the order fails', async () => {
    const failing = `() => Promise.reject(new Error('no'))`;
    expect(await ended(0, failing)).to.deep.equal({ code: 1, said: 'stopping;stop failed;' });
  });
});
