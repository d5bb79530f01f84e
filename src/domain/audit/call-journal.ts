import type { RecordedCall } from './call-record.ts';

/**
 * The trail. Resolves only after the record and its events are committed together; concurrent calls share
 * a commit; nothing is dropped when the store is slow: callers wait (back-pressure). Rejects when the
 * store is lost, and then neither record nor event exists.
 */
export type CallJournal = {
  /**
   * Why a record would be refused now, as far as that is known; asked before a call is made, since what it costs and
   * writes elsewhere could not be accounted for.
   */
  readonly refusal: () => Error | undefined;
  readonly append: (call: RecordedCall) => Promise<void>;
  /** Resolves when everything appended so far is committed. Appends after it are refused. */
  readonly close: () => Promise<void>;
};
