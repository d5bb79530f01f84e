import { SlidingLog } from './sliding-log.ts';
import { outcomes, providerNames, type Mark, type Outcome, type ProviderName } from './stand-in.ts';

export type KeyCounters = { calls: number; refused_by_quota: number; max_calls_per_minute: number };

export type ProviderCounters = {
  /** Every request received, including refused and dropped ones. */
  calls: number;
  /** What the provider would bill for the answered requests: calls or matrix elements. */
  billed_units: number;
  outcomes: Record<Outcome, number>;
  refused_by_quota: number;
  /** The most calls in any trailing minute. */
  max_calls_per_minute: number;
  swapped_coordinates: number;
  bad_requests: Record<Exclude<Mark, 'swapped_coordinates'>, number>;
  keys: Record<string, KeyCounters>;
};

export type Counters = { readonly providers: Readonly<Record<ProviderName, ProviderCounters>> };

const minuteMs = 60_000;
/** Further keys are counted together: a load test may invent any number. */
const mostKeys = 1_000;
const otherKeys = '(other keys)';
const noKey = '(no key)';
/** A real key that is used here by mistake must not be printed. */
const strangeKey = '(not a sandbox key)';

const labelOf = (key: string | undefined): string => {
  if (key === undefined || key === '') return noKey;
  return key.startsWith('SANDBOX-') ? key : strangeKey;
};

const zero = (): ProviderCounters => ({
  calls: 0,
  billed_units: 0,
  outcomes: Object.fromEntries(outcomes.map((name) => [name, 0])) as Record<Outcome, number>,
  refused_by_quota: 0,
  max_calls_per_minute: 0,
  swapped_coordinates: 0,
  bad_requests: { missing_language: 0, bad_lang_form: 0, missing_field_mask: 0, malformed: 0 },
  keys: {},
});

type Tally = {
  readonly counters: ProviderCounters;
  readonly minute: SlidingLog;
  readonly keys: Map<string, { readonly counters: KeyCounters; readonly minute: SlidingLog }>;
};

const countIn = (minute: SlidingLog, now: number): number => {
  minute.add(now, 1);
  return minute.total(now);
};

export class CallCounters {
  #tallies = fresh();

  arrived(provider: ProviderName, key: string | undefined, now: number): void {
    const { counters, minute } = this.#tallies[provider];
    counters.calls += 1;
    counters.max_calls_per_minute = Math.max(counters.max_calls_per_minute, countIn(minute, now));
    const own = this.#key(provider, key);
    own.counters.calls += 1;
    own.counters.max_calls_per_minute = Math.max(own.counters.max_calls_per_minute, countIn(own.minute, now));
  }

  refused(provider: ProviderName, key: string | undefined): void {
    this.#tallies[provider].counters.refused_by_quota += 1;
    this.#key(provider, key).counters.refused_by_quota += 1;
  }

  mark(provider: ProviderName, mark: Mark): void {
    const { counters } = this.#tallies[provider];
    if (mark === 'swapped_coordinates') counters.swapped_coordinates += 1;
    else counters.bad_requests[mark] += 1;
  }

  ended(provider: ProviderName, outcome: Outcome, units: number): void {
    const { counters } = this.#tallies[provider];
    counters.outcomes[outcome] += 1;
    if (outcome === 'ok' || outcome === 'no_match') counters.billed_units += units;
  }

  /** Returns a copy, which later calls do not change. */
  read(): Counters {
    const providers = Object.fromEntries(
      providerNames.map((name) => {
        const { counters, keys } = this.#tallies[name];
        const own = Object.fromEntries([...keys].map(([key, tally]) => [key, tally.counters]));
        return [name, structuredClone({ ...counters, keys: own })];
      }),
    );
    return { providers: providers as Record<ProviderName, ProviderCounters> };
  }

  reset(): void {
    this.#tallies = fresh();
  }

  #key(
    provider: ProviderName,
    key: string | undefined,
  ): { readonly counters: KeyCounters; readonly minute: SlidingLog } {
    const { keys } = this.#tallies[provider];
    const label = labelOf(key);
    const name = keys.has(label) || keys.size < mostKeys ? label : otherKeys;
    const tally = keys.get(name) ?? {
      counters: { calls: 0, refused_by_quota: 0, max_calls_per_minute: 0 },
      minute: new SlidingLog(minuteMs),
    };
    keys.set(name, tally);
    return tally;
  }
}

const fresh = (): Readonly<Record<ProviderName, Tally>> =>
  Object.fromEntries(
    providerNames.map((name): [ProviderName, Tally] => [
      name,
      { counters: zero(), minute: new SlidingLog(minuteMs), keys: new Map() },
    ]),
  ) as Record<ProviderName, Tally>;
