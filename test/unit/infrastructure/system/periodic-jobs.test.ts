import { expect } from 'chai';
import { startPeriodicJobs, type PeriodicJob } from '../../../../src/infrastructure/system/periodic-jobs.ts';
import { fixedClock, turn } from '../../../support/fixed-clock.ts';

const fixture = () => {
  const clock = fixedClock();
  const began = clock.monotonic();
  const log: string[] = [];
  const failed: string[] = [];
  const start = (...jobs: readonly PeriodicJob[]) =>
    startPeriodicJobs(jobs, clock.sleep, (name, error) => void failed.push(`${name}: ${String(error)}`));
  const job = (
    name: string,
    everyMs: number,
    run: () => Promise<unknown> = async () => undefined,
  ): PeriodicJob => ({
    name,
    everyMs,
    run: () => {
      log.push(`${name} at ${clock.monotonic() - began}`);
      return run();
    },
  });
  return { clock, log, failed, start, job };
};

describe('periodic jobs', () => {
  it('run each at its own pace, for the first time after one interval', async () => {
    const { clock, log, start, job } = fixture();
    const jobs = start(job('slow', 250), job('quick', 100));
    await clock.run(500);
    expect(log).to.have.members([
      'quick at 100',
      'quick at 200',
      'slow at 250',
      'quick at 300',
      'quick at 400',
      'quick at 500',
      'slow at 500',
    ]);
    await jobs.stop();
  });

  it('run sooner for the first time where that is wanted, so that a service that is restarted often gets to it', async () => {
    const { clock, log, start, job } = fixture();
    const jobs = start({ ...job('rare', 1_000), firstAfterMs: 100 });
    await clock.run(2_500);
    expect(log).to.deep.equal(['rare at 100', 'rare at 1100', 'rare at 2100']);
    await jobs.stop();
  });

  it('never run twice at the same time, and do not delay each other', async () => {
    const { clock, log, start, job } = fixture();
    const done = Promise.withResolvers<void>();
    const jobs = start(
      job('long', 100, () => done.promise),
      job('quick', 100),
    );
    await clock.run(300);
    expect(log).to.have.members(['long at 100', 'quick at 100', 'quick at 200', 'quick at 300']);
    done.resolve();
    await clock.run(100);
    expect(log).to.include('long at 400');
    await jobs.stop();
  });

  it('report a run that failed, by rejection or by a throw, and come again as usual', async () => {
    const { clock, log, failed, start, job } = fixture();
    const throws = (): Promise<unknown> => {
      throw new Error('at once');
    };
    const jobs = start(
      job('rejects', 100, () => Promise.reject(new Error('later'))),
      job('throws', 100, throws),
    );
    await clock.run(200);
    expect(failed).to.have.members([
      'rejects: Error: later',
      'throws: Error: at once',
      'rejects: Error: later',
      'throws: Error: at once',
    ]);
    expect(log).to.have.length(4);
    await jobs.stop();
  });

  it('stop at once when nothing is under way, and run no more', async () => {
    const { clock, log, start, job } = fixture();
    const jobs = start(job('quick', 100));
    await clock.run(100);
    await jobs.stop();
    await clock.run(1_000);
    expect(log).to.deep.equal(['quick at 100']);
    expect(clock.pending()).to.equal(0);
  });

  it('stop only after the run that is under way', async () => {
    const { clock, start, job } = fixture();
    const done = Promise.withResolvers<void>();
    const jobs = start(job('long', 100, () => done.promise));
    await clock.run(100);
    let stopped = false;
    const stop = jobs.stop().then(() => void (stopped = true));
    await turn();
    expect(stopped).to.equal(false);
    done.resolve();
    await stop;
    expect([stopped, clock.pending()]).to.deep.equal([true, 0]);
  });

  it('wait no longer than five seconds for a run that takes its time', async () => {
    const { clock, start, job } = fixture();
    const jobs = start(job('endless', 100, () => new Promise(() => undefined)));
    await clock.run(100);
    let stopped = false;
    const stop = jobs.stop().then(() => void (stopped = true));
    await clock.run(4_999);
    expect(stopped).to.equal(false);
    await clock.run(1);
    await stop;
    expect(stopped).to.equal(true);
  });
});
