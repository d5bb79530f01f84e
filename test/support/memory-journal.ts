import type { CallJournal } from '../../src/domain/audit/call-journal.ts';
import type { RecordedCall } from '../../src/domain/audit/call-record.ts';
import { toCloudEvent } from '../../src/infrastructure/events/cloud-event.ts';
import { expectDocumented } from './asyncapi.ts';

export type MemoryJournal = CallJournal & {
  readonly calls: readonly RecordedCall[];
  /** Set to make the trail unavailable. */
  broken: boolean;
  /** Set to have the trail report in advance that it is unavailable. */
  refused: Error | undefined;
};

/** Keeps what was appended; refuses everything while broken, and events that do not conform to the document. */
export const memoryJournal = (): MemoryJournal => {
  const calls: RecordedCall[] = [];
  let isClosed = false;
  const journal: MemoryJournal = {
    calls,
    broken: false,
    refused: undefined,
    refusal: () => journal.refused,
    append: async (call) => {
      if (isClosed) throw new Error('the call trail is closed');
      if (journal.broken) throw new Error('the trail is unavailable');
      expectDocumented(call.events.map(toCloudEvent));
      calls.push(call);
    },
    close: async () => void (isClosed = true),
  };
  return journal;
};
