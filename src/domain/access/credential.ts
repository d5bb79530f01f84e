import { left, type AsyncResult, type Either } from '../shared/fp.ts';
import type { Actor } from '../shared/tenant-context.ts';

/** Why a credential was refused. The caller only gets "unauthenticated"; the reason is logged. */
export type CredentialRefused = {
  readonly kind: 'credential-refused';
  readonly reason:
    | 'missing'
    /** An authorization scheme other than `Bearer`. */
    | 'other-scheme'
    | 'malformed'
    | 'unknown'
    | 'expired'
    | 'revoked'
    | 'bad-signature'
    | 'wrong-issuer'
    | 'wrong-audience'
    | 'not-yet-valid'
    | 'keys-unavailable';
};

export const credentialRefused = (reason: CredentialRefused['reason']): Either<CredentialRefused, never> =>
  left({ kind: 'credential-refused', reason });

/** Verifies an administrator's JWT: signature, algorithm, issuer, audience, times, and tenant claim. */
export type AdministratorVerifier = {
  readonly verify: (jwt: string) => AsyncResult<CredentialRefused, Actor>;
};
