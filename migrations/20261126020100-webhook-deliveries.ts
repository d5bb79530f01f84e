import { Migration } from '@mikro-orm/migrations';

/**
 * What webhooks deliver: the deliveries with their bodies as they came, the claims that make a repeat a repeat,
 * and what was refused. Deliveries and refusals are partitioned by day, and no foreign key ties them to their
 * webhook: like the trail, they outlive it (ADR 0003).
 */
export class WebhookDeliveries extends Migration {
  override up(): void {
    for (const sql of [deliveries, claims, rejections, acceptDeliveries, access]) this.addSql(sql);
  }

  override down(): void {
    this.addSql('drop function if exists accept_deliveries(text, bytea)');
    this.addSql(`drop table if exists ${tables.join(', ')}`);
  }
}

// A body of more than a MiB lies in parts, so that nobody ever holds one twice. Bodies are not compressed: it
// would cost more time than all the rest.
const deliveries = `
create table webhook_deliveries (
  id uuid not null,
  management_company_id text not null,
  webhook_id uuid not null,
  source_service text not null,
  event_type text,
  external_id text,
  dedupe_key_hash bytea,
  body_sha256 bytea not null,
  raw_body bytea,
  body_parts integer not null default 0,
  content_type text,
  raw_size integer not null,
  headers jsonb not null default '{}',
  client_ip text,
  auth_method text not null,
  auth_level text not null,
  secret_version integer,
  request_id text not null,
  sent_at timestamptz(3),
  received_at timestamptz(3) not null,
  state text not null,
  flags text[] not null default '{}',
  published_at timestamptz(3),
  primary key (id, received_at)
) partition by range (received_at);
alter table webhook_deliveries alter column raw_body set storage external;
create index ix_webhook_deliveries_webhook on webhook_deliveries (webhook_id, received_at desc, id desc);
create index ix_webhook_deliveries_spooled on webhook_deliveries (management_company_id, id) include (raw_size)
  where state = 'spooled';
create table webhook_deliveries_default partition of webhook_deliveries default;
alter table webhook_deliveries_default alter column raw_body set storage external;
create table webhook_body_parts (
  delivery_id uuid not null,
  part integer not null,
  management_company_id text not null,
  received_at timestamptz(3) not null,
  bytes bytea not null,
  primary key (delivery_id, part, received_at)
) partition by range (received_at);
alter table webhook_body_parts alter column bytes set storage external;
create table webhook_body_parts_default partition of webhook_body_parts default;
alter table webhook_body_parts_default alter column bytes set storage external;
`;

// Apart from the deliveries: unique over days, which no constraint of a partitioned table is.
const claims = `
create table webhook_dedupe (
  webhook_id uuid not null,
  key_hash bytea not null,
  management_company_id text not null,
  delivery_id uuid not null,
  body_sha256 bytea not null,
  first_seen_at timestamptz(3) not null,
  last_seen_at timestamptz(3) not null,
  hits integer not null default 1,
  other_bodies integer not null default 0,
  expires_at timestamptz(3) not null,
  primary key (webhook_id, key_hash)
);
create index ix_webhook_dedupe_expires on webhook_dedupe (expires_at);
`;

const rejections = `
create table webhook_rejections (
  id uuid not null,
  management_company_id text not null,
  webhook_id uuid not null,
  rejected_at timestamptz(3) not null,
  reason text not null,
  detail jsonb not null default '{}',
  client_ip text,
  method text not null,
  headers jsonb not null default '{}',
  body_sha256 bytea,
  raw_size integer,
  request_id text not null,
  primary key (id, rejected_at)
) partition by range (rejected_at);
create index ix_webhook_rejections_webhook on webhook_rejections (webhook_id, rejected_at desc, id desc);
create table webhook_rejections_default partition of webhook_rejections default;
create table webhook_rejection_counts (
  webhook_id uuid not null,
  minute timestamptz(3) not null,
  management_company_id text not null,
  unlisted integer not null,
  primary key (webhook_id, minute)
);
create index ix_webhook_rejection_counts_minute on webhook_rejection_counts (minute);
`;

// A claim that has run out goes to who comes now.
const taken = (column: string): string =>
  `${column} = case when known.expires_at <= excluded.last_seen_at then excluded.${column} else known.${column} end`;
const seenAgain = `
  hits = known.hits + 1,
  last_seen_at = greatest(known.last_seen_at, excluded.last_seen_at),
  other_bodies = known.other_bodies + (known.body_sha256 <> excluded.body_sha256)::integer,
  ${['delivery_id', 'body_sha256', 'first_seen_at', 'expires_at'].map(taken).join(', ')}`;

/**
 * 'lines': one delivery a line, ended by U+001E, fields ended by U+001F, an empty field is null; delivery-line.ts
 * writes them. 'bodies': the bodies one after the other. Claims are taken in one order by everybody, so two groups
 * cannot wait for each other; a claim that another transaction is about to take is waited for. A claim that has
 * run out is taken over. Whoever writes the same delivery again, not knowing that it was committed, finds its own claim.
 */
