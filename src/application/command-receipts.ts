import type { TenantId } from '../domain/shared/tenant-context.ts';
import type { CommandAnswer } from './command-queue.ts';

/** A command as its sender names it, with a fingerprint of what was sent. */
export type CommandIdentity = {
  readonly messageId: string;
  readonly type: string;
  /** SHA-256 of the body, hexadecimal. */
  readonly bodyHash: string;
};

/** The right to carry out one command, until it runs out or is given back. */
export type CommandLease = { readonly tenantId: TenantId; readonly messageId: string; readonly id: string };

export type Claim =
  /** `lost`: how many had the lease before and let it run out. They died at the command, or hung for as long. */
  | { readonly kind: 'claimed'; readonly lease: CommandLease; readonly lost: number }
  /** Done before. `answer` is undefined when it was too large to keep. */
  | { readonly kind: 'finished'; readonly answer: CommandAnswer | undefined }
  /** Done before. It was a question, and a licence forbids to keep what was answered: to be asked again. */
  | { readonly kind: 'withheld' }
  /** Somebody is at it, or died at it less than a lease ago. */
  | { readonly kind: 'running' }
  /** The id was used for something else. */
  | { readonly kind: 'mismatch' };

/**
 * Who has done which command, so that a repeat does nothing. Times are the store's own: replicas need not agree
 * about the time. A lease that ran out may be claimed by anybody, and its first holder can do nothing with it
 * any more.
 */
export type CommandReceipts = {
  /** Atomic: of many at once one gets the lease. */
  readonly claim: (tenant: TenantId, identity: CommandIdentity) => Promise<Claim>;
  /** Makes the lease last from now. False when it was lost. */
  readonly renew: (lease: CommandLease) => Promise<boolean>;
  /**
   * Keeps the answer, or only that there was one, unless the lease was lost: then nothing changes and false is
   * answered.
   */
  readonly finish: (lease: CommandLease, answer: CommandAnswer | 'withheld') => Promise<boolean>;
  /** Forgets the claim, so that the next one gets it. */
  readonly release: (lease: CommandLease) => Promise<void>;
};
