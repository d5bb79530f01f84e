import { fixedClock } from '../support/fixed-clock.ts';
import {
  LARGEST_ANSWER_IN_MEMORY,
  LEASE_MS,
  memoryCommandReceipts,
} from '../support/memory-command-receipts.ts';
import { commandReceiptsContract } from './command-receipts.contract.ts';

commandReceiptsContract('memoryCommandReceipts', async () => {
  const clock = fixedClock();
  return {
    receipts: memoryCommandReceipts(clock),
    expireLeases: async () => clock.advance(LEASE_MS + 1),
    largestAnswer: LARGEST_ANSWER_IN_MEMORY,
  };
});
