import { createHash } from 'node:crypto';
import { left, right, type Either } from '../shared/fp.ts';
import { canonicalJson, type Json } from '../shared/json.ts';

declare const keyBrand: unique symbol;
/** What a caller names one write by, so that it can send it again. Made by `idempotencyKey` only. */
export type IdempotencyKey = string & { readonly [keyBrand]: true };

export type IdempotencyKeyMalformed = { readonly kind: 'idempotency-key-malformed' };

export const LONGEST_IDEMPOTENCY_KEY = 255;
const VISIBLE_ASCII = /^[!-~]+$/;

export const idempotencyKey = (text: string): Either<IdempotencyKeyMalformed, IdempotencyKey> =>
  text.length <= LONGEST_IDEMPOTENCY_KEY && VISIBLE_ASCII.test(text)
    ? right(text as IdempotencyKey)
    : left({ kind: 'idempotency-key-malformed' });

/** Of a command of the bus: begins with a space, which no key of a caller over HTTP can. */
export const commandKey = (messageId: string): IdempotencyKey => ` ${messageId}` as IdempotencyKey;

/**
 * SHA-256 of an operation and what was asked of it, hexadecimal. The same whatever the order of the members:
 * callers' libraries write them as they please.
 */
export const fingerprintOf = (operation: string, asked: Json): string =>
  createHash('sha256')
    .update(`${operation}\n${canonicalJson(asked)}`)
    .digest('hex');
