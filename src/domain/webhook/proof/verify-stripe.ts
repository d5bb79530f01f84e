import { isLeft, left, right, type Either } from '../../shared/fp.ts';
import type { Authentic, AuthenticityFailure, VerificationSecret } from './authenticity.ts';
import { canonicalSignature } from './canonical-bytes.ts';
import { anyEqual, hmacOf, matchingText } from './matching-secret.ts';
import { proofHeader } from './proof-header.ts';
import type { RawDelivery } from '../request/raw-delivery.ts';
import { MOST_ENTRIES } from './signature-entries.ts';
import { signedTime, withinWindow } from './signed-time.ts';

const HEADER = 'stripe-signature';
const WINDOW = { unit: 's', toleranceSeconds: 300 } as const;
const BLANK = /\s/;
const HEX = { encoding: 'hex', hexCase: 'lower' } as const;

type StripeSignature = { readonly t: string; readonly at: number; readonly v1: readonly Buffer[] };

/**
 * `t=…,v1=…[,v1=…]`: one `t`, and one `v1` per secret while a secret is being rolled. Everything else is ignored, as in
 * Stripe's packages; accepting `v0` would be a downgrade. The key is the whole text of the secret, including `whsec_`.
 */
export const verifyStripe = (
  delivery: RawDelivery,
  secrets: readonly VerificationSecret[],
  now: number,
): Either<AuthenticityFailure, Authentic> => {
  if (delivery.body.length === 0) return left({ kind: 'empty-body' });
  const header = proofHeader(delivery, HEADER);
  if (isLeft(header)) return header;
  const read = readSignature(header.right);
  if (isLeft(read)) return read;
  const { t, at, v1 } = read.right;
  const pieces = [Buffer.from(`${t}.`), delivery.body];
  const isMatch = (key: Buffer): boolean => anyEqual(v1, hmacOf('sha256', key, pieces));
  const mismatch = { kind: 'signature-mismatch', header: HEADER } as const;
  const secret = matchingText(secrets, 'hmac', now, isMatch, mismatch);
  if (isLeft(secret)) return secret;
  const inTime = withinWindow(at, WINDOW, now);
  if (isLeft(inTime)) return inTime;
  return right({
    method: 'hmac-sha256',
    level: 'signed',
    secretVersion: secret.right.version,
    signedTimestamp: at,
  });
};

const readSignature = (value: string): Either<AuthenticityFailure, StripeSignature> => {
  const items = value.split(',');
  const malformed = left({ kind: 'malformed-signature', header: HEADER } as const);
  // Stripe writes no white space: this is two headers that a proxy joined with ", ".
  if (items.length > MOST_ENTRIES || BLANK.test(value) || !value.includes('=')) return malformed;
  const named = (name: string): readonly string[] =>
    items.flatMap((item) => (item.startsWith(`${name}=`) ? [item.slice(name.length + 1)] : []));
  const [t, ...others] = named('t');
  if (t === undefined) return left({ kind: 'timestamp-missing', header: HEADER });
  if (others.length > 0) return malformed;
  const at = signedTime(t, 's');
  if (at === undefined) return left({ kind: 'timestamp-malformed', header: HEADER });
  const texts = named('v1');
  if (texts.length === 0) return left({ kind: 'no-supported-signature', header: HEADER });
  const v1 = texts.map((text) => canonicalSignature(text, HEX, 32)).filter((bytes) => bytes !== undefined);
  return v1.length === 0 ? malformed : right({ t, at, v1 });
};
