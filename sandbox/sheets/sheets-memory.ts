import { RecentRequests } from '../recent-requests.ts';
import { Accounts } from './accounts.ts';
import { Drive } from './drive.ts';
import { freshSheetsSettings, type SheetsSettings } from './sheets-control.ts';
import { SheetsCounts } from './sheets-counters.ts';
import { SheetsQuota } from './sheets-quota.ts';
import { Tokens } from './tokens.ts';

/** All state that is kept between calls. */
export class SheetsMemory {
  readonly accounts = new Accounts();
  readonly tokens = new Tokens();
  readonly drive = new Drive();
  readonly quota = new SheetsQuota();
  readonly counts = new SheetsCounts();
  readonly recent = new RecentRequests();
  settings: SheetsSettings = freshSheetsSettings();
  /** Appends between choosing their place and writing, by sheet. */
  readonly #open = new Map<string, number>();

  /** Returns whether another append to the same sheet is in progress. */
  beginAppend(sheet: string): boolean {
    const open = this.#open.get(sheet) ?? 0;
    this.#open.set(sheet, open + 1);
    return open > 0;
  }

  endAppend(sheet: string): void {
    const open = (this.#open.get(sheet) ?? 1) - 1;
    if (open > 0) this.#open.set(sheet, open);
    else this.#open.delete(sheet);
  }

  get openAppends(): number {
    return [...this.#open.values()].reduce((sum, open) => sum + open, 0);
  }

  reset(): void {
    this.tokens.revoke();
    for (const memory of [this.accounts, this.drive, this.quota, this.counts, this.recent]) memory.reset();
    this.#open.clear();
    this.settings = freshSheetsSettings();
  }
}
