import { Migration } from '@mikro-orm/migrations';

/**
 * A claim says whether its delivery was filtered: of that nobody has heard, so one with the same key whose type is
 * wanted by then takes the claim over, and is no repeat.
 */
export class FilteredClaims extends Migration {
  override up(): void {
    // A constant default rewrites no row. Claims from before this build hold as they did.
    this.addSql(
      'alter table webhook_dedupe add column if not exists is_filtered boolean not null default false',
    );
    this.addSql(acceptDeliveries);
  }

  override down(): void {
    // The build before writes the same lines, which this function takes.
  }
}

const isLate = 'known.expires_at <= excluded.last_seen_at';
// Looked up for these few alone: a replay of what was filtered has published it.
const isOver = `(${isLate} or case when known.is_filtered and not excluded.is_filtered then not exists (
    select from webhook_deliveries as first where first.id = known.delivery_id
      and first.received_at = known.first_seen_at and first.state <> 'filtered') else false end)`;
/** Whoever wrote it the first time has put its time there; who came later has put a later one. */
const isCounted = 'written_again and known.last_seen_at >= excluded.last_seen_at';
/** A claim that has run out, or is one of what was filtered, goes to who comes now. */
const seenAgain = (over: string): string => `
  hits = case when ${over} then excluded.hits when ${isCounted} then known.hits
    else known.hits + excluded.hits end,
  other_bodies = case when ${over} then 0
    when ${isCounted} or known.body_sha256 = excluded.body_sha256 then known.other_bodies
    else known.other_bodies + excluded.hits end,
  last_seen_at = greatest(known.last_seen_at, excluded.last_seen_at),
  ${['delivery_id', 'body_sha256', 'first_seen_at', 'expires_at', 'is_filtered']
    .map((column) => `${column} = case when ${over} then excluded.${column} else known.${column} end`)
    .join(', ')}`;

/**
 * 'lines': one delivery a line, ended by U+001E, fields ended by U+001F, an empty field is null; delivery-line.ts
 * writes them. 'bodies': the bodies one after the other. Claims are taken in one order by everybody, so two groups
 * cannot wait for each other; a claim that another transaction is about to take is waited for. A claim that has
 * run out is taken over, and so is one of what was filtered. Whoever writes the same delivery again, not knowing that
 * it was committed, says so in the last field of each line, and finds its own claim. A body that came before is
 * suspect only where it came under another key.
 *
 * An event with an end of its own has its payload left out, between tail and end: it is the body of the delivery, and
 * whoever publishes puts it in.
 */
const acceptDeliveries = `
create or replace function accept_deliveries(lines text, bodies bytea)
returns table (delivery uuid, first_delivery uuid, is_other_body boolean, is_suspect boolean)
language plpgsql set search_path = pg_catalog, public, pg_temp set role = integration_system as $body$
#variable_conflict use_column
declare
  written_again constant boolean := split_part(split_part(lines, E'\\x1e', 1), E'\\x1f', 31) = 'again';
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
      f[25] as state, string_to_array(coalesce(f[26], ''), ',') as flags, f[27] as event_head, f[28] as event_tail,
      f[29] as event_end, coalesce(f[30]::integer, 1) as hits
    from (select at, string_to_array(line, E'\\x1f', '') as f
      from string_to_table(lines, E'\\x1e') with ordinality as split (line, at) offset 0) as fields
  ), claims as (
    insert into webhook_dedupe as known (webhook_id, key_hash, management_company_id, delivery_id, body_sha256,
      first_seen_at, last_seen_at, hits, expires_at, is_filtered)
    select webhook_id, key_hash, tenant, id, body_sha256, received_at, received_at, hits, key_expires_at,
      state = 'filtered'
    from input where key_hash is not null order by webhook_id, key_hash
    on conflict (webhook_id, key_hash) do update set ${seenAgain(isOver)}
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
    on conflict (webhook_id, key_hash) do update set ${seenAgain(isLate)}
    returning known.webhook_id, known.key_hash as repeat_hash, known.delivery_id, known.first_seen_at
  ), judged as materialized (
    select fresh.*, case when repeats.delivery_id <> fresh.id then not exists (
      select from webhook_deliveries as first where first.id = repeats.delivery_id
        and first.received_at = repeats.first_seen_at and first.dedupe_key_hash = fresh.key_hash)
      else false end as suspect
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
    insert into outbox_messages (management_company_id, messages, payload_of, payload_received_at, payload_bytes)
    select tenant, '[' || event_head || case when not suspect then '' when flags = '{}' then '"replay_suspect"'
        else ',"replay_suspect"' end || event_tail || coalesce(E'\\x1f' || event_end, '') || ']',
      case when event_end is not null then id end, case when event_end is not null then received_at end,
      case when event_end is not null then raw_size end
    from judged join stored on stored_id = id where event_head is not null order by at
  )
  select input.id, coalesce(claims.delivery_id, input.id), coalesce(claims.body_sha256 <> input.body_sha256, false),
    coalesce(judged.suspect, false)
  from input left join claims using (webhook_id, key_hash) left join judged on judged.id = input.id;
end
$body$;
`;
