import { hash } from 'node:crypto';

/** `whk_`, 32 random bytes in base62 and a check of six characters. */
const TOKEN = /^whk_([0-9A-Za-z]{43})([0-9A-Za-z]{6})$/;
const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const TOKEN_BYTES = 32;
/** 62^43 is the first power above 2^256. */
const TOKEN_DIGITS = 43;
const CHECK_DIGITS = 6;
const PREFIX = 'whk_';
const HINT_LENGTH = 8;

/** Bytes nobody can foresee (`randomBytes` of node:crypto). */
export type RandomBytes = (size: number) => Uint8Array;

export type NewWebhookToken = { readonly token: string; readonly hash: string; readonly hint: string };

export const newWebhookToken = (randomBytes: RandomBytes): NewWebhookToken => {
  const random = base62(Buffer.from(randomBytes(TOKEN_BYTES)).toString('hex'), TOKEN_DIGITS);
  const token = `${PREFIX}${random}${checkOf(random)}`;
  return { token, hash: webhookTokenHash(token), hint: random.slice(0, HINT_LENGTH) };
};

/** True for tokens made here and hardly ever for anything else: scanners are answered without the database. */
export const isWellFormedToken = (text: string): boolean => {
  const [, random, check] = TOKEN.exec(text) ?? [];
  return random !== undefined && checkOf(random) === check;
};

/** All that is kept of a token. 256 random bits need no slow hash. */
export const webhookTokenHash = (token: string): string => hash('sha256', token, 'hex');

/** No secret goes into it: it tells a token from a typing error, not from a forgery. */
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
