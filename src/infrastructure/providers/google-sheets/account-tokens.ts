import { LRUCache } from 'lru-cache';
import type { ProviderAccess } from '../../../domain/provider/provider-access.ts';
import { sharedFailure, type ProviderError } from '../../../domain/provider/provider-error.ts';
import type { Clock } from '../../../domain/shared/clock.ts';
import { isLeft, left, mapLeft, right, type AsyncResult, type Either } from '../../../domain/shared/fp.ts';
import type { ProviderHttp } from '../provider-http.ts';
import { accountHash, type Account } from './service-accounts.ts';
import { requestToken, type Token } from './token-request.ts';

/** One access token per account, shared by all its services and concurrent calls. */
export type AccountTokens = {
  /**
   * A write, for which a token was made sure of before, may use any token that is valid long enough for one call; so
   * may a read while no newer token can be had.
   */
  readonly tokenFor: (
    access: ProviderAccess,
    account: Account,
    use: Use,
  ) => AsyncResult<ProviderError, string>;
  /** Requests a new token now, whatever is there already. */
  readonly freshToken: (access: ProviderAccess, account: Account) => AsyncResult<ProviderError, string>;
  /** The provider refused this token; a newer one is kept. */
  readonly refused: (account: Account, token: string) => void;
};

type Use = 'read' | 'write';
/**
 * `told`: services one of whose waiting callers was given the failure. It counts as one failure per service, however
 * many of its calls wait.
 */
type Asking = { readonly request: AsyncResult<ProviderError, string>; readonly told: Set<string> };
type Deps = { readonly http: ProviderHttp; readonly clock: Clock };

const MOST_ACCOUNTS = 500;

export const accountTokens = ({ http, clock }: Deps): AccountTokens => {
  const tokens = new LRUCache<string, Token>({ max: MOST_ACCOUNTS });
  const asking = new Map<string, Asking>();

  const ask = async (
    hash: string,
    access: ProviderAccess,
    account: Account,
  ): AsyncResult<ProviderError, string> => {
    try {
      const token = await requestToken({ http, clock }, access, account);
      if (isLeft(token)) return token;
      tokens.set(hash, token.right);
      return right(token.right.text);
    } finally {
      asking.delete(hash);
    }
  };
  const shared = (access: ProviderAccess, account: Account): AsyncResult<ProviderError, string> => {
    const hash = accountHash(account);
    const { request, told } = asking.get(hash) ?? {
      request: ask(hash, access, account),
      told: new Set<string>(),
    };
    asking.set(hash, { request, told });
    const failed = (error: ProviderError): ProviderError => {
      if (told.has(access.serviceId)) return sharedFailure(error);
      if (!access.signal.aborted) told.add(access.serviceId);
      return error;
    };
    return within(access, request.then(mapLeft(failed)));
  };

  return {
    tokenFor: async (access, account, use) => {
      const known = tokens.get(accountHash(account));
      const isGoodFor = (what: Use): boolean => known !== undefined && clock.now() < lastUseOf(known, what);
      if (known !== undefined && isGoodFor(use)) return right(known.text);
      if (known === undefined || !isGoodFor('write')) return shared(access, account);
      const renewed = await shared(leavingTimeForTheCall(access), account);
      return isLeft(renewed) ? right(known.text) : renewed;
    },
    freshToken: shared,
    refused: (account, token) => {
      const hash = accountHash(account);
      if (tokens.get(hash)?.text === token) tokens.delete(hash);
    },
  };
};

/** Google ends a call after three minutes, but checks its token at the beginning. */
const ONE_CALL_MS = 60_000;
const lastUseOf = ({ renewAt, expiresAt }: Token, use: Use): number =>
  use === 'read' ? renewAt : Math.max(renewAt, expiresAt - ONE_CALL_MS);

/**
 * Milliseconds for a newer token while the present one is still valid: a token endpoint that hangs must leave time for
 * the call.
 */
const NEWER_MS = 2_000;
const leavingTimeForTheCall = (access: ProviderAccess): ProviderAccess => ({
  ...access,
  timeoutMs: Math.min(NEWER_MS, access.timeoutMs / 2),
});

/** Nobody waits longer than the own time allows; the request continues for the others. */
const within = async <A>(
  access: ProviderAccess,
  work: AsyncResult<ProviderError, A>,
): AsyncResult<ProviderError, A> => {
  const patience = patienceOf(access);
  try {
    return await Promise.race([work, patience.over]);
  } finally {
    patience.release();
  }
};

const patienceOf = ({ signal, timeoutMs }: ProviderAccess) => {
  const { promise, resolve } = Promise.withResolvers<Either<ProviderError, never>>();
  const gone = (): void => resolve(left({ kind: 'provider-timeout', message: 'no token in time' }));
  const timer = setTimeout(gone, timeoutMs);
  signal.addEventListener('abort', gone, { once: true });
  if (signal.aborted) gone();
  return {
    over: promise,
    release: () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', gone);
    },
  };
};
