import { expect } from 'chai';
import { endJobs, runJob } from '../../support/run-job.ts';

const running = (script: string, environment: NodeJS.ProcessEnv = {}) =>
  runJob(
    { name: 'a job', command: [process.execPath, '--eval', script] },
    { ...process.env, ...environment },
  );

describe('a job of the test run', () => {
  it('has its environment, and ends with its code and both of its streams', async () => {
    const script = 'console.log(process.env.GIVEN); console.error("two"); process.exitCode = 3';
    const { name, code, said } = await running(script, { GIVEN: 'one' });
    expect([name, code]).to.deep.equal(['a job', 3]);
    expect(said.split('\n').toSorted()).to.deep.equal(['', 'one', 'two']);
  });

  it('does not outlive the run, which shows what it has said so far', async () => {
    const ending = running('setInterval(() => undefined, 1_000)');
    expect(endJobs()).to.include('a job, not at its end');
    expect(await ending).to.include({ code: null });
    expect(endJobs()).to.equal('');
  });
});