const acceptDeliveries = `
create function accept_deliveries(lines text, bodies bytea)
returns table (delivery uuid, first_delivery uuid, is_other_body boolean, is_suspect boolean)
language plpgsql set search_path = pg_catalog, public, pg_temp set role = integration_system as $body$
#variable_conflict use_column
begin
  if current_setting('synchronous_commit') = 'off' then
    perform set_config('synchronous_commit', 'on', true);
  end if;
  return query
  with input as materialized (
    select at, f[1]::uuid as id, f[2] as tenant, f[3]::uuid as webhook_id, f[4] as source_service,
      f[5] as event_type, f[6] as external_id, decode(f[7], 'hex') as key_hash,
      to_timestamp(f[8]::float8 / 1000) as key_expires_at, decode(f[9], 'hex') as repeat_hash,
      to_timestamp(f[10]::float8 / 1000) as repeat_expires_at, decode(f[11], 'hex') as body_sha256,
      case when f[12] is not null then substring(bodies from f[12]::integer + 1 for f[13]::integer) end as raw_body,
      coalesce(f[14]::integer, 0) as body_parts, f[15] as content_type, f[16]::integer as raw_size,
      f[17]::jsonb as headers, f[18] as client_ip, f[19] as auth_method, f[20] as auth_level,
      f[21]::integer as secret_version, coalesce(f[22], '') as request_id,
      to_timestamp(f[23]::float8 / 1000) as sent_at, to_timestamp(f[24]::float8 / 1000) as received_at,
      f[25] as state, string_to_array(coalesce(f[26], ''), ',') as flags, f[27] as event_head, f[28] as event_tail
    from (select at, string_to_array(line, E'\\x1f', '') as f
      from string_to_table(lines, E'\\x1e') with ordinality as split (line, at) offset 0) as fields
  ), claims as (
    insert into webhook_dedupe as known
      (webhook_id, key_hash, management_company_id, delivery_id, body_sha256, first_seen_at, last_seen_at, expires_at)
    select webhook_id, key_hash, tenant, id, body_sha256, received_at, received_at, key_expires_at
    from input where key_hash is not null order by webhook_id, key_hash
    on conflict (webhook_id, key_hash) do update set ${seenAgain}
    returning known.webhook_id, known.key_hash, known.delivery_id, known.body_sha256
  ), fresh as materialized (
    select input.* from input left join claims using (webhook_id, key_hash)
    where input.key_hash is null or claims.delivery_id = input.id
  ), repeats as (
    insert into webhook_dedupe as known
      (webhook_id, key_hash, management_company_id, delivery_id, body_sha256, first_seen_at, last_seen_at, expires_at)
    select distinct on (webhook_id, repeat_hash)
      webhook_id, repeat_hash, tenant, id, body_sha256, received_at, received_at, repeat_expires_at
    from fresh where repeat_hash is not null order by webhook_id, repeat_hash, at
    on conflict (webhook_id, key_hash) do update set ${seenAgain}
    returning known.webhook_id, known.key_hash as repeat_hash, known.delivery_id
  ), judged as materialized (
    select fresh.*, coalesce(repeats.delivery_id <> fresh.id, false) as suspect
    from fresh left join repeats using (webhook_id, repeat_hash)
  ), stored as (
    insert into webhook_deliveries (
      id, management_company_id, webhook_id, source_service, event_type, external_id, dedupe_key_hash, body_sha256,
      raw_body, body_parts, content_type, raw_size, headers, client_ip, auth_method, auth_level, secret_version,
      request_id, sent_at, received_at, state, flags, published_at)
    select id, tenant, webhook_id, source_service, event_type, external_id, key_hash, body_sha256,
      raw_body, body_parts, content_type, raw_size, headers, client_ip, auth_method, auth_level, secret_version,
      request_id, sent_at, received_at, state,
      case when suspect then array_append(flags, 'replay_suspect') else flags end,
      case when event_head is not null then received_at end
    from judged order by at
    on conflict do nothing returning webhook_deliveries.id as stored_id
  ), published as (
    insert into outbox_messages (management_company_id, messages)
    select tenant, '[' || event_head || case when not suspect then '' when flags = '{}' then '"replay_suspect"'
      else ',"replay_suspect"' end || event_tail || ']'
    from judged join stored on stored_id = id where event_head is not null order by at
  )
  select input.id, coalesce(claims.delivery_id, input.id), coalesce(claims.body_sha256 <> input.body_sha256, false),
    coalesce(judged.suspect, false)
  from input left join claims using (webhook_id, key_hash) left join judged on judged.id = input.id;
end
$body$;
`;

const tables = [
  'webhook_deliveries',
  'webhook_body_parts',
  'webhook_dedupe',
  'webhook_rejections',
  'webhook_rejection_counts',
];

const policies = (table: string): string => `
alter table ${table} enable row level security;
alter table ${table} force row level security;
create policy tenant_only on ${table} for all to integration_app
  using (management_company_id = app_tenant()) with check (management_company_id = app_tenant());
create policy system_jobs on ${table} for all to integration_system
  using (current_user = 'integration_system') with check (current_user = 'integration_system');
`;

// What was delivered and refused is there to be read by its tenant, never to be changed.
const access = `
${tables.map(policies).join('')}
grant select on ${tables.join(', ')} to integration_app;
grant select, insert, update, delete on ${tables.join(', ')} to integration_system;
revoke all on function accept_deliveries(text, bytea) from public;
grant execute on function accept_deliveries(text, bytea) to integration_system;
`;
