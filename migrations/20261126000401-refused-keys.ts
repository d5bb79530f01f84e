import { Migration } from '@mikro-orm/migrations';

/**
 * The version of a service at which its provider last refused the key, or more calls. Probes send no key, so
 * every replica has to know that their answers tell nothing as long as the service stands at this version.
 */
export class RefusedKeys extends Migration {
  override up(): void {
    this.addSql('alter table external_services add column refused_version integer');
  }

  override down(): void {
    this.addSql('alter table external_services drop column refused_version');
  }
}
