import type { Json } from '../shared/json.ts';
import type { TenantId } from '../shared/tenant-context.ts';
import type { KeyedRequest } from './idempotency-keys.ts';

/** What is known about a key. `mismatch`: it was used for a different request. */
export type KnownAnswer =
  | { readonly kind: 'finished'; readonly answer: Json }
  | { readonly kind: 'mismatch' }
  | { readonly kind: 'unknown' };

/**
 * Stored answers to writes that change only our own database. Some of them contain a secret that is shown once, so each
 * answer is encrypted, bound to tenant and key. So is the fingerprint: the plain hash of a body would allow a short
 * secret to be found by trying all. Rejects when the store is unavailable, or when an answer cannot be decrypted.
 */
export type KeptAnswers = {
  /** Sees committed answers only. */
  readonly find: (tenant: TenantId, request: KeyedRequest) => Promise<KnownAnswer>;
};

export type TransactionClaim =
  | { readonly kind: 'claimed' }
  /** Another transaction holds the key at the moment. */
  | { readonly kind: 'running'; readonly retryAfterMs: number }
  | Exclude<KnownAnswer, { readonly kind: 'unknown' }>;

/**
 * Idempotency keys within one transaction of one tenant. Claim, effect and answer are committed together or not at all,
 * so there is no lease and no doubt.
 */
export type KeysInTransaction = {
  /**
   * Of several simultaneous claims one succeeds and holds the key until its transaction ends; the others return at
   * once.
   */
  readonly claim: (request: KeyedRequest) => Promise<TransactionClaim>;
  /** Stores the answer for a key claimed in this transaction. */
  readonly finish: (request: KeyedRequest, answer: Json) => Promise<void>;
};
