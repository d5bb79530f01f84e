import type { HmacAlgorithm } from '../scheme/signature-scheme.ts';

export const secretKinds = ['hmac', 'token', 'public_key'] as const;
export type SecretKind = (typeof secretKinds)[number];

/** A secret of a webhook, opened: only in memory, never in a log, event or error. */
export type VerificationSecret = {
  readonly version: number;
  /** The text as it was set or generated: `whsec_…`, hex, base64 or plain, as the scheme says. */
  readonly value: string;
  readonly kind: SecretKind;
  readonly state: 'current' | 'previous';
  /** Epoch milliseconds; from then on it proves nothing. Undefined: no end. */
  readonly validUntil?: number;
};

export type ProofMethod = `hmac-${HmacAlgorithm}` | 'ed25519' | 'token' | 'basic' | 'bearer' | 'none';

/**
 * - `signed`: the bytes of the body are covered by a signature.
 * - `token`: the sender knows a shared secret; the body may have been changed by whoever saw one request.
 * - `address-only`: nothing but the sender's address was checked.
 * - `none`: anybody who knows the URL.
 */
export const authenticityLevels = ['signed', 'token', 'address-only', 'none'] as const;
export type AuthenticityLevel = (typeof authenticityLevels)[number];

export type Authentic = {
  readonly method: ProofMethod;
  readonly level: AuthenticityLevel;
  /** The version of the secret that matched; undefined where there is none. */
  readonly secretVersion: number | undefined;
  /** Epoch milliseconds; only when the signature covers it. */
  readonly signedTimestamp?: number;
};

/**
 * Why a delivery proves nothing. For the rejection log and the tester alone: the sender gets one constant 401.
 * Carries header names and numbers, never a value that was sent or a digest that was computed.
 */
export type AuthenticityFailure =
  | { readonly kind: 'header-missing'; readonly header: string }
  | { readonly kind: 'header-repeated'; readonly header: string }
  | { readonly kind: 'malformed-signature'; readonly header: string }
  /** Well-formed, but of no version or kind that counts as proof here, such as Stripe's `v0`. */
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
  /** Twilio: neither a readable form nor a body whose hash is in the signed URL. */
  | { readonly kind: 'body-not-signed' }
  | { readonly kind: 'body-hash-mismatch' }
  | { readonly kind: 'public-url-missing' }
  /** No secret of the kind that the scheme needs is active. */
  | { readonly kind: 'secret-missing' }
  /** There are active secrets of the kind, but none can be decoded. */
  | { readonly kind: 'secret-unusable' }
  /** The stored scheme breaks its own rules, see scheme-rules.ts: it takes nothing. */
  | { readonly kind: 'scheme-unusable' }
  /** Signed with a secret that ended: somebody forgot to rotate. Whole hours since then. */
  | { readonly kind: 'matched-expired-secret'; readonly hours: number; readonly secretVersion: number };
