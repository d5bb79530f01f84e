import type { HmacAlgorithm } from '../scheme/signature-scheme.ts';

export const secretKinds = ['hmac', 'token', 'public_key'] as const;
export type SecretKind = (typeof secretKinds)[number];

/** A decrypted secret of a webhook. It exists only in memory, never in a log, event or error. */
export type VerificationSecret = {
  readonly version: number;
  /** The text as it was configured or generated: `whsec_…`, hex, base64 or plain, depending on the scheme. */
  readonly value: string;
  readonly kind: SecretKind;
  readonly state: 'current' | 'previous';
  /** Expiry in epoch milliseconds, after which it proves nothing. Undefined: never. */
  readonly validUntil?: number;
};

export type ProofMethod = `hmac-${HmacAlgorithm}` | 'ed25519' | 'token' | 'basic' | 'bearer' | 'none';

/**
 * - `signed`: a signature covers the bytes of the body.
 * - `token`: the sender knows a shared secret; somebody who saw a request may have changed the body.
 * - `address-only`: only the sender's address was checked.
 * - `none`: sent by anybody who knows the URL.
 */
export const authenticityLevels = ['signed', 'token', 'address-only', 'none'] as const;
export type AuthenticityLevel = (typeof authenticityLevels)[number];

export type Authentic = {
  readonly method: ProofMethod;
  readonly level: AuthenticityLevel;
  /** Version of the secret that matched; undefined when none was needed. */
  readonly secretVersion: number | undefined;
  /** Epoch milliseconds; only present when the signature covers it. */
  readonly signedTimestamp?: number;
};

/**
 * Why a delivery is not authentic. For the rejection log and the dry run only: the sender always gets the same 401.
 * Contains names of headers and numbers, never a value that was sent or a computed digest.
 */
export type AuthenticityFailure =
  | { readonly kind: 'header-missing'; readonly header: string }
  | { readonly kind: 'header-repeated'; readonly header: string }
  | { readonly kind: 'malformed-signature'; readonly header: string }
  /** Well-formed, but of a version or kind that is not accepted as proof, such as Stripe's `v0`. */
  | { readonly kind: 'no-supported-signature'; readonly header: string }
  | { readonly kind: 'signature-mismatch'; readonly header: string }
  | { readonly kind: 'malformed-token'; readonly header: string }
  | { readonly kind: 'token-mismatch'; readonly header: string }
  | { readonly kind: 'malformed-id'; readonly header: string }
  | { readonly kind: 'timestamp-missing'; readonly header: string }
  | { readonly kind: 'timestamp-malformed'; readonly header: string }
  | { readonly kind: 'timestamp-too-old'; readonly ageSeconds: number }
  | { readonly kind: 'timestamp-in-future'; readonly aheadSeconds: number }
  | { readonly kind: 'empty-body' }
  /** Twilio: the body is neither a readable form, nor is its hash in the signed URL. */
  | { readonly kind: 'body-not-signed' }
  | { readonly kind: 'body-hash-mismatch' }
  | { readonly kind: 'public-url-missing' }
  /** There is no active secret of the kind that the scheme needs. */
  | { readonly kind: 'secret-missing' }
  /** There are active secrets of that kind, but none can be decoded. */
  | { readonly kind: 'secret-unusable' }
  /** The stored scheme violates its own rules (scheme-rules.ts), so it accepts nothing. */
  | { readonly kind: 'scheme-unusable' }
  /**
   * Signed with an expired secret, so the sender still has to be switched to the new one. `hours`: whole hours since
   * its end.
   */
  | { readonly kind: 'matched-expired-secret'; readonly hours: number; readonly secretVersion: number };
