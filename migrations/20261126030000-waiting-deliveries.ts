import { Migration } from '@mikro-orm/migrations';

/** Ways to deliveries that need no webhook: a tenant's in the order they came, and what paused webhooks hold. */
export class WaitingDeliveries extends Migration {
  override up(): void {
    this.addSql(indexes);
  }

  override down(): void {
    this.addSql('drop index if exists ix_webhook_deliveries_tenant, ix_webhook_deliveries_held');
  }
}

const indexes = `
create index ix_webhook_deliveries_tenant on webhook_deliveries (management_company_id, received_at desc, id desc);
create index ix_webhook_deliveries_held on webhook_deliveries (webhook_id, id) where state = 'held';
`;
