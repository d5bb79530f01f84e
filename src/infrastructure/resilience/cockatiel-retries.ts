import {
  decorrelatedJitterGenerator,
  DelegateBackoff,
  handleWhenResult,
  retry,
  type IRetryBackoffContext,
} from 'cockatiel';
import { LRUCache } from 'lru-cache';
import type { Retries, RetryRules } from '../../application/provider-call/stages/with-retry.ts';
import type { ProviderError } from '../../domain/provider/provider-error.ts';
import type { Clock } from '../../domain/shared/clock.ts';
import { isLeft, type Either } from '../../domain/shared/fp.ts';
import { retryBudget, type RetryBudget } from './retry-budget.ts';

type Settings = {
  /** Retries after the first attempt. */
  readonly maxRetries: number;
  readonly firstDelayMs: number;
  readonly longestDelayMs: number;
};
const standardRetries: Settings = { maxRetries: 2, firstDelayMs: 50, longestDelayMs: 1_000 };

type Result = Either<ProviderError, unknown>;
type JitterState = Parameters<typeof decorrelatedJitterGenerator>[0];

/** A quarter of the time left must remain for the attempt itself after waiting. */
const SHARE_FOR_WAITING = 0.75;
const MOST_BUDGETS = 10_000;

/** cockatiel's retry policy with a budget per service, Retry-After, decorrelated jitter and the time left. */
export const cockatielRetries = (clock: Clock, settings: Settings = standardRetries): Retries => {
  const budgets = new LRUCache<string, RetryBudget>({ max: MOST_BUDGETS });
  const budgetOf = (id: string): RetryBudget => {
    const known = budgets.get(id);
    if (known !== undefined) return known;
    const made = retryBudget(clock);
    budgets.set(id, made);
    return made;
  };

  return {
    run: async (work, rules) => {
      const budget = budgetOf(rules.budget);
      budget.callMade();
      const first = await work();
      if (!isLeft(first) || !rules.isRetryable(first.left)) return first;
      let last: Awaited<ReturnType<typeof work>> = first;
      let isFirst = true;
      let isWaiting = true;
      // The first attempt is made outside the policy: most calls succeed and need none.
      const tries = policyFor(rules, settings, budget).execute(async () => {
        // If the caller has gone by the end of the delay, no quota is spent on another attempt.
        isWaiting = isFirst || rules.signal?.aborted === true;
        if (!isWaiting) last = await work();
        isFirst = false;
        isWaiting = true;
        return last;
      });
      return orWhenGone(tries, rules.signal, () => (isWaiting ? last : undefined));
    },
  };
};

/**
 * cockatiel waits for the whole delay, but a call whose caller has gone is recorded before that: then the outcome so
 * far has to do.
 */
const orWhenGone = async <A>(
  tries: Promise<A>,
  signal: AbortSignal | undefined,
  known: () => A | undefined,
): Promise<A> => {
  if (signal === undefined) return tries;
  const gone = Promise.withResolvers<A>();
  const tell = (): void => {
    const value = known();
    if (value !== undefined) gone.resolve(value);
  };
  signal.addEventListener('abort', tell);
  return Promise.race([tries, gone.promise]).finally(() => signal.removeEventListener('abort', tell));
};

/**
 * The delay is chosen where it is checked, so that one that does not fit means giving up instead of being cut short.
 */
const policyFor = (rules: RetryRules, settings: Settings, budget: RetryBudget) => {
  let delayMs = 0;
  let retriesLeft = settings.maxRetries;
  let jitter: JitterState;
  const nextDelay = (error: ProviderError): number => {
    const [own, state] = decorrelatedJitterGenerator(jitter, {
      generator: decorrelatedJitterGenerator,
      initialDelay: settings.firstDelayMs,
      maxDelay: settings.longestDelayMs,
      exponent: 2,
    });
    jitter = state;
    return Math.max(own, rules.waitAsked(error) ?? 0);
  };
  const worthAnotherTry = (value: unknown): boolean => {
    const result = value as Result;
    if (!isLeft(result) || !rules.isRetryable(result.left)) return false;
    if (retriesLeft === 0 || rules.signal?.aborted === true) return false;
    delayMs = nextDelay(result.left);
    const fits = delayMs <= rules.timeLeft() * SHARE_FOR_WAITING && delayMs <= settings.longestDelayMs;
    if (!fits || !budget.tryToSpend()) return false;
    retriesLeft -= 1;
    return true;
  };
  return retry(handleWhenResult(worthAnotherTry), {
    maxAttempts: settings.maxRetries,
    backoff: new DelegateBackoff<IRetryBackoffContext<unknown>>(() => delayMs),
  });
};
