import type { Json } from '../shared/json.ts';
import type { TenantId } from '../shared/tenant-context.ts';
import type { IdempotencyKey } from './idempotency-key.ts';

/** A write as named by its caller, with a fingerprint of its content. */
export type KeyedRequest = {
  readonly key: IdempotencyKey;
  readonly fingerprint: string;
  /** Where the mark is written to; absent when the write carries none. */
  readonly markPlace?: string | undefined;
};

/** The right to carry out one write, until it expires or is released. */
export type KeyLease = { readonly tenantId: TenantId; readonly key: IdempotencyKey; readonly id: string };

export type KeyClaim =
  | {
      readonly kind: 'claimed';
      readonly lease: KeyLease;
      /**
       * 1 to 2^31 - 1. Stays the same for every claim of the key until the key is forgotten, and is unique among
       * remembered keys.
       */
      readonly mark: number;
      /** An earlier holder did not report an outcome: the write may have been done. */
      readonly isTakeover: boolean;
      /**
       * The write carries no mark by which a repeat could recognise it, and an earlier holder was about to send it
       * (`sending`).
       */
      readonly maybeSent: boolean;
    }
  | { readonly kind: 'finished'; readonly answer: Json }
  /**
   * Another holder has the lease: it is at work, or died less than one lease ago. In the latter case `retryAfterMs` is
   * the rest of the lease, once that can be told.
   */
  | { readonly kind: 'running'; readonly retryAfterMs: number }
  /** The key was used before, for a different request. */
  | { readonly kind: 'mismatch' };

/**
 * Ages in milliseconds, since the key was finished or, in doubt, last asked for. `takenOverMs` applies to keys that
 * were taken over or whose write may come again: an earlier request of theirs was given up and may still arrive.
 */
export type SpentFor = {
  readonly ms: number;
  readonly takenOverMs: number;
  readonly inDoubtMs: number;
};

/**
 * Records which keyed writes were done, so that a repeat has no effect, and which may have been. All times are the
 * store's, so the clocks of replicas need not agree. An expired lease may be claimed by anybody, and its former holder
 * can no longer change anything. Every method rejects when the store is unavailable.
 */
export type IdempotencyKeys = {
  /** Atomic: of several simultaneous claims exactly one gets the lease. Durable before it resolves. */
  readonly claim: (tenant: TenantId, request: KeyedRequest) => Promise<KeyClaim>;
  /** Restarts the lease from now. False when it was lost or released, since a renewal may arrive late. */
  readonly renew: (lease: KeyLease) => Promise<boolean>;
  /**
   * Must be called before a write without a mark is sent, so that a later takeover knows of it. False when the lease
   * was lost: then the write must not be sent.
   */
  readonly sending: (lease: KeyLease) => Promise<boolean>;
  /**
   * Stores the answer. False, without any change, when the lease was lost. `mayComeAgain`: a request with the mark was
   * given up and may still arrive.
   */
  readonly finish: (lease: KeyLease, answer: Json, mayComeAgain?: boolean) => Promise<boolean>;
  /**
   * Marks at a place that no repeat can need any more: their keys were finished so long ago that no request with them
   * can still arrive, or have been in doubt so long that they may be forgotten. Returns at most `most`, and the same
   * ones again until `marksGone` is called.
   */
  readonly spentMarks: (
    tenant: TenantId,
    markPlace: string,
    spent: SpentFor,
    most: number,
  ) => Promise<readonly number[]>;
  /** Records that these marks were removed from their place, except those whose key was claimed meanwhile. */
  readonly marksGone: (tenant: TenantId, marks: readonly number[]) => Promise<void>;
  /**
   * Nothing was written: forgets the key, its mark, and that the write was about to be sent. A key that was taken over
   * is left in doubt instead, since earlier holders may have written.
   */
  readonly release: (lease: KeyLease) => Promise<void>;
  /** The write may have been done: the next claim takes over, with the same mark, to find out. */
  readonly leaveInDoubt: (lease: KeyLease) => Promise<void>;
};
