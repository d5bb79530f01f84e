import { Migration } from '@mikro-orm/migrations';

/**
 * One kept plan for lookups in the second cache tier. Planning each lookup anew cost more than the lookup, and until
 * the table was analysed the planner preferred the index on the tenant: it then read all of a tenant's entries.
 */
export class CacheLookups extends Migration {
  override up(): void {
    this.addSql(policy("management_company_id || '' = app_tenant()"));
    this.addSql(findCached);
  }

  override down(): void {
    this.addSql(policy('management_company_id = app_tenant()'));
    this.addSql('alter function find_cached(text, text[]) reset enable_seqscan');
    this.addSql('alter function find_cached(text, text[]) set plan_cache_mode = force_custom_plan');
  }
}

// The same rows as before, in a form that no index answers: who looks for keys is left with the index on the key.
// Queries that go through a tenant's entries name the tenant themselves, and find its index by that.
const policy = (own: string): string =>
  `alter policy tenant_only on integration_cache using (${own}) with check (${own})`;

const findCached = `
create or replace function find_cached(tenant text, keys text[]) returns json language plpgsql
set search_path = pg_catalog, public, pg_temp set role = integration_app
set enable_seqscan = off set plan_cache_mode = force_generic_plan as $body$
begin
  perform set_config('app.tenant', tenant, true);
  return (
    select json_agg(json_build_object(
      'key', cache_key, 'value', response_data, 'serviceId', service_id, 'serviceName', service_name,
      'provider', provider, 'operation', operation, 'tags', tags, 'loadedBy', loaded_by,
      'storedAt', (extract(epoch from stored_at) * 1000)::bigint,
      'freshUntil', (extract(epoch from expires_at) * 1000)::bigint,
      'goneAt', (extract(epoch from gone_at) * 1000)::bigint))
    from integration_cache where cache_key = any(keys));
end
$body$;
`;
