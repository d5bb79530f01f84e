import { Migration } from '@mikro-orm/migrations';

/**
 * Keys of writes that change our own database alone. Claimed and answered in one transaction, they need no mark, and
 * `lease_id` only names the row. Their answers are sealed: some show a secret. The index is for key rotation.
 */
export class KeptAnswers extends Migration {
  override up(): void {
    this.addSql(
      `alter table idempotency_keys alter column mark drop not null, add column sealed_answer text`,
    );
    this.addSql(`create index ix_idempotency_keys_sealed on idempotency_keys (lease_id)
      where sealed_answer is not null`);
  }

  override down(): void {
    this.addSql('drop index if exists ix_idempotency_keys_sealed');
    this.addSql('delete from idempotency_keys where mark is null');
    this.addSql(`alter table idempotency_keys drop column sealed_answer, alter column mark set not null`);
  }
}
