import type { SecretKind } from './authenticity.ts';
import { isEd25519Key } from './ed25519-key.ts';
import {
  longestStandardSecret,
  secretBytes,
  STANDARD_SECRET_PREFIX,
  standardSecretBytes,
} from './secret-bytes.ts';
import type { SignatureScheme, SourceService } from '../scheme/signature-scheme.ts';
import type { FieldProblem } from '../../shared/field-problem.ts';
import { isLongerThan } from '../../shared/text-length.ts';

/** A shorter secret could be guessed, or found by brute force from one signed delivery. */
const LEAST_SECRET_BYTES = 16;
/** In characters. */
export const LONGEST_SECRET = 512;
/** Telegram Bot API, setWebhook. */
const TELEGRAM_TOKEN = /^[A-Za-z0-9_-]{1,256}$/;
/** Prefix of Ed25519 private keys in Standard Webhooks, which only the sender may have. */
const PRIVATE_KEY_PREFIX = 'whsk_';
// oxlint-disable-next-line no-control-regex -- control characters are what it looks for
const CONTROL = /[\u0000-\u001f\u007f]/;
/** White space and invisible characters. */
const BLANK = /^[\s\p{Cf}]*$/u;
const NO_BLANKS = 'no blanks at its beginning or end';

export type GivenSecrets = { readonly secretKey: string | undefined; readonly publicKey: string | undefined };

/**
 * The kinds of secret that a source can prove itself with; empty: none needed. Standard Webhooks accepts either kind.
 */
export const secretKindsOf = (
  source: SourceService,
  scheme: SignatureScheme | undefined,
): readonly SecretKind[] => {
  if (source === 'standard_webhooks' || source === 'svix' || source === 'gitlab_signing')
    return ['hmac', 'public_key'];
  if (source === 'discord') return ['public_key'];
  if (source === 'telegram' || source === 'gitlab') return ['token'];
  if (source !== 'custom') return ['hmac'];
  if (scheme === undefined || scheme.kind === 'none') return [];
  if (scheme.kind === 'hmac') return ['hmac'];
  return scheme.kind === 'ed25519' ? ['public_key'] : ['token'];
};

/** Senders into which a secret of our choice can be entered; the others show their own. */
export const receiverChoosesSecret = (source: SourceService, scheme: SignatureScheme | undefined): boolean =>
  ['github', 'telegram', 'gitlab', 'bitbucket', 'standard_webhooks'].includes(source) ||
  (source === 'custom' && scheme !== undefined && ['hmac', 'token', 'bearer', 'basic'].includes(scheme.kind));

/** The text of a new secret made from 32 random bytes, in the form that the source accepts. */
export const newSecret = (
  source: SourceService,
  scheme: SignatureScheme | undefined,
  random: Uint8Array,
): string => {
  const bytes = Buffer.from(random);
  if (source === 'standard_webhooks') return STANDARD_SECRET_PREFIX + bytes.toString('base64');
  if (source !== 'custom' || scheme === undefined) return bytes.toString('base64url');
  if (scheme.kind === 'basic') return `webhook:${bytes.toString('base64url')}`;
  if (scheme.kind !== 'hmac' || scheme.secretEncoding === 'utf8') return bytes.toString('base64url');
  return scheme.secretPrefix + bytes.toString(scheme.secretEncoding);
};

/** The secret is copied from a page of the sender, so white space at its ends was never part of it. */
const isShown = (source: SourceService): boolean => ['stripe', 'slack', 'shopify', 'twilio'].includes(source);

/** All problems with the secrets of a webhook. No problem repeats any part of a secret. */
export const secretProblems = (
  source: SourceService,
  scheme: SignatureScheme | undefined,
  given: GivenSecrets,
): readonly FieldProblem[] => {
  const kinds = secretKindsOf(source, scheme);
  const takesPublicKey = kinds.includes('public_key');
  const takesSecret = kinds.some((kind) => kind !== 'public_key');
  const problems: FieldProblem[] = [];
  const add = (pointer: string, detail: string | undefined): void => {
    if (detail !== undefined) problems.push({ pointer, detail });
  };
  if (given.secretKey !== undefined)
    add(
      '/secret_key',
      takesSecret ? secretProblem(source, scheme, given.secretKey) : notTaken(takesPublicKey),
    );
  if (given.publicKey !== undefined)
    add('/public_key', takesPublicKey ? publicKeyProblem(given.publicKey) : 'this sender has no public key');
  const absent = given.secretKey === undefined && given.publicKey === undefined;
  if (absent && kinds.length > 0 && !receiverChoosesSecret(source, scheme))
    add(takesSecret ? '/secret_key' : '/public_key', 'required: copy it from the sender, which shows it');
  return problems;
};

const notTaken = (takesPublicKey: boolean): string =>
  takesPublicKey ? 'this sender proves itself with a public_key' : 'this scheme has no secret';

const publicKeyProblem = (publicKey: string): string | undefined =>
  isEd25519Key(publicKey)
    ? undefined
    : 'an Ed25519 public key: 32 bytes in hex or base64, after whpk_ or not, a point of the curve and no weak one';

const secretProblem = (
  source: SourceService,
  scheme: SignatureScheme | undefined,
  secret: string,
): string | undefined => {
  if (isLongerThan(secret, LONGEST_SECRET) || CONTROL.test(secret) || !secret.isWellFormed())
    return `at most ${LONGEST_SECRET} characters, no control characters, no half surrogate pairs`;
  if (secret.startsWith(PRIVATE_KEY_PREFIX))
    return 'a private key of the sender; give its public_key (whpk_)';
  if (isShown(source) && secret !== secret.trim()) return NO_BLANKS;
  // The account's auth token, of any length: Twilio's own documentation signs with a short one.
  if (source === 'twilio') return BLANK.test(secret) ? 'the auth token of the account' : undefined;
  if (source === 'telegram') return TELEGRAM_TOKEN.test(secret) ? undefined : '1 to 256 of A-Z a-z 0-9 _ -';
  if (source === 'standard_webhooks' || source === 'svix' || source === 'gitlab_signing')
    return standardSecretBytes(secret, source) === undefined
      ? `base64 of 24 to ${longestStandardSecret(source)} bytes, padded, after whsec_ or not`
      : undefined;
  if (source === 'custom' && scheme?.kind === 'hmac') return hmacProblem(scheme, secret);
  return textProblem(source, scheme, secret);
};

const hmacProblem = (
  scheme: Extract<SignatureScheme, { kind: 'hmac' }>,
  secret: string,
): string | undefined => {
  const bytes = secretBytes(secret, scheme);
  if (bytes === undefined) return `must be written as ${scheme.secretEncoding}`;
  return weakness(bytes);
};

const textProblem = (
  source: SourceService,
  scheme: SignatureScheme | undefined,
  secret: string,
): string | undefined => {
  const travels = source === 'gitlab' || source === 'custom';
  // HTTP strips white space at the ends of header values, so such a token could never match.
  if (travels && secret !== secret.trim()) return NO_BLANKS;
  if (scheme?.kind === 'basic' && !secret.includes(':')) return 'user and password with ":" between them';
  return weakness(Buffer.from(secret));
};

/** Why a secret of these bytes is too weak; undefined when it is not. */
export const weakness = (bytes: Buffer): string | undefined => {
  if (bytes.length < LEAST_SECRET_BYTES) return `at least ${LEAST_SECRET_BYTES} bytes`;
  return BLANK.test(bytes.toString()) ? 'more than white space' : undefined;
};
