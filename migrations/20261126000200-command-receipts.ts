import { Migration } from '@mikro-orm/migrations';

/** Which commands were carried out, so that a message that comes again gets the stored answer and does nothing. */
export class CommandReceipts extends Migration {
  override up(): void {
    for (const sql of [receipts, access]) this.addSql(sql);
  }

  override down(): void {
    this.addSql('drop table if exists command_receipts');
  }
}

// Running until finished_at is set. The lease is judged by this server's clock alone: replicas need not agree about the time.
const receipts = `
create table command_receipts (
  management_company_id text not null,
  message_id text not null,
  type text not null,
  body_hash text not null,
  lease_id uuid not null,
  leased_until timestamptz(3) not null,
  received_at timestamptz(3) not null default now(),
  finished_at timestamptz(3),
  answer_status integer,
  answer_content_type text,
  answer_body text,
  primary key (management_company_id, message_id)
);
create index ix_command_receipts_received on command_receipts (received_at);
`;

const access = `
alter table command_receipts enable row level security;
alter table command_receipts force row level security;
create policy tenant_only on command_receipts for all to integration_app
  using (management_company_id = app_tenant()) with check (management_company_id = app_tenant());
create policy system_jobs on command_receipts for all to integration_system
  using (current_user = 'integration_system') with check (current_user = 'integration_system');
grant select, insert, update, delete on command_receipts to integration_app, integration_system;
`;
