import type { CommandAnswer } from '../../src/application/command-queue.ts';
import type {
  CommandIdentity,
  CommandLease,
  CommandReceipts,
} from '../../src/application/command-receipts.ts';
import type { Clock } from '../../src/domain/shared/clock.ts';
import { sequentialIds } from './sequential-ids.ts';

type Receipt = CommandIdentity & {
  readonly leaseId: string;
  readonly lost: number;
  leasedUntil: number;
  finished: boolean;
  answer: CommandAnswer | 'withheld' | undefined;
};

export const LARGEST_ANSWER_IN_MEMORY = 4096;
export const LEASE_MS = 15_000;

/** Receipts that live as long as the test. */
export const memoryCommandReceipts = (clock: Pick<Clock, 'now'>): CommandReceipts => {
  const receipts = new Map<string, Receipt>();
  const ids = sequentialIds(5_000);
  const keyOf = (tenant: string, messageId: string): string => `${tenant} ${messageId}`;
  const held = ({ tenantId, messageId, id }: CommandLease): Receipt | undefined => {
    const receipt = receipts.get(keyOf(tenantId, messageId));
    return receipt?.leaseId === id && !receipt.finished ? receipt : undefined;
  };
  return {
    claim: async (tenantId, identity) => {
      const key = keyOf(tenantId, identity.messageId);
      const known = receipts.get(key);
      if (known !== undefined && (known.type !== identity.type || known.bodyHash !== identity.bodyHash))
        return { kind: 'mismatch' };
      if (known?.answer === 'withheld') return { kind: 'withheld' };
      if (known?.finished === true) return { kind: 'finished', answer: known.answer };
      if (known !== undefined && known.leasedUntil >= clock.now()) return { kind: 'running' };
      const leaseId = ids.uuid();
      const leasedUntil = clock.now() + LEASE_MS;
      const lost = known === undefined ? 0 : known.lost + 1;
      receipts.set(key, { ...identity, leaseId, leasedUntil, lost, finished: false, answer: undefined });
      return { kind: 'claimed', lease: { tenantId, messageId: identity.messageId, id: leaseId }, lost };
    },
    renew: async (lease) => {
      const receipt = held(lease);
      if (receipt !== undefined) receipt.leasedUntil = clock.now() + LEASE_MS;
      return receipt !== undefined;
    },
    finish: async (lease, answer) => {
      const receipt = held(lease);
      if (receipt === undefined) return false;
      receipt.finished = true;
      const isTooLarge = answer !== 'withheld' && Buffer.byteLength(answer.body) > LARGEST_ANSWER_IN_MEMORY;
      receipt.answer = isTooLarge ? undefined : answer;
      return true;
    },
    release: async (lease) => {
      if (held(lease) !== undefined) receipts.delete(keyOf(lease.tenantId, lease.messageId));
    },
  };
};
