/** The caller's Cache-Control, as far as a gateway obeys it (RFC 9111 section 5.2.1). */
export type CacheDirective = {
  readonly noCache: boolean;
  readonly noStore: boolean;
  readonly onlyIfCached: boolean;
  readonly maxAgeSeconds: number | undefined;
  /** How many seconds after its life an answer is still taken at once; Infinity: any. */
  readonly maxStaleSeconds?: number;
  /** How many seconds of its life an answer must still have. */
  readonly minFreshSeconds?: number;
};
export const anyCache: CacheDirective = {
  noCache: false,
  noStore: false,
  onlyIfCached: false,
  maxAgeSeconds: undefined,
};

/** Who waits for an answer, and may go away before it comes. */
export type Caller = {
  readonly isGone: () => boolean;
  /** Called once, when the caller goes away. Returns what takes the listener back. */
  readonly whenGone: (listener: () => void) => () => void;
};

export type CallOptions = {
  readonly cache: CacheDirective;
  /** Left out where nobody waits at the other end of a connection. */
  readonly caller?: Caller;
  /** Milliseconds all attempts together may take; capped by the service's own maximum. */
  readonly deadlineMs: number | undefined;
};

/** Of a caller who asks for nothing in particular. */
export const plainOptions: CallOptions = { cache: anyCache, deadlineMs: undefined };
