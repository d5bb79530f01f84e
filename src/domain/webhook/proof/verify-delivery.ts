import { left, right, type Either } from '../../shared/fp.ts';
import type { Authentic, AuthenticityFailure, VerificationSecret } from './authenticity.ts';
import type { RawDelivery } from '../request/raw-delivery.ts';
import type { SignatureScheme, SourceService } from '../scheme/signature-scheme.ts';
import { presetSchemes, type SchemedSource } from '../scheme/presets.ts';
import { verifySigned } from './verify-signed.ts';
import { verifyStandardWebhook } from './verify-standard-webhook.ts';
import { verifyStripe } from './verify-stripe.ts';
import { verifyToken } from './verify-token.ts';
import { verifyTwilio } from './verify-twilio.ts';

/** The proof that a webhook requires of a delivery. */
export type Proof =
  /** `addressEnforced`: an allowlist has already refused all other addresses. Only relevant for the scheme `none`. */
  | { readonly kind: 'scheme'; readonly scheme: SignatureScheme; readonly addressEnforced: boolean }
  | { readonly kind: 'stripe' }
  /** Svix sends headers with either `svix-…` or `webhook-…` names. */
  | { readonly kind: 'standard-webhook'; readonly svixNames: boolean }
  | { readonly kind: 'twilio' };

/** Undefined for a custom source without a scheme, which accepts nothing. */
export const proofOf = (
  source: SourceService,
  scheme: SignatureScheme | undefined,
  addressEnforced: boolean,
): Proof | undefined => {
  if (source === 'stripe' || source === 'twilio') return { kind: source };
  if (source === 'standard_webhooks' || source === 'gitlab_signing')
    return { kind: 'standard-webhook', svixNames: false };
  if (source === 'svix') return { kind: 'standard-webhook', svixNames: true };
  if (source === 'custom') return scheme && { kind: 'scheme', scheme, addressEnforced };
  const preset: SchemedSource = source;
  return { kind: 'scheme', scheme: presetSchemes[preset], addressEnforced };
};

/**
 * Verifies over the raw bytes that a delivery comes from its sender. Every secret is tried. `now` is in epoch
 * milliseconds. Never throws, whatever headers and body contain.
 */
export const verifyDelivery = (
  proof: Proof,
  delivery: RawDelivery,
  secrets: readonly VerificationSecret[],
  now: number,
): Either<AuthenticityFailure, Authentic> => {
  switch (proof.kind) {
    case 'stripe':
      return verifyStripe(delivery, secrets, now);
    case 'standard-webhook':
      return verifyStandardWebhook(proof.svixNames, delivery, secrets, now);
    case 'twilio':
      return verifyTwilio(delivery, secrets, now);
    case 'scheme':
      return verifyScheme(proof.scheme, proof.addressEnforced, delivery, secrets, now);
  }
};

const verifyScheme = (
  scheme: SignatureScheme,
  addressEnforced: boolean,
  delivery: RawDelivery,
  secrets: readonly VerificationSecret[],
  now: number,
): Either<AuthenticityFailure, Authentic> => {
  if (scheme.rejectEmptyBody && delivery.body.length === 0) return left({ kind: 'empty-body' });
  switch (scheme.kind) {
    case 'hmac':
    case 'ed25519':
      return verifySigned(scheme, delivery, secrets, now);
    case 'token':
    case 'basic':
    case 'bearer':
      return verifyToken(scheme, delivery, secrets, now);
    case 'none':
      return right({
        method: 'none',
        level: addressEnforced ? 'address-only' : 'none',
        secretVersion: undefined,
      });
  }
};
