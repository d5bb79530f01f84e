import type { Json } from '../shared/json.ts';
import type { TenantId } from '../shared/tenant-context.ts';
import type { IdempotencyKey } from './idempotency-key.ts';

/** A write as its caller names it, with a fingerprint of what was asked. */
export type KeyedRequest = {
  readonly key: IdempotencyKey;
  readonly fingerprint: string;
  /** Where its mark goes to with what is written; left out: nowhere. */
  readonly markPlace?: string | undefined;
};

/** The right to carry out one write, until it runs out or is given back. */
export type KeyLease = { readonly tenantId: TenantId; readonly key: IdempotencyKey; readonly id: string };

export type KeyClaim =
  | {
      readonly kind: 'claimed';
      readonly lease: KeyLease;
      /**
       * 1 to 2^31 - 1; the same for every claim of the key until it is forgotten, and no other remembered key has it.
       */
      readonly mark: number;
      /** Somebody was at it before, and what became of it is not known: it may be done. */
      readonly isTakeover: boolean;
      /** The write is one that a repeat could not recognise, and an earlier holder was about to send it (`sending`). */
      readonly maybeSent: boolean;
    }
  | { readonly kind: 'finished'; readonly answer: Json }
  /**
   * Somebody is at it, or died at it less than a lease ago. In the second case `retryAfterMs` is the rest of the lease,
   * as soon as that can be told.
   */
  | { readonly kind: 'running'; readonly retryAfterMs: number }
  /** The key was used for something else. */
  | { readonly kind: 'mismatch' };

/**
 * How many milliseconds ago a key must have been finished, or, in doubt, asked for last. A key that was taken over, or
 * whose write may come again, has an earlier request that was given up and may still be on its way.
 */
export type SpentFor = {
  readonly ms: number;
  readonly takenOverMs: number;
  readonly inDoubtMs: number;
};

/**
 * Which keyed writes were done, so that a repeat does nothing, and which may have been. Times are the store's
 * own: replicas need not agree about the time. A lease that ran out may be claimed by anybody, and its first
 * holder can do nothing with it any more. Rejects when the store is away.
 */
export type IdempotencyKeys = {
  /** Atomic: of many at once one gets the lease. Survives a crash of the store once it is answered. */
  readonly claim: (tenant: TenantId, request: KeyedRequest) => Promise<KeyClaim>;
  /** Makes the lease last from now. False when it was lost, or given back: it may be sent late. */
  readonly renew: (lease: KeyLease) => Promise<boolean>;
  /**
   * To be called before a write is sent that no repeat could recognise, so that whoever takes over knows. False when
   * the lease was lost: then it must not be sent.
   */
  readonly sending: (lease: KeyLease) => Promise<boolean>;
  /**
   * Keeps the answer, unless the lease was lost: then nothing changes and false is answered. `mayComeAgain`: a request
   * that carries the mark was given up, and may yet arrive.
   */
  readonly finish: (lease: KeyLease, answer: Json, mayComeAgain?: boolean) => Promise<boolean>;
  /**
   * Marks that may stand at a place and that nobody can ask for any more: finished so long ago or longer, when no
   * request that carries them can still be on its way, or in doubt so long that their keys need not be known. At most
   * `most`; the same ones until they are told to be gone.
   */
  readonly spentMarks: (
    tenant: TenantId,
    markPlace: string,
    spent: SpentFor,
    most: number,
  ) => Promise<readonly number[]>;
  /** These marks do not stand there any more. Those whose key somebody claimed meanwhile are left alone. */
  readonly marksGone: (tenant: TenantId, marks: readonly number[]) => Promise<void>;
  /**
   * Nothing was done: forgets the key with its mark, and that it was about to be sent. What was taken over is left in
   * doubt instead, with what others told of it.
   */
  readonly release: (lease: KeyLease) => Promise<void>;
  /** It may have been done: the next claim takes over, with the same mark, to find out. */
  readonly leaveInDoubt: (lease: KeyLease) => Promise<void>;
};
