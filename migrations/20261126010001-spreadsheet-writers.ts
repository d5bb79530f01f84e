import { Migration } from '@mikro-orm/migrations';

/** Who writes to a spreadsheet now, over all replicas and tenants. */
export class SpreadsheetWriters extends Migration {
  override up(): void {
    for (const sql of [writers, access]) this.addSql(sql);
  }

  override down(): void {
    this.addSql('drop table if exists spreadsheet_writers');
  }
}

// Leases by this server's clock. The turn is taken for one that waits (next_holder), so that whoever
// gives it back does not get it again before it. The row of a spreadsheet is named by the SHA-256 of its id.
const writers = `
create table spreadsheet_writers (
  spreadsheet bytea primary key,
  holder uuid not null,
  asked_at timestamptz not null,
  held_until timestamptz not null,
  next_holder uuid,
  next_until timestamptz
) with (fillfactor = 50);
`;

const access = `
alter table spreadsheet_writers enable row level security;
alter table spreadsheet_writers force row level security;
create policy system_jobs on spreadsheet_writers for all to integration_system
  using (current_user = 'integration_system') with check (current_user = 'integration_system');
grant select, insert, update, delete on spreadsheet_writers to integration_system;
`;
