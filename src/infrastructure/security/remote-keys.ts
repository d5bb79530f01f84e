import {
  createRemoteJWKSet,
  customFetch,
  jwksCache,
  type FetchImplementation,
  type JWKSCacheInput,
  type JWTVerifyGetKey,
} from 'jose';
import type { Clock } from '../../domain/shared/clock.ts';

/** Told about the keys of a JWKS URL with each token that has to be verified with them, and with each `refresh`. */
export type KeysNews = {
  /** The keys could not be fetched, or the answer was not usable. The error contains no token. */
  readonly unavailable: (error: unknown) => void;
  /**
   * There are keys that were fetched, and no failure since. Not called after a failure for tokens that are verified with
   * keys fetched before it, which are used for ten minutes without the URL.
   */
  readonly available: () => void;
};

/**
 * The keys of an identity provider (JWKS), cached for ten minutes and fetched again when a token names an unknown one.
 */
export type RemoteKeys = {
  readonly keyFor: JWTVerifyGetKey;
  /** A token was verified with them. */
  readonly served: () => void;
  /** A token could not be verified, for this reason. */
  readonly missed: (error: unknown) => void;
  /** Fetches them again, unless that was done a moment ago. Never rejects. */
  readonly refresh: () => Promise<void>;
  /** Whether the last attempt to fetch them failed. */
  readonly areLost: () => boolean;
  /** Whether cached keys are still used. */
  readonly areKept: () => boolean;
};

const PATIENCE_MS = 3_000;
/** Minimum pause between two attempts to fetch the keys, whatever the outcome of the first. */
const REST_MS = 1_000;
/**
 * Pause after the keys were fetched before a token with an unknown key id has them fetched again. They are fetched once
 * a minute anyway, so with the half minute of jose a new key would often be refused for that long.
 */
const UNKNOWN_REST_MS = 5_000;
/** Keys that somebody fetched so recently are recent enough. */
const RECENT_MS = 30_000;

export const remoteKeys = (url: string, clock: Clock, news?: KeysNews): RemoteKeys => {
  /** jose stores the last answer here, as a new object for each answer. */
  const known: JWKSCacheInput = {};
  let knownInVain: unknown;
  const asking = sparingly(clock, known);
  const jwks = createRemoteJWKSet(new URL(url), {
    timeoutDuration: PATIENCE_MS,
    cooldownDuration: UNKNOWN_REST_MS,
    [customFetch]: asking.fetch,
    [jwksCache]: known,
  });
  const served = (): void => {
    if (known.jwks !== knownInVain) news?.available();
  };
  const missed = (error: unknown): void => {
    knownInVain = known.jwks;
    // The message of jose's error is only "fetch failed"; its cause says why.
    news?.unavailable(causeOf(error));
  };
  return {
    keyFor: jwks,
    served,
    missed,
    refresh: async () => {
      if (asking.wasWithin(asking.wasInVain(false) ? REST_MS : RECENT_MS)) return;
      await jwks.reload().then(served, missed);
    },
    areLost: () => asking.wasInVain(jwks.reloading),
    areKept: () => jwks.fresh,
  };
};

/**
 * jose pauses after an answer, but not at all after a failure: tokens with arbitrary key ids would each send a request
 * to an identity provider that is already in trouble.
 */
const sparingly = (clock: Clock, known: JWKSCacheInput) => {
  let askedAt = -Infinity;
  let knownBefore: unknown;
  let inVainBefore = false;
  const wasWithin = (ms: number): boolean => clock.monotonic() - askedAt < ms;
  /** An answer that is not a key set leaves the known keys unchanged, just like no answer. */
  const wasInVain = (isUnderWay: boolean): boolean =>
    isUnderWay ? inVainBefore : askedAt !== -Infinity && known.jwks === knownBefore;
  const sparing: FetchImplementation = (address, options) => {
    if (wasWithin(REST_MS)) return Promise.reject(new Error('fetching the keys failed a moment ago'));
    inVainBefore = wasInVain(false);
    askedAt = clock.monotonic();
    knownBefore = known.jwks;
    return fetch(address, options);
  };
  return { fetch: sparing, wasWithin, wasInVain };
};

const causeOf = (error: unknown): unknown =>
  error instanceof Error && error.cause instanceof Error ? error.cause : error;
