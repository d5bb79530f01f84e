import { Migration } from '@mikro-orm/migrations';

/** Which reads of a spreadsheet may still be served from a cache, over all replicas and tenants. */
export class SpreadsheetVersions extends Migration {
  override up(): void {
    for (const sql of [versions, access]) this.addSql(sql);
  }

  override down(): void {
    this.addSql('drop table if exists spreadsheet_versions');
  }
}

// The row of a spreadsheet is named by the SHA-256 of its id. No row is removed while anything may be cached from before
// it: a version that came again would find that.
const versions = `
create table spreadsheet_versions (
  spreadsheet bytea primary key,
  version bigint not null,
  unsettled_until timestamptz not null
) with (fillfactor = 50);
`;

const access = `
alter table spreadsheet_versions enable row level security;
alter table spreadsheet_versions force row level security;
create policy system_jobs on spreadsheet_versions for all to integration_system
  using (current_user = 'integration_system') with check (current_user = 'integration_system');
grant select, insert, update on spreadsheet_versions to integration_system;
`;
