/** What a call is told that wants to load what equal calls on other replicas may be loading. */
export type Boarding =
  /** Nobody to share with, or nobody knows: go. */
  | { readonly kind: 'alone' }
  /** Load it, for all. `land` must be called once, whatever comes of it; it neither waits nor fails. */
  | {
      readonly kind: 'leader';
      /** The one before did not land: it may still have stored its answer. */
      readonly tookOver: boolean;
      readonly land: (outcome: 'answered' | 'failed', news: string) => void;
    }
  /** Another replica loads it. `news`: what it landed with; undefined when its lease ran out or `signal` aborted. */
  | { readonly kind: 'follower'; readonly news: Promise<string | undefined> }
  /** An answer has landed since this call looked into the cache. */
  | { readonly kind: 'landed' };

/**
 * One load per key over all replicas, while they can agree. Guarantees, held by `cluster-flights.contract.ts`: of all
 * who board a key one leads until it lands or its lease runs out, and the lease is renewed as long as it lives; who
 * follows waits no longer than the lease, and hears what the leader landed with; a fencing number keeps a leader that
 * was overtaken from ending its successor's flight. `board` never rejects and takes tens of milliseconds at most.
 * It saves calls and money: no answer depends on it being right.
 */
export type ClusterFlights = {
  /** `askedMsAgo`: how long ago this call looked into the cache and found nothing. */
  readonly board: (key: string, askedMsAgo: number, signal: AbortSignal | undefined) => Promise<Boarding>;
};
