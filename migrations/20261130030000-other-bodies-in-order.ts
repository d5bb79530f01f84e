import { Migration } from '@mikro-orm/migrations';

/**
 * Deliveries under whose id another body came are few, and listed by this index in their order. A claim enters it with
 * the first other body, so what an accepted delivery or a plain repeat writes is what it was.
 */
export class OtherBodiesInOrder extends Migration {
  override up(): void {
    // One that was made before the upgrade, which nobody had to wait for, is taken over.
    this.addSql(
      `create index if not exists ix_webhook_dedupe_other_bodies
        on webhook_dedupe (webhook_id, first_seen_at desc, delivery_id desc) where other_bodies > 0`,
    );
  }

  override down(): void {
    this.addSql('drop index if exists ix_webhook_dedupe_other_bodies');
  }
}
