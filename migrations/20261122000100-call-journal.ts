import { Migration } from '@mikro-orm/migrations';

/**
 * The journal's way in: one statement stores a whole group of calls, of any tenants, and the outbox row with
 * their events. Also the price of that statement: what it writes and which indexes it has to keep.
 */
export class CallJournal extends Migration {
  override up(): void {
    for (const sql of [indexes, outbox, appendCalls, access]) this.addSql(sql);
  }

  override down(): void {
    this.addSql('drop function if exists append_calls(text, text)');
    this.addSql(`
      alter table outbox_messages alter column messages type jsonb using messages::jsonb;
      alter table integration_logs drop constraint integration_logs_pkey;
      alter table integration_logs add primary key (started_at, id);
      create index ix_integration_logs_id on integration_logs (id);
    `);
  }
}

// A key that begins with the id finds one call by itself, so the index on the id alone is one write saved a call.
const indexes = `
drop index ix_integration_logs_id;
alter table integration_logs drop constraint integration_logs_pkey;
alter table integration_logs add primary key (id, started_at);
`;

// Still JSON, written and read by this service only: jsonb costs 24 us a call to parse and compress, text 3 (ADR 0010).
const outbox = `
alter table outbox_messages alter column messages type text;
alter table outbox_messages alter column messages set storage external;
`;

/**
 * 'calls': lines ended by U+001E, fields ended by U+001F, an empty field is null; call-line.ts writes them. 'events':
 * a JSON array, or null. Gives the outbox row. Runs as integration_system by its own setting, which ends with the
 * call: no session state, and the login needs no bypass of row-level security, only its membership.
 */
const appendCalls = `
create function append_calls(calls text, events text) returns bigint
language plpgsql set search_path = pg_catalog, public, pg_temp set role = integration_system as $body$
declare
  message bigint;
begin
  if events is not null then
    insert into outbox_messages (messages) values (events) returning id into message;
  end if;
  insert into integration_logs (
    id, management_company_id, actor_id, request_id, service_id, service_name, operation, endpoint, http_method,
    request_headers, request_body, response_status_code, response_body, started_at, completed_at, duration_ms,
    status, error_message, retry_count, estimated_cost, cost_currency, cache_status, cache_key, attempts)
  select f[1]::uuid, f[2], coalesce(f[3], ''), coalesce(f[4], ''), f[5]::uuid, f[6], f[7], f[8], f[9],
    f[10]::jsonb, f[11]::jsonb, f[12]::integer, f[13]::jsonb,
    to_timestamp(f[14]::float8 / 1000), to_timestamp(f[15]::float8 / 1000), f[16]::integer,
    f[17], f[18], coalesce(f[19]::integer, 0), coalesce(f[20]::bigint * 0.000001, 0), f[21], f[22], f[23], f[24]::jsonb
  from (select string_to_array(line, E'\\x1f', '') as f from string_to_table(calls, E'\\x1e') as line offset 0) as lines;
  return message;
end
$body$;
`;

const access = `
revoke all on function append_calls(text, text) from public;
grant execute on function append_calls(text, text) to integration_system;
`;
