import type { TenantId } from '../domain/shared/tenant-context.ts';
import type { CommandAnswer } from './command-queue.ts';

/** Identity of a command as given by its sender, with a fingerprint of its content. */
export type CommandIdentity = {
  readonly messageId: string;
  readonly type: string;
  /** Hexadecimal SHA-256 of the body. */
  readonly bodyHash: string;
};

/** The right to carry out one command, until it expires or is released. */
export type CommandLease = { readonly tenantId: TenantId; readonly messageId: string; readonly id: string };

export type Claim =
  /**
   * `lost`: number of earlier holders whose lease expired, because they died or hung while carrying out the command.
   */
  | { readonly kind: 'claimed'; readonly lease: CommandLease; readonly lost: number }
  /** Carried out before. `answer` is undefined when it was too large to be stored. */
  | { readonly kind: 'finished'; readonly answer: CommandAnswer | undefined }
  /** Carried out before. It was a query whose answer a licence forbids to store, so it has to be asked again. */
  | { readonly kind: 'withheld' }
  /** Another holder has the lease: it is at work, or died less than one lease ago. */
  | { readonly kind: 'running' }
  /** The message id was used before, for a different content. */
  | { readonly kind: 'mismatch' };

/**
 * Deduplicates commands (an inbox): who has done which command, so that a repeat has no effect. All times are the
 * store's, so the clocks of replicas need not agree. An expired lease may be claimed by anybody, and its former holder
 * can no longer change anything. Every method rejects when the store is unavailable.
 */
export type CommandReceipts = {
  /** Atomic: of several simultaneous claims exactly one gets the lease. */
  readonly claim: (tenant: TenantId, identity: CommandIdentity) => Promise<Claim>;
  /** Restarts the lease from now. False when it was lost. */
  readonly renew: (lease: CommandLease) => Promise<boolean>;
  /**
   * Stores the answer, or for a withheld one only the fact that it was given. False, without any change, when the lease
   * was lost.
   */
  readonly finish: (lease: CommandLease, answer: CommandAnswer | 'withheld') => Promise<boolean>;
  /** Deletes the claim, so that the next delivery can claim the command. */
  readonly release: (lease: CommandLease) => Promise<void>;
};
