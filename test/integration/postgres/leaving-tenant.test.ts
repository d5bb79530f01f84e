import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { openDatabase, type Database } from '../../../src/infrastructure/postgres/database.ts';
import { asSystem } from '../../../src/infrastructure/postgres/tenant-session.ts';
import { OTHER_TENANT, TENANT } from '../../support/an-external-service.ts';
import { migratedCopy, type FreshDatabase } from '../../support/postgres-server.ts';
import { insertSample, tablesOf, type Table } from '../../support/sample-rows.ts';

const page = readFileSync('docs/operations.md', 'utf8');
/** The statement that generates the deletions, which psql's \\gexec would run line by line. */
const [, recipe = ''] = /```sql\n\\set tenant TENANT\n(select format[^`]+)\\gexec\n```/.exec(page) ?? [];

describe('the instructions of operations.md for a tenant that leaves', () => {
  let fresh: FreshDatabase;
  let database: Database;
  let tables: readonly Table[];

  before(async () => {
    fresh = await migratedCopy();
    database = await openDatabase({ url: fresh.url, migrate: false, poolSize: 2 });
    tables = (await tablesOf(database)).filter(({ tenantColumn, partition }) => tenantColumn && !partition);
    for (const table of tables)
      for (const tenant of [TENANT, OTHER_TENANT])
        await asSystem(database, (session) => insertSample(session, table, tenant));
    await database.pool.query(
      'update webhook_configs w set source_service_id = s.id from external_services s where s.management_company_id = w.management_company_id',
    );
  });
  after(async () => {
    await database.close();
    await fresh.drop();
  });

  it('remove everything stored of it except events in transit, and nothing of others', async () => {
    const lines = await database.pool.query<{ format: string }>(recipe.replace(":'tenant'", `'${TENANT}'`));
    for (const { format } of lines.rows) await database.pool.query(format);
    for (const { name } of tables) {
      const { rows } = await database.pool.query(`select management_company_id as t from ${name} order by 1`);
      const left = name === 'outbox_messages' ? [TENANT, OTHER_TENANT] : [OTHER_TENANT];
      expect(
        rows.map(({ t }) => t),
        name,
      ).to.deep.equal(left.toSorted());
    }
  });
});
