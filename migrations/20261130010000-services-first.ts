import { Migration } from '@mikro-orm/migrations';

/**
 * Who keeps entries takes the services that were asked first, and then the rows, as the removal of a service does, which
 * takes its cached answers along: no two of them wait for each other until PostgreSQL ends one.
 */
export class ServicesFirst extends Migration {
  override up(): void {
    this.addSql(keepCached);
  }

  override down(): void {
    // The build before calls it in the same way.
  }
}

// The newer of two loads of one key stays. A service removed meanwhile takes its entries along, so none is added for
// it; one whose removal is under way is waited for, before any row is held. Nobody waits for the disk: an entry lost
// in a crash is a miss.
const keepCached = `
create or replace function keep_cached(tenant text, entries json) returns void language plpgsql
set search_path = pg_catalog, public, pg_temp set role = integration_app as $body$
begin
  perform set_config('app.tenant', tenant, true), set_config('synchronous_commit', 'off', true);
  with entry as materialized (
    select * from json_to_recordset(entries) as entry (
      key text, "serviceId" uuid, "serviceName" text, provider text, operation text, "requestHash" text,
      value jsonb, tags text[], "loadedBy" uuid, "storedAt" float8, "freshUntil" float8, "goneAt" float8)
  ), alive as materialized (
    select id from external_services where id in (select "serviceId" from entry) order by id for key share
  )
  insert into integration_cache as known (
    management_company_id, cache_key, service_id, service_name, provider, operation, request_hash,
    response_data, tags, loaded_by, stored_at, ttl_seconds, expires_at, gone_at)
  select tenant, e.key, e."serviceId", e."serviceName", e.provider, e.operation, e."requestHash",
    coalesce(e.value, 'null'), e.tags, e."loadedBy", to_timestamp(e."storedAt" / 1000),
    round((e."freshUntil" - e."storedAt") / 1000), to_timestamp(e."freshUntil" / 1000), to_timestamp(e."goneAt" / 1000)
  from entry as e where e."serviceId" in (select id from alive)
  order by e.key collate "C"
  on conflict (cache_key) do update set
    service_id = excluded.service_id, service_name = excluded.service_name, provider = excluded.provider,
    response_data = excluded.response_data, tags = excluded.tags, loaded_by = excluded.loaded_by,
    stored_at = excluded.stored_at, ttl_seconds = excluded.ttl_seconds,
    expires_at = excluded.expires_at, gone_at = excluded.gone_at
  where known.stored_at <= excluded.stored_at;
end
$body$;
`;
