import { Migration } from '@mikro-orm/migrations';

/**
 * Names this database for good, also in a copy restored elsewhere: a spool on a disk must be shipped to the database
 * it was meant for (ADR 0018). A function, since a constant needs no table.
 */
export class InstallationId extends Migration {
  override up(): void {
    this.addSql(`do $do$ begin execute format(
      'create function installation_id() returns uuid language sql immutable as $body$ select %L::uuid $body$',
      gen_random_uuid()); end $do$`);
  }

  override down(): void {
    this.addSql('drop function if exists installation_id()');
  }
}
