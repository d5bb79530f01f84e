import { Migration } from '@mikro-orm/migrations';

/**
 * The lease under which a keyed write was about to be sent that a repeat could not recognise; null: under none. Of keys
 * that were claimed by an earlier version nobody knows, so they have one that never was.
 */
export class WritesAboutToBeSent extends Migration {
  override up(): void {
    this.addSql(`alter table idempotency_keys
      add column sent_under uuid default '00000000-0000-0000-0000-000000000000'`);
  }

  override down(): void {
    this.addSql('alter table idempotency_keys drop column sent_under');
  }
}
