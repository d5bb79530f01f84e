import {
  BrokenCircuitError,
  circuitBreaker,
  CircuitState,
  ConsecutiveBreaker,
  DelegateBackoff,
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
  /** First time a circuit stays open; each further one is twice as long, up to `longestOpenMs`. */
  readonly firstOpenMs: number;
  readonly longestOpenMs: number;
};
const standardBreaker: Settings = { failuresToOpen: 5, firstOpenMs: 1_000, longestOpenMs: 30_000 };

/** `openUntil`: epoch milliseconds of the machine's clock, by which cockatiel goes. */
type Circuit = { readonly policy: CircuitBreakerPolicy; openUntil: number };

const MOST_CIRCUITS = 10_000;
/** Passes cockatiel by: neither a success nor a failure. */
const UNTOLD = new Error('nothing was learnt about the provider');

/**
 * One cockatiel circuit per address and version of a service. Half open, exactly one call tries; the others are
 * refused, not queued.
 */
export const cockatielCircuitBreakers = (settings: Settings = standardBreaker): CircuitBreakers => {
  const circuits = new LRUCache<string, Circuit>({ max: MOST_CIRCUITS });
  const circuitOf = (id: string): Circuit => {
    const known = circuits.get(id);
    if (known !== undefined && !wasSetBack(known, settings)) return known;
    const made = newCircuit(settings);
    circuits.set(id, made);
    return made;
  };

  return {
    guard: async ({ id, version, address }, work, verdictOf) => {
      const circuit = circuitOf(`${id}:${version}:${address}`);
      const { policy } = circuit;
      if (policy.state === CircuitState.HalfOpen) return refused(settings.firstOpenMs);
      let outcome: Awaited<ReturnType<typeof work>> | undefined;
      try {
        await policy.execute(async () => {
          const isTrial = policy.state === CircuitState.HalfOpen;
          outcome = await work();
          const verdict = isLeft(outcome) ? verdictOf(outcome.left) : 'answered';
          // A trial has to end one way or the other: without an answer the circuit stays open.
          if (verdict === 'untold' && !isTrial) throw UNTOLD;
          return verdict !== 'answered';
        });
      } catch (error) {
        if (error instanceof BrokenCircuitError) return refused(circuit.openUntil - Date.now());
        if (error !== UNTOLD) throw error;
      }
      return outcome ?? refused(settings.firstOpenMs);
    },
  };
};

const newCircuit = (settings: Settings): Circuit => {
  const circuit: Circuit = {
    openUntil: 0,
    policy: circuitBreaker(
      handleWhenResult((failed) => failed === true),
      {
        breaker: new ConsecutiveBreaker(settings.failuresToOpen),
        halfOpenAfter: new DelegateBackoff(({ attempt }: { readonly attempt: number }) => {
          const openMs = jittered(
            Math.min(settings.longestOpenMs, settings.firstOpenMs * 2 ** (attempt - 1)),
          );
          circuit.openUntil = Date.now() + openMs;
          return openMs;
        }),
      },
    ),
  };
  return circuit;
};

/** Between a half and the whole, so that replicas do not try at the same moment. */
const jittered = (milliseconds: number): number => Math.ceil(milliseconds * (0.5 + Math.random() / 2));

/** The machine's clock was set back: cockatiel would keep the circuit open until it has caught up. */
const wasSetBack = ({ policy, openUntil }: Circuit, { longestOpenMs }: Settings): boolean =>
  policy.state === CircuitState.Open && Date.now() < openUntil - longestOpenMs;

const refused = (retryAfterMs: number): Either<ProviderError, never> =>
  left({
    kind: 'breaker-open',
    retryAfterMs: Math.max(1, retryAfterMs),
    message: 'not asked: it failed several times in a row and is left alone for a moment',
  });
