import { Migration } from '@mikro-orm/migrations';

/**
 * What the administration of webhooks keeps. `webhook_token` is the SHA-256 of the token and `secret_key` the
 * hint of the current secret: secrets lie sealed in `webhook_secrets`, the token nowhere.
 */
export class Webhooks extends Migration {
  override up(): void {
    for (const sql of [configs, secrets, ranges, access]) this.addSql(sql);
  }

  override down(): void {
    this.addSql('drop table if exists webhook_secrets, ip_range_sets');
    this.addSql(withoutColumns);
  }
}

// A previous token is found like the current one, until `previous_token_until`. The name of an archived webhook is free again.
const configs = `
alter table webhook_configs
  add column token_hint text not null default '',
  add column previous_token_hash text,
  add column previous_token_hint text,
  add column previous_token_until timestamptz(3),
  add column previous_token_uses bigint not null default 0,
  add column previous_token_used_at timestamptz(3),
  add column status text not null default 'active' check (status in ('active', 'paused', 'disabled', 'archived')),
  add column scheme jsonb,
  add column response jsonb,
  add column ip_mode text not null default 'off' check (ip_mode in ('off', 'observe', 'enforce')),
  add column ip_allowlist jsonb not null default '[]',
  add column max_body_bytes integer not null default 1048576 check (max_body_bytes > 0),
  add column overflow text not null default 'reject' check (overflow in ('reject', 'spool')),
  add column public_url text,
  add column version integer not null default 1,
  add column last_received_at timestamptz(3),
  add column last_rejected_at timestamptz(3),
  add constraint webhook_configs_tenant_id unique (management_company_id, id),
  add constraint webhook_configs_active check (is_active = (status = 'active')),
  drop constraint webhook_configs_management_company_id_webhook_name_key;
create unique index ix_webhook_configs_tenant_name on webhook_configs (management_company_id, webhook_name)
  where status <> 'archived';
create unique index ix_webhook_configs_token on webhook_configs (webhook_token);
create unique index ix_webhook_configs_previous_token on webhook_configs (previous_token_hash)
  where previous_token_hash is not null;
create index ix_webhook_configs_tenant_created on webhook_configs (management_company_id, created_at desc, id desc);
create index ix_webhook_configs_source on webhook_configs (management_company_id, source_service_id)
  where source_service_id is not null;
`;

// `secret_key` is an envelope of the secret box, bound to the row of the secret.
const secrets = `
create table webhook_secrets (
  id uuid primary key,
  management_company_id text not null,
  webhook_id uuid not null,
  version integer not null check (version > 0),
  kind text not null check (kind in ('hmac', 'token', 'public_key')),
  state text not null check (state in ('current', 'previous')),
  secret_key text not null,
  hint text not null,
  valid_until timestamptz(3),
  created_at timestamptz(3) not null,
  last_matched_at timestamptz(3),
  match_count bigint not null default 0,
  unique (webhook_id, version),
  foreign key (management_company_id, webhook_id) references webhook_configs (management_company_id, id) on delete cascade
);
create unique index ix_webhook_secrets_current on webhook_secrets (webhook_id) where state = 'current';
`;

// Of no tenant: who publishes which addresses is the same for all.
const ranges = `
create table ip_range_sets (
  name text primary key,
  cidrs text[] not null,
  source text not null,
  fetched_at timestamptz(3) not null,
  previous text[],
  pending_review text[]
);
`;

const access = `
alter table webhook_secrets enable row level security;
alter table webhook_secrets force row level security;
create policy tenant_only on webhook_secrets for all to integration_app
  using (management_company_id = app_tenant()) with check (management_company_id = app_tenant());
create policy system_jobs on webhook_secrets for all to integration_system
  using (current_user = 'integration_system') with check (current_user = 'integration_system');
grant select, insert, update, delete on webhook_secrets to integration_app, integration_system;
alter table ip_range_sets enable row level security;
alter table ip_range_sets force row level security;
create policy system_jobs on ip_range_sets for all to integration_system
  using (current_user = 'integration_system') with check (current_user = 'integration_system');
grant select, insert, update, delete on ip_range_sets to integration_system;
`;

const withoutColumns = `
alter table webhook_configs
  drop constraint webhook_configs_active,
  drop constraint webhook_configs_tenant_id,
  drop column token_hint, drop column previous_token_hash, drop column previous_token_hint,
  drop column previous_token_until, drop column previous_token_uses, drop column previous_token_used_at,
  drop column status, drop column scheme, drop column response, drop column ip_mode, drop column ip_allowlist,
  drop column max_body_bytes, drop column overflow, drop column public_url, drop column version,
  drop column last_received_at, drop column last_rejected_at,
  add constraint webhook_configs_management_company_id_webhook_name_key unique (management_company_id, webhook_name);
`;
