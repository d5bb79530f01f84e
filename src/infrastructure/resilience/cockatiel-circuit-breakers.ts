import {
  BrokenCircuitError,
  circuitBreaker,
  CircuitState,
  ConsecutiveBreaker,
  ExponentialBackoff,
  handleWhenResult,
  type CircuitBreakerPolicy,
} from 'cockatiel';
import { LRUCache } from 'lru-cache';
import type { CircuitBreakers } from '../../application/provider-call/with-breaker.ts';
import type { ProviderError } from '../../domain/provider/provider-error.ts';
import { isLeft, left, type Either } from '../../domain/shared/fp.ts';

type Settings = {
  /** Failures in a row that open a circuit. */
  readonly failuresToOpen: number;
  /** First time a circuit stays open; each further ejection is longer, up to `longestOpenMs`. */
  readonly firstOpenMs: number;
  readonly longestOpenMs: number;
};
export const standardBreaker: Settings = { failuresToOpen: 5, firstOpenMs: 1_000, longestOpenMs: 30_000 };

type Judged = { readonly result: Either<ProviderError, unknown>; readonly failed: boolean };

const MOST_CIRCUITS = 10_000;

/** One cockatiel circuit per service and version. Half open, exactly one call tries; the others are refused, not queued. */
export const cockatielCircuitBreakers = (settings: Settings = standardBreaker): CircuitBreakers => {
  const circuits = new LRUCache<string, CircuitBreakerPolicy>({ max: MOST_CIRCUITS });

  const circuitOf = (id: string): CircuitBreakerPolicy => {
    const known = circuits.get(id);
    if (known !== undefined) return known;
    const made = circuitBreaker(
      handleWhenResult((judged) => (judged as Judged).failed),
      {
        breaker: new ConsecutiveBreaker(settings.failuresToOpen),
        halfOpenAfter: new ExponentialBackoff({
          initialDelay: settings.firstOpenMs,
          maxDelay: settings.longestOpenMs,
        }),
      },
    );
    circuits.set(id, made);
    return made;
  };

  const refused = (): Either<ProviderError, never> =>
    left({
      kind: 'breaker-open',
      retryAfterMs: settings.firstOpenMs,
      message: 'not asked: it failed several times in a row and is left alone for a moment',
    });

  return {
    guard: async (circuit, work, isFailure) => {
      const policy = circuitOf(`${circuit.id}:${circuit.version}`);
      if (policy.state === CircuitState.HalfOpen) return refused();
      try {
        const { result } = await policy.execute(
          async (): Promise<Judged & { result: Awaited<ReturnType<typeof work>> }> => {
            const outcome = await work();
            return { result: outcome, failed: isLeft(outcome) && isFailure(outcome.left) };
          },
        );
        return result;
      } catch (error) {
        if (error instanceof BrokenCircuitError) return refused();
        throw error;
      }
    },
  };
};
