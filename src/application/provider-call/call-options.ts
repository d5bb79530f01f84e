/** The request's Cache-Control, as far as a gateway obeys it (RFC 9111 section 5.2.1). */
export type CacheDirective = {
  readonly noCache: boolean;
  readonly noStore: boolean;
  readonly onlyIfCached: boolean;
  readonly maxAgeSeconds: number | undefined;
  /** Seconds past its freshness for which an answer is still accepted without asking a provider; Infinity: any. */
  readonly maxStaleSeconds?: number;
  /** Seconds for which an answer must remain fresh. */
  readonly minFreshSeconds?: number;
};
export const anyCache: CacheDirective = {
  noCache: false,
  noStore: false,
  onlyIfCached: false,
  maxAgeSeconds: undefined,
};

/** The client that waits for an answer and may disconnect before it comes. */
export type Caller = {
  readonly isGone: () => boolean;
  /** The listener is called once, when the client disconnects. Returns a function that removes the listener. */
  readonly whenGone: (listener: () => void) => () => void;
};

export type CallOptions = {
  readonly cache: CacheDirective;
  /** Absent where no connection is waiting, as for commands from the bus. */
  readonly caller?: Caller;
  /** Milliseconds for all attempts together, capped by the maximum of this gateway. */
  readonly deadlineMs: number | undefined;
};

/** Options of a caller without special wishes. */
export const plainOptions: CallOptions = { cache: anyCache, deadlineMs: undefined };
