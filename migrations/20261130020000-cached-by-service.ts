import { Migration } from '@mikro-orm/migrations';

/**
 * The removal of a service takes its cached answers along: it finds them by this index, and goes through those of no
 * other service and no other tenant, whose number has no bound.
 */
export class CachedByService extends Migration {
  override up(): void {
    // One that was made before the upgrade, which nobody had to wait for, is taken over.
    this.addSql('create index if not exists ix_integration_cache_service on integration_cache (service_id)');
  }

  override down(): void {
    this.addSql('drop index if exists ix_integration_cache_service');
  }
}
