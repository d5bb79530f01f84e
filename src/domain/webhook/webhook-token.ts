import { hash } from 'node:crypto';

/** `whk_`, 32 random bytes in base62, and a checksum of six characters. */
const TOKEN = /^whk_([0-9A-Za-z]{43})([0-9A-Za-z]{6})$/;
const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const TOKEN_BYTES = 32;
/** 62^43 is the smallest power of 62 above 2^256. */
const TOKEN_DIGITS = 43;
const CHECK_DIGITS = 6;
const PREFIX = 'whk_';
const HINT_LENGTH = 8;

/** A cryptographically secure random source (`randomBytes` of node:crypto). */
export type RandomBytes = (size: number) => Uint8Array;

export type NewWebhookToken = { readonly token: string; readonly hash: string; readonly hint: string };

export const newWebhookToken = (randomBytes: RandomBytes): NewWebhookToken => {
  const random = base62(Buffer.from(randomBytes(TOKEN_BYTES)).toString('hex'), TOKEN_DIGITS);
  const token = `${PREFIX}${random}${checkOf(random)}`;
  return { token, hash: webhookTokenHash(token), hint: random.slice(0, HINT_LENGTH) };
};

/**
 * True for tokens created here and almost never for other texts, so that scanners are refused without a database query.
 */
export const isWellFormedToken = (text: string): boolean => {
  const [, random, check] = TOKEN.exec(text) ?? [];
  return random !== undefined && checkOf(random) === check;
};

/** The only part of a token that is stored. 256 random bits need no slow password hash. */
export const webhookTokenHash = (token: string): string => hash('sha256', token, 'hex');

/** A checksum without a secret: it detects typing errors, not forgeries. */
const checkOf = (random: string): string =>
  base62(hash('sha256', `${PREFIX}${random}`, 'hex').slice(0, 8), CHECK_DIGITS);

const base62 = (hex: string, length: number): string => {
  let rest = BigInt(`0x${hex}`);
  let text = '';
  while (text.length < length) {
    text = `${DIGITS[Number(rest % 62n)]}${text}`;
    rest /= 62n;
  }
  return text;
};
