import {
  credentialRefused,
  type AdministratorVerifier,
  type CredentialRefused,
} from '../domain/access/credential.ts';
import {
  actorOf,
  looksLikeServiceToken,
  serviceTokenHash,
  tokenRefusal,
} from '../domain/access/service-token.ts';
import type { ServiceTokenFinder } from '../domain/access/service-token-repository.ts';
import type { Clock } from '../domain/shared/clock.ts';
import { right, type AsyncResult } from '../domain/shared/fp.ts';
import type { Actor } from '../domain/shared/tenant-context.ts';

type Deps = {
  readonly tokens: ServiceTokenFinder;
  readonly administrators: AdministratorVerifier;
  readonly clock: Clock;
};

const BEARER = /^Bearer +(\S+)$/i;
const IS_BEARER = /^Bearer(?: |$)/i;
/** Characters. No credential of ours is longer, so longer headers are refused before any hashing or parsing. */
const LONGEST = 8192;

/**
 * Turns an `Authorization` header into an actor: a service token is looked up by its hash, anything else is verified as
 * the JWT of an administrator.
 */
export const authenticate = ({ tokens, administrators, clock }: Deps) => {
  const byToken = async (token: string): AsyncResult<CredentialRefused, Actor> => {
    const stored = await tokens.byHash(serviceTokenHash(token));
    if (stored === undefined) return credentialRefused('unknown');
    const reason = tokenRefusal(stored, clock.now());
    return reason === undefined ? right(actorOf(stored)) : credentialRefused(reason);
  };

  return async (header: string | undefined): AsyncResult<CredentialRefused, Actor> => {
    if (header === undefined) return credentialRefused('missing');
    if (!IS_BEARER.test(header)) return credentialRefused('other-scheme');
    const credential = header.length > LONGEST ? undefined : BEARER.exec(header)?.[1];
    if (credential === undefined) return credentialRefused('malformed');
    if (credential.startsWith('ist_'))
      return looksLikeServiceToken(credential) ? byToken(credential) : credentialRefused('malformed');
    return administrators.verify(credential);
  };
};
