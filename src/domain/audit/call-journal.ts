import type { RecordedCall } from './call-record.ts';

/**
 * Writes the audit trail. `append` resolves only after the record and its events are committed together (transactional
 * outbox); concurrent calls share a commit (group commit). Nothing is dropped when the store is slow: callers wait
 * (backpressure). Rejects when the store is lost, and then neither record nor event exists.
 */
export type CallJournal = {
  /**
   * The error with which a record would be refused now, as far as is known. Asked before a provider is called, because
   * a call that costs or writes something must not remain unrecorded.
   */
  readonly refusal: () => Error | undefined;
  readonly append: (call: RecordedCall) => Promise<void>;
  /** Resolves when everything appended so far is committed. Later appends are refused. */
  readonly close: () => Promise<void>;
};
