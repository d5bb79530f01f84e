import { Migration } from '@mikro-orm/migrations';

/** How often the right to carry out a command was given: all holders but the last died at it, or lost it. */
export class ClaimsCounted extends Migration {
  override up(): void {
    // A constant default rewrites no row. Releases before this one add rows without it, and take over without counting.
    this.addSql('alter table command_receipts add column claims integer not null default 1');
  }

  override down(): void {
    this.addSql('alter table command_receipts drop column if exists claims');
  }
}
