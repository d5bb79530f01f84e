import { Migration } from '@mikro-orm/migrations';

/**
 * All tables of the service. Rules that hold for every tenant table: row-level security is enabled and
 * forced; the application role owns nothing; the tenant comes from `app.tenant`, set local to the
 * transaction; no tenant set means no rows. Times are kept in whole milliseconds, as the program and its page
 * cursors count them: finer ones would let a page skip or repeat rows.
 *
 * Roles (members of nothing, no login; the login of DATABASE_URL is granted both):
 *   integration_app     one tenant at a time, bound by the policies
 *   integration_system  the few jobs that cross tenants: journal, relay, retention, token lookup
 */
export class Initial extends Migration {
  override up(): void {
    for (const sql of [roles, services, logs, rateLimits, cache, webhooks, outbox, tokens, access])
      this.addSql(sql);
  }

  override down(): void {
    this.addSql(
      'drop table if exists service_tokens, outbox_messages, webhook_configs, integration_cache, cache_invalidations, api_rate_limits, integration_logs, external_services cascade',
    );
  }
}

// Roles belong to the whole server: two databases migrating at once may both try.
const roles = `
do $$
begin
  if not exists (select from pg_roles where rolname = 'integration_app') then create role integration_app nologin nobypassrls; end if;
exception when duplicate_object or unique_violation then null;
end $$;
do $$
begin
  if not exists (select from pg_roles where rolname = 'integration_system') then create role integration_system nologin nobypassrls; end if;
exception when duplicate_object or unique_violation then null;
end $$;
do $$
begin
  execute format('grant integration_app, integration_system to %I', current_user);
exception when others then
  if not (pg_has_role(current_user, 'integration_app', 'member') and pg_has_role(current_user, 'integration_system', 'member')) then raise; end if;
end $$;
create or replace function app_tenant() returns text language sql stable parallel safe
  return nullif(current_setting('app.tenant', true), '');
`;

const services = `
create table external_services (
  id uuid primary key,
  management_company_id text not null,
  service_name text not null,
  service_type text not null check (service_type in ('geocoding', 'spreadsheet', 'webhook')),
  provider text not null,
  display_name text not null,
  base_url text,
  api_key text,
  api_key_hint text,
  credentials jsonb,
  config jsonb not null default '{}',
  is_active boolean not null default true,
  health_status text not null default 'unknown' check (health_status in ('unknown', 'healthy', 'degraded', 'unhealthy')),
  last_health_check timestamptz(3),
  rate_limit_per_minute integer check (rate_limit_per_minute >= 0),
  rate_limit_per_hour integer check (rate_limit_per_hour >= 0),
  rate_limit_per_day integer check (rate_limit_per_day >= 0),
  rate_limit_per_month integer check (rate_limit_per_month >= 0),
  cost_per_call_micros bigint not null default 0 check (cost_per_call_micros >= 0),
  cost_currency char(3) not null default 'USD',
  priority integer not null default 0,
  fallback_service_id uuid,
  version integer not null default 1,
  created_at timestamptz(3) not null,
  updated_at timestamptz(3) not null,
  unique (management_company_id, id),
  foreign key (management_company_id, fallback_service_id) references external_services (management_company_id, id)
);
create unique index ix_external_services_tenant_service on external_services (management_company_id, service_name);
create index ix_external_services_tenant_created on external_services (management_company_id, created_at desc, id desc);
`;

// No foreign key on service_id: the trail outlives the service it tells of (ADR 0003).
const logs = `
create table integration_logs (
  id uuid not null,
  management_company_id text not null,
  actor_id text not null,
  request_id text not null,
  service_id uuid,
  service_name text not null,
  operation text not null,
  endpoint text,
  http_method text,
  request_headers jsonb,
  request_body jsonb,
  response_status_code integer,
  response_body jsonb,
  started_at timestamptz(3) not null,
  completed_at timestamptz(3) not null,
  duration_ms integer not null,
  status text not null,
  error_message text,
  retry_count integer not null default 0,
  estimated_cost numeric(18, 6) not null default 0,
  cost_currency char(3) not null default 'USD',
  cache_status text not null,
  cache_key text,
  attempts jsonb,
  primary key (started_at, id)
) partition by range (started_at);
create index ix_integration_logs_service_operation on integration_logs (service_name, operation, started_at);
create index ix_integration_logs_tenant on integration_logs (management_company_id, started_at desc, id desc);
create index ix_integration_logs_id on integration_logs (id);
create table integration_logs_default partition of integration_logs default;
`;

