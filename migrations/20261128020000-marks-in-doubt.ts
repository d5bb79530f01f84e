import { Migration } from '@mikro-orm/migrations';

/**
 * A key says where its mark goes to from its claim on: in doubt, with nobody who asks again, it may stand there too.
 * Those in doubt are few, and so is what this index holds.
 */
export class MarksInDoubt extends Migration {
  override up(): void {
    // An operator may have created it before the upgrade, without locking the table.
    this
      .addSql(`create index if not exists ix_idempotency_keys_doubts on idempotency_keys (mark_place, used_at)
      where mark_place is not null and finished_at is null`);
  }

  override down(): void {
    this.addSql('drop index if exists ix_idempotency_keys_doubts');
  }
}
