import { Migration } from '@mikro-orm/migrations';

/**
 * Where the mark of a finished key stands, until it is taken away there: a spreadsheet has room for some 1,500 of
 * them. Named by the SHA-256 of tenant, service and spreadsheet.
 */
export class ForgottenMarks extends Migration {
  override up(): void {
    this.addSql('alter table idempotency_keys add column mark_place bytea');
    this.addSql(`create index ix_idempotency_keys_marks on idempotency_keys (mark_place, finished_at)
      where mark_place is not null and finished_at is not null`);
  }

  override down(): void {
    this.addSql('drop index if exists ix_idempotency_keys_marks');
    this.addSql('alter table idempotency_keys drop column mark_place');
  }
}
