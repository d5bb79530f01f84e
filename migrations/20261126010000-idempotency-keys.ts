import { Migration } from '@mikro-orm/migrations';

/** Which keyed writes were done, so that a repeat gets the stored answer, and which may have been. */
export class IdempotencyKeys extends Migration {
  override up(): void {
    for (const sql of [keys, access]) this.addSql(sql);
  }

  override down(): void {
    this.addSql('drop table if exists idempotency_keys');
  }
}

// Finished once finished_at is set; else somebody is at it until leased_until, by this server's clock, and in doubt
// after that. A mark is unique over all tenants: two of them may write to one spreadsheet, where it is unique too.
const keys = `
create table idempotency_keys (
  management_company_id text not null,
  key text not null,
  fingerprint text not null,
  mark integer not null check (mark > 0),
  lease_id uuid not null,
  leased_until timestamptz(3) not null,
  taken_over boolean not null default false,
  used_at timestamptz(3) not null default now(),
  finished_at timestamptz(3),
  answer text,
  primary key (management_company_id, key)
);
create unique index ux_idempotency_keys_mark on idempotency_keys (mark);
create index ix_idempotency_keys_used on idempotency_keys (used_at);
`;

const access = `
alter table idempotency_keys enable row level security;
alter table idempotency_keys force row level security;
create policy tenant_only on idempotency_keys for all to integration_app
  using (management_company_id = app_tenant()) with check (management_company_id = app_tenant());
create policy system_jobs on idempotency_keys for all to integration_system
  using (current_user = 'integration_system') with check (current_user = 'integration_system');
grant select, insert, update, delete on idempotency_keys to integration_app, integration_system;
`;
