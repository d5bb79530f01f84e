import { Migration } from '@mikro-orm/migrations';

/**
 * Who replays a delivery does so as its tenant: what was held is then given to the bus, and the policy of the table
 * lets a tenant say so of its own rows only.
 */
export class ReplaysAsTheirTenant extends Migration {
  override up(): void {
    this.addSql('grant update (state, published_at) on webhook_deliveries to integration_app');
  }

  override down(): void {
    this.addSql('revoke update (state, published_at) on webhook_deliveries from integration_app');
  }
}
