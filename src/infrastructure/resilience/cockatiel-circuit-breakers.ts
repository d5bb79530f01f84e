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
import type { CircuitBreakers, Verdict } from '../../application/provider-call/stages/with-breaker.ts';
import type { ProviderError } from '../../domain/provider/provider-error.ts';
import { isLeft, left, type Either } from '../../domain/shared/fp.ts';

type Settings = {
  /** Consecutive failures that open a circuit. */
  readonly failuresToOpen: number;
  /** How long a circuit first stays open; doubled each time it opens again, up to `longestOpenMs`. */
  readonly firstOpenMs: number;
  readonly longestOpenMs: number;
};
const standardBreaker: Settings = { failuresToOpen: 5, firstOpenMs: 1_000, longestOpenMs: 30_000 };

/**
 * `openUntil`: epoch milliseconds by the machine's clock, which cockatiel uses. `openings`: how often the circuit has
 * opened.
 */
type Circuit = {
  readonly policy: CircuitBreakerPolicy;
  readonly openUntil: () => number;
  readonly openings: () => number;
};

const MOST_CIRCUITS = 10_000;
/** Thrown past cockatiel: neither a success nor a failure. */
const UNTOLD = new Error('nothing was learnt about the provider');

/**
 * One cockatiel circuit per address and version of a service. When half-open, exactly one call is the trial; the others
 * are refused, not queued. If the trial is inconclusive, the next call is the trial: a caller that was in a hurry, went
 * away or was refused by our own quota does not keep others from a provider that may be back. Nor does a failure of a
 * call that began before the circuit opened: that is why it opened.
 */
export const cockatielCircuitBreakers = (settings: Settings = standardBreaker): CircuitBreakers => {
  const circuits = new LRUCache<string, Circuit>({ max: MOST_CIRCUITS });
  const circuitOf = (key: string): Circuit => {
    const known = circuits.get(key);
    if (known !== undefined && !wasSetBack(known, settings)) return known;
    const made = newCircuit(settings);
    circuits.set(key, made);
    return made;
  };
  /**
   * For cockatiel every trial ends in success or failure, so an inconclusive one is followed by a new circuit whose
   * trial is still due.
   */
  const handOn = (key: string, circuit: Circuit): void => {
    if (circuits.peek(key) === circuit) circuits.set(key, newCircuit(settings, beforeTrial(circuit.policy)));
  };

  return {
    guard: async ({ id, version, address }, work, verdictOf) => {
      const key = `${id}:${version}:${address}`;
      const circuit = circuitOf(key);
      const { policy } = circuit;
      if (policy.state === CircuitState.HalfOpen) return refused(settings.firstOpenMs);
      let outcome: Awaited<ReturnType<typeof work>> | undefined;
      const learnt = async (): Promise<Verdict> => {
        outcome = await work();
        return isLeft(outcome) ? verdictOf(outcome.left) : 'answered';
      };
      try {
        await policy.execute(() => hasFailed(circuit, learnt, () => handOn(key, circuit)));
      } catch (error) {
        if (error instanceof BrokenCircuitError) return refused(circuit.openUntil() - Date.now());
        if (error !== UNTOLD) throw error;
      }
      return outcome ?? refused(settings.firstOpenMs);
    },
  };
};

/** Throws when the call was inconclusive; also for a bug or a lost dependency of ours. */
const hasFailed = async (
  { policy, openings }: Circuit,
  learnt: () => Promise<Verdict>,
  handOn: () => void,
): Promise<boolean> => {
  const isTrial = policy.state === CircuitState.HalfOpen;
  const openingsBefore = openings();
  let verdict: Verdict = 'untold';
  try {
    verdict = await learnt();
  } finally {
    if (isTrial && verdict === 'untold') handOn();
  }
  const isOfBefore = verdict === 'failed' && openings() !== openingsBefore;
  if (verdict === 'untold' || isOfBefore) throw UNTOLD;
  return verdict === 'failed';
};

const newCircuit = (settings: Settings, initialState?: unknown): Circuit => {
  let openUntil = 0;
  let openings = 0;
  const halfOpenAfter = new DelegateBackoff(({ attempt }: { readonly attempt: number }) => {
    const openMs = jittered(Math.min(settings.longestOpenMs, settings.firstOpenMs * 2 ** (attempt - 1)));
    openUntil = Date.now() + openMs;
    openings += 1;
    return openMs;
  });
  const policy = circuitBreaker(
    handleWhenResult((failed) => failed === true),
    { breaker: new ConsecutiveBreaker(settings.failuresToOpen), halfOpenAfter, initialState },
  );
  return { policy, openUntil: () => openUntil, openings: () => openings };
};

/** How cockatiel serialises a half-open circuit: open, with no time left. */
type InTrial = { readonly ownState: { readonly attemptNo: number }; readonly breakerState: unknown };

/** As if there had been no trial, so that the next failure does not prolong the wait more than this one would have. */
const beforeTrial = (policy: CircuitBreakerPolicy): unknown => {
  const { ownState, breakerState } = policy.toJSON() as InTrial;
  return { ownState: { ...ownState, attemptNo: ownState.attemptNo - 1 }, breakerState };
};

/** Half to all of it, so that replicas do not try at the same moment. */
const jittered = (milliseconds: number): number => Math.ceil(milliseconds * (0.5 + Math.random() / 2));

/** After the machine's clock is set back, cockatiel would keep the circuit open until it has caught up. */
const wasSetBack = ({ policy, openUntil }: Circuit, { longestOpenMs }: Settings): boolean =>
  policy.state === CircuitState.Open && Date.now() < openUntil() - longestOpenMs;

const refused = (retryAfterMs: number): Either<ProviderError, never> =>
  left({
    kind: 'breaker-open',
    retryAfterMs: Math.max(1, retryAfterMs),
    message: 'not asked: it failed several times in a row and is left alone for a moment',
  });
