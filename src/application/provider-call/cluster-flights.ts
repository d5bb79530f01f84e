/** The role of a call that wants to load a key which other replicas may be loading. */
export type Boarding =
  /** Load it without coordination: there are no other replicas, or they cannot be reached. */
  | { readonly kind: 'alone' }
  /**
   * Load it on behalf of all replicas. `land` must be called exactly once, whatever the outcome; it returns at once and
   * never throws.
   */
  | {
      readonly kind: 'leader';
      /** The previous leader did not finish, but it may have stored its answer before. */
      readonly tookOver: boolean;
      readonly land: (outcome: 'answered' | 'failed', news: string) => void;
    }
  /**
   * Another replica is loading. `news` resolves with what it reports; undefined when its lease expired or `signal`
   * aborted.
   */
  | { readonly kind: 'follower'; readonly news: Promise<string | undefined> }
  /** A load has finished since this call looked into the cache. */
  | { readonly kind: 'landed' };

/**
 * Request collapsing across replicas: one load per key while the replicas can coordinate. Guarantees, held by
 * `cluster-flights.contract.ts`: of all calls that board a key, one is the leader until it lands or its lease expires;
 * the lease is renewed for as long as the load lives; a follower waits no longer than the lease and receives what the
 * leader reports; a fencing token keeps an overtaken leader from ending its successor's flight. `board` never rejects
 * and takes tens of milliseconds at most. This is an optimisation, not a lock: no answer depends on its correctness.
 */
export type ClusterFlights = {
  /** `askedMsAgo`: milliseconds since this call looked into the cache without success. */
  readonly board: (key: string, askedMsAgo: number, signal: AbortSignal | undefined) => Promise<Boarding>;
};
