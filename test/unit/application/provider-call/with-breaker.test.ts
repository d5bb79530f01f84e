import { expect } from 'chai';
import type { Call } from '../../../../src/application/provider-call/call.ts';
import type { ServiceCall } from '../../../../src/application/provider-call/stage.ts';
import type { Operation } from '../../../../src/application/provider-call/operation.ts';
import {
  withBreaker,
  type CircuitBreakers,
  type Verdict,
} from '../../../../src/application/provider-call/stages/with-breaker.ts';
import { withHealth } from '../../../../src/application/provider-call/stages/with-health.ts';
import type { ProviderError } from '../../../../src/domain/provider/provider-error.ts';
import { left, right } from '../../../../src/domain/shared/fp.ts';
import { anExternalService } from '../../../support/an-external-service.ts';

const message = 'said so';
const quota = (scope: 'tenant' | 'service' | 'provider'): ProviderError => ({
  kind: 'quota-exceeded',
  scope,
  retryAfterMs: 1,
  message,
});
const verdicts: readonly (readonly [string, ProviderError, Verdict])[] = [
  ['it is down', { kind: 'provider-unavailable', message }, 'failed'],
  ['it is too slow', { kind: 'provider-timeout', message }, 'failed'],
  ['its caller had no time', { kind: 'provider-timeout', wasHurried: true, message }, 'untold'],
  [
    'its caller had no time for a write to be sent',
    { kind: 'provider-unavailable', isOutOfTime: true, wasHurried: true, message },
    'untold',
  ],
  ['nobody waited to know what came of it', { kind: 'outcome-unknown', wasHurried: true, message }, 'untold'],
  [
    'another caller of the same call tells of it',
    { kind: 'provider-unavailable', isShared: true, message },
    'untold',
  ],
  ['nobody understands it', { kind: 'answer-not-understood', message }, 'failed'],
  ['it refuses the key', { kind: 'credentials-rejected', message }, 'failed'],
  ['it is over its own quota', quota('provider'), 'failed'],
  ['it calls the request wrong', { kind: 'request-rejected', message }, 'answered'],
  ['our quota of the service is spent', quota('service'), 'untold'],
  ['the tenant’s limit is spent', quota('tenant'), 'untold'],
  ['the breaker is open', { kind: 'breaker-open', retryAfterMs: 1, message }, 'untold'],
  ['it cannot do this', { kind: 'not-supported', message }, 'untold'],
  ['it was not asked what came of it', { kind: 'outcome-unknown', isUnasked: true, message }, 'untold'],
  ['it was not asked, since it may not', { kind: 'request-rejected', isUnasked: true, message }, 'untold'],
];

// These stages read only the address of the operation and the signal of the call.
const operation = { address: 'base' } as Operation<unknown, string>;
const routing = { address: 'routing' } as Operation<unknown, string>;
const callWith = (signal?: AbortSignal) => ({ signal }) as Call<unknown>;
const service = anExternalService();

describe('what a result tells about a provider', () => {
  for (const [words, error, verdict] of verdicts) {
    const next: ServiceCall<unknown, string> = async () => left(error);

    it(`is "${verdict}" for its breaker when ${words}`, async () => {
      const told: Verdict[] = [];
      const breakers: CircuitBreakers = {
        guard: async (_circuit, work, verdictOf) => {
          told.push(verdictOf(error));
          return work();
        },
      };
      const stage = withBreaker(breakers)(operation, next);
      expect(await stage(callWith(), service)).to.deep.equal(left(error));
      await stage(callWith(AbortSignal.abort()), service);
      expect(told).to.deep.equal([verdict, 'untold']);
    });

    const isRefusal = error.kind === 'credentials-rejected' || error.kind === 'quota-exceeded';
    const outcome = isRefusal ? 'refused' : 'failed';
    it(`is ${verdict === 'failed' ? outcome : 'nothing'} for its health when ${words}`, async () => {
      const seen: unknown[] = [];
      const stage = withHealth((...observed) => void seen.push(observed))(operation, next);
      await stage(callWith(AbortSignal.abort()), service);
      await stage(callWith(), service);
      expect(seen).to.deep.equal(verdict === 'failed' ? [[service, outcome, error.kind]] : []);
    });
  }

  it('is an answer, and nothing for its health, when the quota of an account is used up: its line waits', async () => {
    const ofAccount = { address: 'base', account: 'writes' } as Operation<unknown, string>;
    const seen: unknown[] = [];
    const breakers: CircuitBreakers = {
      guard: async (_circuit, work, verdictOf) => {
        seen.push(verdictOf(quota('provider')), verdictOf(quota('service')));
        return work();
      },
    };
    const next: ServiceCall<unknown, string> = async () => left(quota('provider'));
    const observed = withHealth((...outcome) => void seen.push(outcome))(ofAccount, next);
    await withBreaker(breakers)(ofAccount, observed)(callWith(), service);
    expect(seen).to.deep.equal(['answered', 'untold']);
  });

  it('is an answer, and nothing for its health, when a caller asked it for more than there is room for', async () => {
    const tooLarge = { kind: 'answer-not-understood', isTooLarge: true, message } as const;
    const seen: unknown[] = [];
    for (const account of ['reads', undefined] as const) {
      const asked = { address: 'base', account } as Operation<unknown, string>;
      const breakers: CircuitBreakers = {
        guard: async (_circuit, work, verdictOf) => {
          seen.push(verdictOf(tooLarge));
          return work();
        },
      };
      const observed = withHealth((_service, outcome) => void seen.push(outcome))(asked, async () =>
        left(tooLarge),
      );
      await withBreaker(breakers)(asked, observed)(callWith(), service);
    }
    expect(seen, 'of geocoders nobody asks for so much').to.deep.equal(['answered', 'failed', 'failed']);
  });

  it('is known by service, version and address', async () => {
    const circuits: unknown[] = [];
    const breakers: CircuitBreakers = {
      guard: async (circuit, work) => {
        circuits.push(circuit);
        return work();
      },
    };
    for (const each of [operation, routing])
      await withBreaker(breakers)(each, async () => right('fine'))(callWith(), service);
    const { id, version } = service;
    expect(circuits).to.deep.equal([
      { id, version, address: 'base' },
      { id, version, address: 'routing' },
    ]);
  });

  it('is nothing for its health when its routes refuse the key or are over their quota, but all else is', async () => {
    const seen: unknown[] = [];
    for (const [, error] of verdicts)
      await withHealth((_service, outcome, reason) => void seen.push([outcome, reason]))(routing, async () =>
        left(error),
      )(callWith(), service);
    expect(seen).to.deep.equal([
      ['failed', 'provider-unavailable'],
      ['failed', 'provider-timeout'],
      ['failed', 'answer-not-understood'],
    ]);
  });

  it('is good for its health when it answers', async () => {
    const seen: unknown[] = [];
    const stage = withHealth((...observed) => void seen.push(observed))(operation, async () => right('fine'));
    expect(await stage(callWith(), service)).to.deep.equal(right('fine'));
    expect(seen).to.deep.equal([[service, 'answered', 'answered']]);
  });

  it('is there, and no more, when its routes answer: they may be open to a key that geocoding is not', async () => {
    const seen: unknown[] = [];
    const stage = withHealth((_service, outcome) => void seen.push(outcome))(routing, async () =>
      right('fine'),
    );
    await stage(callWith(), service);
    expect(seen).to.deep.equal(['reachable']);
  });
});
