import { Migration } from '@mikro-orm/migrations';

/**
 * Events that the bus will never take are few, and listed by this index: whoever counts them, lets go of them or tries
 * them again meets none of what waits, which may be millions of rows when the broker is away for long.
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
