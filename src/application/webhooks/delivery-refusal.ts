import type { WindowType } from '../../domain/rate-limit/quota.ts';
import type { AuthenticityFailure } from '../../domain/webhook/proof/authenticity.ts';
import type { SourceService } from '../../domain/webhook/scheme/signature-scheme.ts';

/** The rate limit window of the tenant that is full. `retryAfterMs` in milliseconds. */
export type UsedUpRate = {
  readonly window: WindowType;
  readonly limit: number;
  readonly retryAfterMs: number;
};

/** Why a delivery is refused. The sender is told less than this; the details are in the rejection log. */
export type DeliveryRefusal =
  /** The address contains no valid token, or one that belongs to no webhook any more. */
  | { readonly kind: 'unknown-address' }
  | { readonly kind: 'gone' }
  | { readonly kind: 'disabled' }
  | { readonly kind: 'address-refused' }
  /** Too many refusals for one client address within a minute. */
  | { readonly kind: 'flooding'; readonly retryAfterMs: number }
  | { readonly kind: 'encoding-refused' }
  | { readonly kind: 'too-large'; readonly limitBytes: number }
  | { readonly kind: 'too-slow' }
  | { readonly kind: 'broken-off' }
  /** The bodies being read by this process have reached their memory limit. */
  | { readonly kind: 'too-busy' }
  | { readonly kind: 'not-authentic'; readonly failure: AuthenticityFailure }
  /** A GET whose query does not match the agreed handshake. */
  | { readonly kind: 'handshake-mismatch' }
  | (UsedUpRate & { readonly kind: 'over-limit' })
  | (UsedUpRate & { readonly kind: 'spool-full' })
  /** A secret cannot be decrypted, so authenticity cannot be decided. */
  | { readonly kind: 'secret-unreadable' }
  /** The scheme was stored by a newer version of this program, so authenticity cannot be decided. */
  | { readonly kind: 'proof-unknown' }
  | { readonly kind: 'storage-unavailable' };

/** `source` is known once the webhook is known. Senders differ in how they react to a refusal. */
export type RefusedDelivery = {
  readonly refusal: DeliveryRefusal;
  readonly source: SourceService | undefined;
};
