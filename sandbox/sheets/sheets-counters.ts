import { SlidingLog } from '../sliding-log.ts';
import { callNames, type CallName } from './routes.ts';

export type AccountCounters = {
  reads: number;
  writes: number;
  refused_by_quota: number;
  tokens: number;
  /** The maximum in any trailing minute; refused ones do not count. */
  max_reads_per_minute: number;
  max_writes_per_minute: number;
};

export type SheetsCounters = {
  /** Every request received, including refused and dropped ones. */
  calls: Record<CallName, number>;
  /** Answers by HTTP status; `none` for a connection that was dropped or left hanging. */
  statuses: Record<string, number>;
  accounts: Record<string, AccountCounters>;
  /** Writes that changed a workbook, by method. */
  committed: Partial<Record<CallName, number>>;
  appends: {
    /** Appends that began after another one had chosen its place in the same sheet and before it wrote. */
    overlapping: number;
    /** Rows of one append that another one then overwrote. */
    overwritten_rows: number;
  };
};

const minuteMs = 60_000;

const fresh = (): SheetsCounters => ({
  calls: Object.fromEntries(callNames.map((name) => [name, 0])) as Record<CallName, number>,
  statuses: {},
  accounts: {},
  committed: {},
  appends: { overlapping: 0, overwritten_rows: 0 },
});

export class SheetsCounts {
  #counters = fresh();
  #minutes = new Map<string, SlidingLog>();

  arrived(call: CallName): void {
    this.#counters.calls[call] += 1;
  }

  answered(status: number | 'none'): void {
    this.#counters.statuses[status] = (this.#counters.statuses[status] ?? 0) + 1;
  }

  token(email: string): void {
    this.#account(email).tokens += 1;
  }

  taken(email: string, kind: 'read' | 'write', now: number): void {
    const account = this.#account(email);
    account[`${kind}s`] += 1;
    const log = this.#minutes.get(`${kind}|${email}`) ?? new SlidingLog(minuteMs);
    this.#minutes.set(`${kind}|${email}`, log);
    log.add(now, 1);
    const most = `max_${kind}s_per_minute` as const;
    account[most] = Math.max(account[most], log.total(now));
  }

  refused(email: string): void {
    this.#account(email).refused_by_quota += 1;
  }

  committed(call: CallName, overwrittenRows: number): void {
    this.#counters.committed[call] = (this.#counters.committed[call] ?? 0) + 1;
    this.#counters.appends.overwritten_rows += overwrittenRows;
  }

  overlapped(): void {
    this.#counters.appends.overlapping += 1;
  }

  /** Returns a copy, which later calls do not change. */
  read(): SheetsCounters {
    return structuredClone(this.#counters);
  }

  reset(): void {
    this.#counters = fresh();
    this.#minutes = new Map();
  }

  #account(email: string): AccountCounters {
    return (this.#counters.accounts[email] ??= {
      reads: 0,
      writes: 0,
      refused_by_quota: 0,
      tokens: 0,
      max_reads_per_minute: 0,
      max_writes_per_minute: 0,
    });
  }
}
