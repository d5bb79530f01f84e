import { Migration } from '@mikro-orm/migrations';

/**
 * The second cache tier's ways in: one statement reads, one writes a group of entries of one tenant. As functions
 * their plans stay in the session, and there is no transaction to open and close around them: planning the insert
 * anew and the two further statements were two thirds of the cost of a miss.
 */
export class CacheTier extends Migration {
  override up(): void {
    for (const sql of [findCached, keepCached, access]) this.addSql(sql);
  }

  override down(): void {
    this.addSql('drop function if exists find_cached(text, text[])');
    this.addSql('drop function if exists keep_cached(text, json)');
  }
}

// Run as the role that row-level security binds, for the tenant named. Both settings end with the statement.
const asTenant = 'set search_path = pg_catalog, public, pg_temp set role = integration_app';

// A kept plan may stem from a table that was empty: it would read all of it, minutes after it has grown.
const findCached = `
create function find_cached(tenant text, keys text[]) returns json language plpgsql ${asTenant}
set plan_cache_mode = force_custom_plan as $body$
begin
  perform set_config('app.tenant', tenant, true);
  return (
    select json_agg(json_build_object(
      'key', cache_key, 'value', response_data, 'serviceId', service_id, 'serviceName', service_name,
      'provider', provider, 'operation', operation, 'tags', tags, 'loadedBy', loaded_by,
      'storedAt', (extract(epoch from stored_at) * 1000)::bigint,
      'freshUntil', (extract(epoch from expires_at) * 1000)::bigint,
      'goneAt', (extract(epoch from gone_at) * 1000)::bigint))
    from integration_cache where cache_key = any(keys) and management_company_id = tenant);
end
$body$;
`;

// The newer of two loads of one key stays. A service removed meanwhile takes its entries along, so none is added for
// it. Nobody waits for the disk: an entry lost in a crash is a miss.
const keepCached = `
create function keep_cached(tenant text, entries json) returns void language plpgsql ${asTenant} as $body$
begin
  perform set_config('app.tenant', tenant, true), set_config('synchronous_commit', 'off', true);
  insert into integration_cache as known (
    management_company_id, cache_key, service_id, service_name, provider, operation, request_hash,
    response_data, tags, loaded_by, stored_at, ttl_seconds, expires_at, gone_at)
  select tenant, e.key, e."serviceId", e."serviceName", e.provider, e.operation, e."requestHash",
    coalesce(e.value, 'null'), e.tags, e."loadedBy", to_timestamp(e."storedAt" / 1000),
    round((e."freshUntil" - e."storedAt") / 1000), to_timestamp(e."freshUntil" / 1000), to_timestamp(e."goneAt" / 1000)
  from json_to_recordset(entries) as e (
    key text, "serviceId" uuid, "serviceName" text, provider text, operation text, "requestHash" text,
    value jsonb, tags text[], "loadedBy" uuid, "storedAt" float8, "freshUntil" float8, "goneAt" float8)
  where exists (select from external_services where id = e."serviceId")
  on conflict (cache_key) do update set
    service_id = excluded.service_id, service_name = excluded.service_name, provider = excluded.provider,
    response_data = excluded.response_data, tags = excluded.tags, loaded_by = excluded.loaded_by,
    stored_at = excluded.stored_at, ttl_seconds = excluded.ttl_seconds,
    expires_at = excluded.expires_at, gone_at = excluded.gone_at
  where known.stored_at <= excluded.stored_at;
end
$body$;
`;

const access = `
revoke all on function find_cached(text, text[]), keep_cached(text, json) from public;
grant execute on function find_cached(text, text[]), keep_cached(text, json) to integration_app;
`;
