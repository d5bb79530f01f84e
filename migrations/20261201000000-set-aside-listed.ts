import { Migration } from '@mikro-orm/migrations';

/**
 * Index of the few events that were set aside because the bus will never accept them. Counting, removing or retrying
 * them then reads none of the waiting rows, of which there may be millions after a long outage of the broker.
 */
export class SetAsideListed extends Migration {
  override up(): void {
    this.addSql(
      'create index if not exists ix_outbox_messages_set_aside on outbox_messages (id) where attempts < 0',
    );
  }

  override down(): void {
    this.addSql('drop index if exists ix_outbox_messages_set_aside');
  }
}
