import type { WindowType } from '../../domain/rate-limit/quota.ts';
import type { AuthenticityFailure } from '../../domain/webhook/proof/authenticity.ts';
import type { SourceService } from '../../domain/webhook/scheme/signature-scheme.ts';

/** The window of its tenant that has no room for one more. */
export type UsedUpRate = {
  readonly window: WindowType;
  readonly limit: number;
  readonly retryAfterMs: number;
};

/** Why a delivery is not taken. Its sender hears less than this: what it says stands in the rejection log. */
export type DeliveryRefusal =
  /** No token of ours, or nobody's any more. */
  | { readonly kind: 'unknown-address' }
  | { readonly kind: 'gone' }
  | { readonly kind: 'disabled' }
  | { readonly kind: 'address-refused' }
  /** Too many refusals from one address within a minute. */
  | { readonly kind: 'flooding'; readonly retryAfterMs: number }
  | { readonly kind: 'encoding-refused' }
  | { readonly kind: 'too-large'; readonly limitBytes: number }
  | { readonly kind: 'too-slow' }
  | { readonly kind: 'broken-off' }
  /** This process holds as many bytes of bodies as it may. */
  | { readonly kind: 'too-busy' }
  | { readonly kind: 'not-authentic'; readonly failure: AuthenticityFailure }
  /** A GET whose query is not the handshake that was agreed. */
  | { readonly kind: 'handshake-mismatch' }
  | (UsedUpRate & { readonly kind: 'over-limit' })
  | (UsedUpRate & { readonly kind: 'spool-full' })
  /** A secret does not open, so nobody can say whether the delivery is authentic. */
  | { readonly kind: 'secret-unreadable' }
  /** How it is to be proven was written by a newer program: to this one it is neither authentic nor false. */
  | { readonly kind: 'proof-unknown' }
  | { readonly kind: 'storage-unavailable' };

/** `source` is known from the moment the webhook is: senders differ in what they make of a refusal. */
export type RefusedDelivery = {
  readonly refusal: DeliveryRefusal;
  readonly source: SourceService | undefined;
};
