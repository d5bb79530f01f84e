import { createHash } from 'node:crypto';
import { left, right, type Either } from '../shared/fp.ts';
import { canonicalJson, type Json } from '../shared/json.ts';

declare const keyBrand: unique symbol;
/**
 * The name a caller gives to one write, so that it can safely repeat the request. Created only by `idempotencyKey()`.
 */
export type IdempotencyKey = string & { readonly [keyBrand]: true };

export type IdempotencyKeyMalformed = { readonly kind: 'idempotency-key-malformed' };

export const LONGEST_IDEMPOTENCY_KEY = 255;
const VISIBLE_ASCII = /^[!-~]+$/;

export const idempotencyKey = (text: string): Either<IdempotencyKeyMalformed, IdempotencyKey> =>
  text.length <= LONGEST_IDEMPOTENCY_KEY && VISIBLE_ASCII.test(text)
    ? right(text as IdempotencyKey)
    : left({ kind: 'idempotency-key-malformed' });

/** The key of a command from the bus. It begins with a space, which no key sent over HTTP can. */
export const commandKey = (messageId: string): IdempotencyKey => ` ${messageId}` as IdempotencyKey;

/**
 * Hexadecimal SHA-256 of an operation and its input. Independent of the order of JSON members, which callers' libraries
 * do not preserve.
 */
export const fingerprintOf = (operation: string, asked: Json): string =>
  createHash('sha256')
    .update(`${operation}\n${canonicalJson(asked)}`)
    .digest('hex');
