import { isLeft, left, right, type Either } from '../../shared/fp.ts';
import type { Authentic, AuthenticityFailure, VerificationSecret } from './authenticity.ts';
import { canonicalBase64 } from './canonical-bytes.ts';
import { matchingText, sameSecretBytes } from './matching-secret.ts';
import { proofHeader } from './proof-header.ts';
import { headerBytes, type RawDelivery } from '../request/raw-delivery.ts';
import type { BasicScheme, BearerScheme, TokenScheme } from '../scheme/signature-scheme.ts';

type SecretScheme = TokenScheme | BasicScheme | BearerScheme;

const AUTHORIZATION = 'authorization';
/** Names of authentication schemes are case-insensitive (RFC 9110, 11.1). */
const BASIC = /^basic +/i;
const BEARER = /^bearer +/i;

/** Verifies a shared secret that is sent with the request. */
export const verifyToken = (
  scheme: SecretScheme,
  delivery: RawDelivery,
  secrets: readonly VerificationSecret[],
  now: number,
): Either<AuthenticityFailure, Authentic> => {
  const header = scheme.kind === 'token' ? scheme.tokenHeader : AUTHORIZATION;
  const text = proofHeader(delivery, header);
  if (isLeft(text)) return text;
  const sent = sentSecret(scheme, text.right);
  if (sent === undefined || sent.length === 0) return left({ kind: 'malformed-token', header });
  const isMatch = (token: Buffer): boolean => sameSecretBytes(sent, token);
  const secret = matchingText(secrets, 'token', now, isMatch, { kind: 'token-mismatch', header });
  if (isLeft(secret)) return secret;
  return right({ method: scheme.kind, level: 'token', secretVersion: secret.right.version });
};

const sentSecret = (scheme: SecretScheme, value: string): Buffer | undefined => {
  if (scheme.kind === 'token')
    return value.startsWith(scheme.prefix) ? headerBytes(value.slice(scheme.prefix.length)) : undefined;
  const name = (scheme.kind === 'basic' ? BASIC : BEARER).exec(value)?.[0];
  if (name === undefined) return undefined;
  const rest = value.slice(name.length);
  return scheme.kind === 'basic' ? canonicalBase64(rest, 'base64') : headerBytes(rest);
};
