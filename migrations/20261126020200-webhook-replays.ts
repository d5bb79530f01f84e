import { Migration } from '@mikro-orm/migrations';

/** Deliveries that are sent to the bus once more: which ones, how far it got, how fast it may go. */
export class WebhookReplays extends Migration {
  override up(): void {
    for (const sql of [replays, tables.map(policies).join(''), access]) this.addSql(sql);
  }

  override down(): void {
    this.addSql(`drop table if exists ${tables.join(', ')}`);
  }
}

const tables = ['webhook_replays', 'webhook_replay_items'];

// What a replay is of stands fixed when it begins: its filter would match others later. The next item is the one
// after "done" and "failed" together. No foreign key ties items to deliveries, whose partitions go by themselves.
const replays = `
create table webhook_replays (
  id uuid primary key,
  management_company_id text not null,
  requested_by text not null,
  reason text,
  filter jsonb not null default '{}',
  state text not null,
  total integer not null,
  done integer not null default 0,
  failed integer not null default 0,
  rate_per_second integer not null,
  next_at timestamptz(3) not null,
  created_at timestamptz(3) not null,
  finished_at timestamptz(3)
);
create index ix_webhook_replays_tenant on webhook_replays (management_company_id, created_at desc, id desc);
create index ix_webhook_replays_running on webhook_replays (id) where state = 'running';
create index ix_webhook_replays_finished on webhook_replays (finished_at);
create table webhook_replay_items (
  replay_id uuid not null,
  position integer not null,
  management_company_id text not null,
  delivery_id uuid not null,
  received_at timestamptz(3) not null,
  primary key (replay_id, position)
);
`;

const policies = (table: string): string => `
alter table ${table} enable row level security;
alter table ${table} force row level security;
create policy tenant_only on ${table} for all to integration_app
  using (management_company_id = app_tenant()) with check (management_company_id = app_tenant());
create policy system_jobs on ${table} for all to integration_system
  using (current_user = 'integration_system') with check (current_user = 'integration_system');
`;

const access = `
grant select, insert on ${tables.join(', ')} to integration_app;
grant update (state, finished_at) on webhook_replays to integration_app;
grant delete on webhook_replay_items to integration_app;
grant select, insert, update, delete on ${tables.join(', ')} to integration_system;
`;
