import { expect } from 'chai';
import type { RetryRules } from '../../../../src/application/provider-call/stages/with-retry.ts';
import type { ProviderError } from '../../../../src/domain/provider/provider-error.ts';
import { left, right, type Either } from '../../../../src/domain/shared/fp.ts';
import { cockatielRetries } from '../../../../src/infrastructure/resilience/cockatiel-retries.ts';
import { mockedTime, type MockedTime } from '../../../support/mocked-time.ts';

type Result = Either<ProviderError, string>;
const down: Result = left({ kind: 'provider-unavailable', message: 'down' });
const downFor = (retryAfterMs: number): Result =>
  left({ kind: 'provider-unavailable', retryAfterMs, message: 'down' });
const denied: Result = left({ kind: 'credentials-rejected', message: 'no' });

describe('retries', () => {
  const settings = { maxRetries: 2, firstDelayMs: 50, longestDelayMs: 1_000 };
  let time: MockedTime;
  beforeEach(() => void (time = mockedTime()));
  afterEach(() => time.restore());

  const runner = () => {
    const retries = cockatielRetries(time, settings);
    return async (script: readonly (Result | Promise<Result>)[], change: Partial<RetryRules> = {}) => {
      const startedAt: number[] = [];
      const began = time.monotonic();
      const work = async (): Promise<Result> => {
        startedAt.push(time.monotonic() - began);
        return script[Math.min(startedAt.length, script.length) - 1] ?? down;
      };
      const rules: RetryRules = {
        budget: 'service-1',
        isRetryable: ({ kind }) => kind === 'provider-unavailable',
        waitAsked: (error) => ('retryAfterMs' in error ? error.retryAfterMs : undefined),
        timeLeft: () => 10_000,
        signal: undefined,
        ...change,
      };
      const result = await time.until(retries.run(work, rules));
      return { result, startedAt, endedAt: time.monotonic() - began, tries: startedAt.length };
    };
  };

  it('make one call when it succeeds, or when trying again cannot help', async () => {
    const run = runner();
    for (const result of [right('fine'), denied])
      expect(await run([result])).to.deep.equal({ result, tries: 1, startedAt: [0], endedAt: 0 });
  });

  it('try again until it succeeds', async () => {
    expect(await runner()([down, down, right('fine')])).to.deep.include({ result: right('fine'), tries: 3 });
  });

  it('stop after so many tries with the last failure', async () => {
    const last = downFor(7);
    expect(await runner()([down, down, last, right('never')])).to.deep.include({ result: last, tries: 3 });
  });

  it('stop as soon as the failure becomes another', async () => {
    expect(await runner()([down, denied])).to.deep.include({ result: denied, tries: 2 });
  });

  it('wait with jitter, also for a provider that asks for less, and never longer than the longest delay', async () => {
    for (const failure of [down, downFor(1)]) {
      const run = runner();
      const waits: number[] = [];
      for (let n = 0; n < 40; n += 1) {
        const { startedAt } = await run([failure, failure, right('fine')], { budget: `service-${n}` });
        waits.push(...startedAt.slice(1).map((at, index) => at - (startedAt[index] ?? 0)));
      }
      expect(Math.max(...waits)).to.be.at.most(settings.longestDelayMs);
      expect(Math.max(...waits)).to.be.greaterThan(40);
      expect(new Set(waits).size).to.be.greaterThan(20);
    }
  });

  it('wait at least as long as the provider asks', async () => {
    const { startedAt, result } = await runner()([downFor(700), right('fine')]);
    expect(result).to.deep.equal(right('fine'));
    expect(startedAt[1]).to.be.within(700, 1_000);
  });

  it('give up at once when the wait asked for is longer than we wait, or than the time left allows', async () => {
    const run = runner();
    expect(await run([downFor(1_001), right('never')])).to.deep.include({ tries: 1 });
    expect(await run([downFor(700), right('never')], { timeLeft: () => 900 })).to.deep.include({ tries: 1 });
    expect(await run([downFor(700), right('fine')], { timeLeft: () => 1_000 })).to.deep.include({ tries: 2 });
  });

  it('give up when no time is left', async () => {
    expect(await runner()([down, right('never')], { timeLeft: () => 0 })).to.deep.include({ tries: 1 });
  });

  it('do not try for somebody who has gone, before the wait or during it', async () => {
    const gone = new AbortController();
    gone.abort();
    const beforehand = await runner()([downFor(500)], { signal: gone.signal });
    expect(beforehand).to.deep.include({ tries: 1, result: downFor(500), endedAt: 0 });
    const leaving = new AbortController();
    setTimeout(() => leaving.abort(), 100);
    const during = await runner()([downFor(500)], { signal: leaving.signal });
    await time.until(new Promise((resolve) => void setTimeout(resolve, 600)));
    expect(during.startedAt).to.deep.equal([0]);
  });

  it('do not keep a caller that leaves during the wait: what was tried is reported while it is still recorded', async () => {
    const leaving = new AbortController();
    setTimeout(() => leaving.abort(), 100);
    const { result, tries, endedAt } = await runner()([downFor(500)], { signal: leaving.signal });
    expect({ result, tries }).to.deep.equal({ result: downFor(500), tries: 1 });
    expect(endedAt).to.be.within(100, 102);
  });

  it('wait for the try that is under way when somebody goes, which has its own say', async () => {
    const leaving = new AbortController();
    const landed = Promise.withResolvers<Result>();
    setTimeout(() => leaving.abort(), 1_200);
    setTimeout(() => landed.resolve(denied), 1_250);
    const script = [down, landed.promise];
    expect(await runner()(script, { signal: leaving.signal })).to.deep.include({ result: denied, tries: 2 });
  });

  describe('within a budget for each service', () => {
    const retriesOf = async (
      run: ReturnType<typeof runner>,
      calls: number,
      budget: string,
    ): Promise<number> => {
      let retried = 0;
      for (let n = 0; n < calls; n += 1) retried += (await run([down], { budget })).tries - 1;
      return retried;
    };

    it('allow ten more calls and a fifth of the recent ones, and no storm', async () => {
      const run = runner();
      // The waits let some of the ten seconds pass: only the last retries are counted here.
      const retried = await retriesOf(run, 100, 'dead');
      expect(retried).to.be.within(20, 45);
    });

    it('spend nothing for tries that are not made', async () => {
      const run = runner();
      for (let n = 0; n < 50; n += 1) await run([downFor(1_001)], { budget: 'closed' });
      expect(await retriesOf(run, 5, 'closed')).to.equal(10);
      expect(await retriesOf(run, 5, 'dead')).to.equal(10);
      expect(await retriesOf(run, 1, 'another')).to.equal(2);
    });

    it('come back when the provider was left alone', async () => {
      const run = runner();
      await retriesOf(run, 100, 'dead');
      time.advance(10_000);
      expect(await retriesOf(run, 1, 'dead')).to.equal(2);
    });
  });

  it('let a bug through as what it is', async () => {
    const bug = new TypeError('a bug');
    const retries = cockatielRetries(time, settings);
    const rules = { isRetryable: () => true, waitAsked: () => 0, timeLeft: () => 1e4, signal: undefined };
    const failure = retries.run(() => Promise.reject(bug), { budget: 'x', ...rules });
    expect(await failure.catch((error: unknown) => error)).to.equal(bug);
  });
});