const rateLimits = `
create table api_rate_limits (
  id uuid primary key default gen_random_uuid(),
  management_company_id text not null,
  subject_id text not null,
  service_id uuid references external_services (id) on delete cascade,
  service_name text not null,
  window_type text not null check (window_type in ('minute', 'hour', 'day', 'month')),
  window_start timestamptz(3) not null,
  window_end timestamptz(3) not null,
  request_count integer not null,
  max_requests integer not null,
  remaining_requests integer not null,
  is_rate_limited boolean not null,
  total_cost numeric(18, 6) not null default 0,
  entries jsonb not null default '[]',
  leased integer not null default 0,
  updated_at timestamptz(3) not null default now(),
  unique (management_company_id, subject_id, window_type)
);
`;

// tags and stamps: an entry older than a stamp that covers it is not served (purge without scanning).
const cache = `
create table integration_cache (
  id uuid primary key default gen_random_uuid(),
  management_company_id text not null,
  cache_key text not null unique,
  service_id uuid references external_services (id) on delete cascade,
  service_name text not null,
  provider text not null,
  operation text not null,
  request_hash text not null,
  response_data jsonb not null,
  tags text[] not null default '{}',
  loaded_by uuid not null,
  stored_at timestamptz(3) not null,
  ttl_seconds integer not null,
  expires_at timestamptz(3) not null,
  gone_at timestamptz(3) not null,
  hit_count bigint not null default 0,
  cache_status text not null default 'fresh'
);
create index ix_integration_cache_tenant on integration_cache (management_company_id, stored_at desc, id desc);
create index ix_integration_cache_gone on integration_cache (gone_at);
create table cache_invalidations (
  management_company_id text not null,
  scope text not null,
  purged_at timestamptz(3) not null,
  primary key (management_company_id, scope)
);
`;

const webhooks = `
create table webhook_configs (
  id uuid primary key,
  management_company_id text not null,
  webhook_name text not null,
  webhook_url text,
  webhook_token text,
  source_service text not null,
  source_service_id uuid,
  event_types jsonb not null default '[]',
  secret_key text,
  is_active boolean not null default true,
  total_received bigint not null default 0,
  total_successful bigint not null default 0,
  total_failed bigint not null default 0,
  created_at timestamptz(3) not null default now(),
  updated_at timestamptz(3) not null default now(),
  unique (management_company_id, webhook_name),
  foreign key (management_company_id, source_service_id) references external_services (management_company_id, id)
);
`;

// One row may carry the events of a whole group commit: 'messages' is an array, in order.
const outbox = `
create table outbox_messages (
  id bigint generated always as identity primary key,
  management_company_id text,
  messages jsonb not null,
  created_at timestamptz(3) not null default now(),
  attempts integer not null default 0,
  last_error text
);
`;

const tokens = `
create table service_tokens (
  id uuid primary key,
  management_company_id text not null,
  name text not null,
  tenants text[] not null,
  scopes text[] not null,
  token_hash text not null unique,
  token_hint text not null,
  expires_at timestamptz(3),
  created_at timestamptz(3) not null,
  created_by text not null,
  revoked_at timestamptz(3)
);
create index ix_service_tokens_tenant on service_tokens (management_company_id, created_at desc, id desc);
`;

const tenantTables = [
  'external_services',
  'integration_logs',
  'api_rate_limits',
  'integration_cache',
  'cache_invalidations',
  'webhook_configs',
  'outbox_messages',
  'service_tokens',
];

// The login inherits from both roles, and with them their policies: `current_user` holds only for who has taken
// the role, so that a query which forgot to take one sees nothing.
const policies = (table: string): string => `
alter table ${table} enable row level security;
alter table ${table} force row level security;
create policy tenant_only on ${table} for all to integration_app
  using (management_company_id = app_tenant()) with check (management_company_id = app_tenant());
create policy system_jobs on ${table} for all to integration_system
  using (current_user = 'integration_system') with check (current_user = 'integration_system');
`;

// The trail is append-only for the application role: it may read and add, never change or remove.
const access = `
${tenantTables.map(policies).join('')}
grant usage on schema public to integration_app, integration_system;
grant select, insert, update, delete on external_services, api_rate_limits, integration_cache, cache_invalidations, webhook_configs, service_tokens to integration_app;
grant select, insert on integration_logs, outbox_messages to integration_app;
grant select, insert, update, delete on ${tenantTables.join(', ')} to integration_system;
grant usage on all sequences in schema public to integration_app, integration_system;
`;
