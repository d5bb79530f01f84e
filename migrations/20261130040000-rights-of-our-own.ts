import { Migration } from '@mikro-orm/migrations';

/**
 * Nothing hangs on what a database gives to everybody, or lets them do, unless it is told otherwise (`alter default
 * privileges`): nobody asks the default partitions by themselves, as those of days, and what policies and services call
 * is granted to who calls it.
 */
export class RightsOfOurOwn extends Migration {
  override up(): void {
    for (const table of WITH_PARTITIONS)
      this.addSql(
        `alter table ${table}_default enable row level security; alter table ${table}_default force row level security`,
      );
    this.addSql(
      'grant execute on function app_tenant(), installation_id() to integration_app, integration_system',
    );
  }

  override down(): void {
    for (const table of WITH_PARTITIONS)
      this.addSql(
        `alter table ${table}_default no force row level security; alter table ${table}_default disable row level security`,
      );
  }
}

const WITH_PARTITIONS = [
  'integration_logs',
  'webhook_deliveries',
  'webhook_body_parts',
  'webhook_rejections',
];
