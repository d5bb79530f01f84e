import type {
  Authentic,
  AuthenticityFailure,
  VerificationSecret,
} from '../../src/domain/webhook/proof/authenticity.ts';
import { isLeft, type Either } from '../../src/domain/shared/fp.ts';
import type { RawDelivery } from '../../src/domain/webhook/request/raw-delivery.ts';
import type { SignatureScheme, SourceService } from '../../src/domain/webhook/scheme/signature-scheme.ts';
import { proofOf, verifyDelivery } from '../../src/domain/webhook/proof/verify-delivery.ts';
import { DELIVERED_AT } from './a-delivery.ts';

export const verified = (
  source: SourceService,
  delivery: RawDelivery,
  secrets: readonly VerificationSecret[],
  { now = DELIVERED_AT, scheme }: { readonly now?: number; readonly scheme?: SignatureScheme } = {},
): Either<AuthenticityFailure, Authentic> => {
  const proof = proofOf(source, scheme, false);
  if (proof === undefined) throw new Error(`${source} has no proof`);
  return verifyDelivery(proof, delivery, secrets, now);
};

/** `accepted`, or the reason for the refusal: one word to compare. */
export const verdict = (...args: Parameters<typeof verified>): string => {
  const result = verified(...args);
  return isLeft(result) ? result.left.kind : 'accepted';
};
