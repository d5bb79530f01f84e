import {
  createRemoteJWKSet,
  customFetch,
  jwksCache,
  type FetchImplementation,
  type JWKSCacheInput,
  type JWTVerifyGetKey,
} from 'jose';
import type { Clock } from '../../domain/shared/clock.ts';

/** Hears how it fares with the keys of a JWKS address; called for each token that has to be checked with them. */
export type KeysNews = {
  /** An error of the way there, or of what came from there; without any token. */
  readonly unavailable: (error: unknown) => void;
  /** Not by keys that were known before: for ten minutes they let people in without the address. */
  readonly available: () => void;
};

/** Keys of an identity provider, kept for ten minutes and asked for again when a token names an unknown one. */
export type RemoteKeys = {
  readonly keyFor: JWTVerifyGetKey;
  /** A token was checked with them. */
  readonly served: () => void;
  /** A token could not be checked, for this. */
  readonly missed: (error: unknown) => void;
  /** Asks for them once more, unless somebody did a moment ago. Never rejects. */
  readonly refresh: () => Promise<void>;
  /** Whether they were last asked for in vain. */
  readonly areLost: () => boolean;
  /** Whether some that came before still let people in. */
  readonly areKept: () => boolean;
};

const PATIENCE_MS = 3_000;
/** Between two questions for the keys, whatever came of the first. */
const REST_MS = 1_000;

export const remoteKeys = (url: string, clock: Clock, news?: KeysNews): RemoteKeys => {
  /** The driver puts here what came last; with each answer it is another object. */
  const known: JWKSCacheInput = {};
  let knownInVain: unknown;
  const asking = sparingly(clock, known);
  const jwks = createRemoteJWKSet(new URL(url), {
    timeoutDuration: PATIENCE_MS,
    [customFetch]: asking.fetch,
    [jwksCache]: known,
  });
  const served = (): void => {
    if (known.jwks !== knownInVain) news?.available();
  };
  const missed = (error: unknown): void => {
    knownInVain = known.jwks;
    // The driver's own error says "fetch failed", its cause why.
    news?.unavailable(causeOf(error));
  };
  return {
    keyFor: jwks,
    served,
    missed,
    refresh: async () => {
      if (jwks.coolingDown || asking.isResting()) return;
      await jwks.reload().then(served, missed);
    },
    areLost: () => asking.wasInVain(jwks.reloading),
    areKept: () => jwks.fresh,
  };
};

/**
 * jose waits half a minute after an answer, and after a failure not at all: whoever sends tokens, with any key id,
 * would have an identity provider that is in trouble asked once for each.
 */
const sparingly = (clock: Clock, known: JWKSCacheInput) => {
  let askedAt = -Infinity;
  let knownBefore: unknown;
  let inVainBefore = false;
  const isResting = (): boolean => clock.monotonic() - askedAt < REST_MS;
  /** An answer that is no set of keys leaves the known ones as they were, as does none. */
  const wasInVain = (isUnderWay: boolean): boolean =>
    isUnderWay ? inVainBefore : askedAt !== -Infinity && known.jwks === knownBefore;
  const sparing: FetchImplementation = (address, options) => {
    if (isResting()) return Promise.reject(new Error('the keys were asked for in vain a moment ago'));
    inVainBefore = wasInVain(false);
    askedAt = clock.monotonic();
    knownBefore = known.jwks;
    return fetch(address, options);
  };
  return { fetch: sparing, isResting, wasInVain };
};

const causeOf = (error: unknown): unknown =>
  error instanceof Error && error.cause instanceof Error ? error.cause : error;
