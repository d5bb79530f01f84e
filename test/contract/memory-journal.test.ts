import { memoryJournal } from '../support/memory-journal.ts';
import { callJournalContract } from './call-journal.contract.ts';

callJournalContract('memoryJournal', async () => {
  const journal = memoryJournal();
  return {
    journal,
    stored: async () => ({
      records: journal.calls.map(({ record }) => record.id),
      events: journal.calls.flatMap(({ events }) => events.map(({ id }) => id)),
    }),
    lose: async () => void (journal.broken = true),
    restore: async () => void (journal.broken = false),
  };
});
