import type { Json } from '../shared/json.ts';
import type { TenantId } from '../shared/tenant-context.ts';
import type { KeyedRequest } from './idempotency-keys.ts';

/** What is known of a key. `mismatch`: it was used for something else, of whatever kind. */
export type KnownAnswer =
  | { readonly kind: 'finished'; readonly answer: Json }
  | { readonly kind: 'mismatch' }
  | { readonly kind: 'unknown' };

/**
 * Answers to writes that change only our own database. Some of them show a secret once, so each is sealed in its row,
 * bound to tenant and key. The fingerprint of what was asked is sealed too: the plain hash of a body would give a short
 * secret away to whoever tries all of them. Rejects when the store is away, or when an answer does not open.
 */
export type KeptAnswers = {
  /** Of what is committed. */
  readonly find: (tenant: TenantId, request: KeyedRequest) => Promise<KnownAnswer>;
};

export type TransactionClaim =
  | { readonly kind: 'claimed' }
  /** Somebody's transaction has the key just now. */
  | { readonly kind: 'running'; readonly retryAfterMs: number }
  | Exclude<KnownAnswer, { readonly kind: 'unknown' }>;

/**
 * Keys within one transaction, of one tenant. Claim, effect and answer are committed together or not at all: no lease
 * runs out, and nothing is ever in doubt.
 */
export type KeysInTransaction = {
  /** Of many at once one gets it, until its transaction ends. Nobody waits for another one. */
  readonly claim: (request: KeyedRequest) => Promise<TransactionClaim>;
  /** Keeps the answer of what was claimed here. */
  readonly finish: (request: KeyedRequest, answer: Json) => Promise<void>;
};
