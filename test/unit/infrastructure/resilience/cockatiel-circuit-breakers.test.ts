import { expect } from 'chai';
import type { ServiceAddress } from '../../../../src/application/provider-call/operation.ts';
import type {
  CircuitBreakers,
  Verdict,
} from '../../../../src/application/provider-call/stages/with-breaker.ts';
import type { ProviderError } from '../../../../src/domain/provider/provider-error.ts';
import { isLeft, left, right, type Either } from '../../../../src/domain/shared/fp.ts';
import { cockatielCircuitBreakers } from '../../../../src/infrastructure/resilience/cockatiel-circuit-breakers.ts';
import { mockedTime, type MockedTime } from '../../../support/mocked-time.ts';

type Result = Either<ProviderError, string>;
const down: Result = left({ kind: 'provider-unavailable', message: 'down' });
const wrong: Result = left({ kind: 'request-rejected', message: 'wrong' });
const notAsked: Result = left({ kind: 'not-supported', message: 'not asked' });
const fine: Result = right('fine');

const verdictOf = ({ kind }: ProviderError): Verdict =>
  kind === 'not-supported' ? 'untold' : kind === 'request-rejected' ? 'answered' : 'failed';

describe('circuit breakers', () => {
  const settings = { failuresToOpen: 3, firstOpenMs: 1_000, longestOpenMs: 4_000 };
  let time: MockedTime;
  let breakers: CircuitBreakers;
  let asked: number;
  beforeEach(() => {
    time = mockedTime();
    breakers = cockatielCircuitBreakers(settings);
    asked = 0;
  });
  afterEach(() => time.restore());

  const call = (
    result: Result | Promise<Result>,
    id = 'a',
    version = 1,
    address: ServiceAddress = 'base',
  ): Promise<Result> =>
    breakers.guard(
      { id, version, address },
      async () => {
        asked += 1;
        return result;
      },
      verdictOf,
    );
  const times = async (count: number, result: Result): Promise<void> => {
    for (let n = 0; n < count; n += 1) await call(result);
  };
  const refusalOf = (result: Result): Extract<ProviderError, { kind: 'breaker-open' }> | undefined =>
    isLeft(result) && result.left.kind === 'breaker-open' ? result.left : undefined;
  const isRefused = async (): Promise<boolean> => {
    const before = asked;
    const refused = refusalOf(await call(fine)) !== undefined;
    expect(asked - before).to.equal(refused ? 0 : 1);
    return refused;
  };

  it('pass results on unchanged', async () => {
    for (const result of [fine, down, wrong, notAsked]) expect(await call(result)).to.equal(result);
  });

  it('open after so many failures in a row, and not one earlier', async () => {
    await times(2, down);
    expect(await isRefused()).to.equal(false);
    await times(3, down);
    expect(await isRefused()).to.equal(true);
  });

  it('start counting again after an answer, including a refusal of the request', async () => {
    for (const answer of [fine, wrong]) {
      await times(2, down);
      await call(answer);
    }
    await times(2, down);
    expect(await isRefused()).to.equal(false);
  });

  it('neither count nor forget by what tells nothing about the provider', async () => {
    for (let n = 0; n < 3; n += 1) {
      await call(down);
      await times(10, notAsked);
    }
    expect(await isRefused()).to.equal(true);
  });

  it('say how long they stay open', async () => {
    await times(3, down);
    const first = refusalOf(await call(fine))?.retryAfterMs ?? 0;
    expect(first).to.be.within(500, 1_000);
    time.advance(first - 1);
    expect(refusalOf(await call(fine))?.retryAfterMs).to.equal(1);
    time.advance(1);
    expect(await isRefused()).to.equal(false);
  });

  it('let exactly one call try when they are half open, and refuse the others at once', async () => {
    await times(3, down);
    time.advance(1_000);
    const landed = Promise.withResolvers<Result>();
    const trial = call(landed.promise);
    const others = await Promise.all(Array.from({ length: 50 }, () => call(fine)));
    expect(others.every((result) => refusalOf(result)?.retryAfterMs === 1_000)).to.equal(true);
    landed.resolve(fine);
    expect(await trial).to.equal(fine);
    expect(asked).to.equal(4);
    expect(await isRefused()).to.equal(false);
  });

  it('stay open longer after each trial that fails, up to the longest time, and come back from there', async () => {
    await times(3, down);
    const waits: number[] = [];
    for (let trial = 0; trial < 6; trial += 1) {
      const wait = refusalOf(await call(fine))?.retryAfterMs ?? 0;
      waits.push(wait);
      time.advance(wait);
      expect(await call(down)).to.equal(down);
    }
    const bounds = [1_000, 2_000, 4_000, 4_000, 4_000, 4_000];
    waits.forEach((wait, n) => expect(wait).to.be.within((bounds[n] ?? 0) / 2, bounds[n] ?? 0));
    time.advance(4_000);
    expect(await call(fine)).to.equal(fine);
    await times(2, down);
    expect(await isRefused()).to.equal(false);
  });

  it('are not tried by all replicas at the same moment', async () => {
    const waits = new Set<number | undefined>();
    for (let replica = 0; replica < 20; replica += 1) {
      for (let n = 0; n < 3; n += 1) await call(down, `replica ${replica}`);
      waits.add(refusalOf(await call(fine, `replica ${replica}`))?.retryAfterMs);
    }
    expect(waits.size).to.be.greaterThan(10);
  });

  it('hand a trial that told nothing on to the next call, and let still nobody else through meanwhile', async () => {
    await times(3, down);
    time.advance(1_000);
    for (let hurried = 0; hurried < 3; hurried += 1) expect(await call(notAsked)).to.equal(notAsked);
    const landed = Promise.withResolvers<Result>();
    const trial = call(landed.promise);
    expect(await isRefused()).to.equal(true);
    landed.resolve(fine);
    expect(await trial).to.equal(fine);
    expect(await isRefused()).to.equal(false);
  });

  it('stay open no longer for the trials that told nothing before one that fails', async () => {
    await times(3, down);
    time.advance(1_000);
    for (let hurried = 0; hurried < 5; hurried += 1) await call(notAsked);
    await call(down);
    expect(refusalOf(await call(fine))?.retryAfterMs).to.be.within(1_000, 2_000);
    time.advance(2_000);
    expect(await isRefused()).to.equal(false);
  });

  it('do not close by a trial that came to no end for a fault of our own', async () => {
    const lost = new Error('a dependency is lost');
    await times(3, down);
    time.advance(1_000);
    expect(await call(Promise.reject(lost)).catch((error: unknown) => error)).to.equal(lost);
    expect(await call(down)).to.equal(down);
    expect(await isRefused()).to.equal(true);
  });

  describe('learn nothing from the failures of calls that began before they opened', () => {
    const begun = () => {
      const late = Promise.withResolvers<Result>();
      return { answer: late.resolve, call: call(late.promise) };
    };

    it('while a trial is under way, which alone decides', async () => {
      const early = begun();
      await times(3, down);
      time.advance(1_000);
      const landed = Promise.withResolvers<Result>();
      const trial = call(landed.promise);
      early.answer(down);
      expect(await early.call).to.equal(down);
      landed.resolve(fine);
      expect(await trial).to.equal(fine);
      expect(await isRefused()).to.equal(false);
    });

    it('once a trial has closed them', async () => {
      const early = [begun(), begun(), begun()];
      await times(3, down);
      time.advance(1_000);
      expect(await call(fine)).to.equal(fine);
      for (const { answer, call: asked } of early) {
        answer(down);
        expect(await asked).to.equal(down);
      }
      expect(await isRefused()).to.equal(false);
    });
  });

  it('close by a trial whose request was called wrong: somebody answered', async () => {
    await times(3, down);
    time.advance(1_000);
    await call(wrong);
    expect(await isRefused()).to.equal(false);
  });

  it('let a bug through as what it is, and count nothing for it', async () => {
    const bug = new TypeError('a bug');
    for (let n = 0; n < 5; n += 1)
      expect(await call(Promise.reject(bug)).catch((error: unknown) => error)).to.equal(bug);
    expect(await isRefused()).to.equal(false);
  });

  it('are one for each address and version of a service', async () => {
    await times(3, down);
    expect(await call(fine, 'b')).to.equal(fine);
    expect(await call(fine, 'a', 2)).to.equal(fine);
    expect(await call(fine, 'a', 1, 'routing')).to.equal(fine);
    expect(await isRefused()).to.equal(true);
  });

  it('do not wait for a wall clock that was set back', async () => {
    await times(3, down);
    time.setWallClock(time.now() - 3_600_000);
    expect(await isRefused()).to.equal(false);
  });
});
