import { expect } from 'chai';
import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { openDatabase, type Database } from '../../../src/infrastructure/postgres/database.ts';
import { isDependencyLost } from '../../../src/infrastructure/postgres/dependency-lost.ts';
import { asSystem, inTenant, type Session } from '../../../src/infrastructure/postgres/tenant-session.ts';
import { OTHER_TENANT, TENANT } from '../../support/an-external-service.ts';
import { freshDatabase, type FreshDatabase } from '../../support/postgres-server.ts';
import { insertSample, tablesOf, type Table } from '../../support/sample-rows.ts';

/** Tables that belong to no tenant. A new one must be added here deliberately. */
const GLOBAL_TABLES = [
  'ip_range_sets',
  'mikro_orm_migrations',
  'spreadsheet_versions',
  'spreadsheet_writers',
];

const INSUFFICIENT_PRIVILEGE = '42501';

/** The SQLSTATE with which a piece of work fails; undefined when it succeeds. */
const refusalOf = async (work: Promise<unknown>): Promise<string | undefined> => {
  try {
    await work;
    return undefined;
  } catch (error) {
    return error instanceof pg.DatabaseError ? error.code : String(error);
  }
};

const withoutTenant = async <A>(
  database: Database,
  setting: string,
  work: (session: Session) => Promise<A>,
): Promise<A> => {
  const client = await database.pool.connect();
  try {
    await client.query(`begin; set local role integration_app; ${setting}`);
    return await work(client);
  } finally {
    await client.query('rollback');
    client.release();
  }
};

describe('row-level security', () => {
  let fresh: FreshDatabase;
  let database: Database;
  let all: readonly Table[];
  let tenantTables: readonly Table[];

  before(async () => {
    fresh = await freshDatabase();
    database = await openDatabase({ url: fresh.url, migrate: true, poolSize: 3 });
    all = await tablesOf(database);
    tenantTables = all.filter(({ tenantColumn, partition }) => tenantColumn && !partition);
    for (const table of tenantTables)
      for (const tenant of [TENANT, OTHER_TENANT])
        await asSystem(database, (session) => insertSample(session, table, tenant));
  });
  after(async () => {
    await database.close();
    await fresh.drop();
  });

  it('covers every table: none is without a tenant except those listed here', () => {
    expect(all.filter(({ tenantColumn }) => !tenantColumn).map(({ name }) => name)).to.deep.equal(
      GLOBAL_TABLES,
    );
    expect(tenantTables.map(({ name }) => name)).to.include.members([
      'external_services',
      'integration_logs',
      'outbox_messages',
    ]);
  });

  it('is enabled and forced on every tenant table', async () => {
    const { rows } = await database.pool.query(
      'select relname from pg_class where relname = any($1) and relrowsecurity and relforcerowsecurity order by relname',
      [tenantTables.map(({ name }) => name)],
    );
    expect(rows.map(({ relname }) => relname)).to.deep.equal(tenantTables.map(({ name }) => name));
  });

  it('shows a tenant its own rows only, although the query does not filter', async () => {
    for (const { name } of tenantTables)
      for (const tenant of [TENANT, OTHER_TENANT]) {
        const { rows } = await inTenant(database, tenant, (session) =>
          session.query(`select * from ${name}`),
        );
        expect(
          rows.map((row) => row.management_company_id),
          name,
        ).to.deep.equal([tenant]);
      }
  });

  for (const [name, setting] of [
    ['no tenant was ever set', ''],
    ['the tenant is empty', "select set_config('app.tenant', '', true)"],
    ['the tenant is unknown', "select set_config('app.tenant', 'nobody', true)"],
  ] as const)
    it(`shows and accepts nothing when ${name}`, async () => {
      for (const table of tenantTables) {
        const { rowCount } = await withoutTenant(database, setting, (session) =>
          session.query(`select * from ${table.name}`),
        );
        expect(rowCount, table.name).to.equal(0);
        const refusal = await refusalOf(
          withoutTenant(database, setting, (session) => insertSample(session, table, TENANT)),
        );
        expect(refusal, table.name).to.equal(INSUFFICIENT_PRIVILEGE);
      }
    });

  it('refuses rows for another tenant, both new and moved ones', async () => {
    for (const table of tenantTables) {
      const added = await refusalOf(
        inTenant(database, TENANT, (session) => insertSample(session, table, OTHER_TENANT)),
      );
      expect(added, table.name).to.equal(INSUFFICIENT_PRIVILEGE);
      const moved = await refusalOf(
        inTenant(database, TENANT, (session) =>
          session.query(`update ${table.name} set management_company_id = $1`, [OTHER_TENANT]),
        ),
      );
      expect(moved, table.name).to.equal(INSUFFICIENT_PRIVILEGE);
    }
  });

  it('reports such a refusal as a bug, but a missing privilege as a failure of the database', async () => {
    const refused = (work: (session: Session) => Promise<unknown>) =>
      inTenant(database, TENANT, work).then(
        () => expect.fail('not refused'),
        (error: unknown) => error,
      );
    const [table] = tenantTables;
    const ofAnother = await refused((session) => insertSample(session, table as Table, OTHER_TENANT));
    const withoutRight = await refused((session) => session.query('truncate integration_logs'));
    expect(isDependencyLost(ofAnother)).to.equal(false);
    expect(isDependencyLost(withoutRight)).to.equal(true);
  });

  it("neither changes nor removes another tenant's rows", async () => {
    for (const { name } of tenantTables)
      for (const statement of [
        `update ${name} set management_company_id = management_company_id`,
        `delete from ${name}`,
      ]) {
        const changed = await inTenant(database, TENANT, (session) =>
          session.query(`${statement} where management_company_id = $1`, [OTHER_TENANT]),
        ).then(
          ({ rowCount }) => rowCount,
          (error: pg.DatabaseError) => error.code,
        );
        expect(changed, statement).to.be.oneOf([0, INSUFFICIENT_PRIVILEGE]);
      }
    for (const { name } of tenantTables) {
      const { rows } = await asSystem(database, (session) =>
        session.query(`select management_company_id as t from ${name} order by 1`),
      );
      expect(rows, name).to.deep.equal([{ t: TENANT }, { t: OTHER_TENANT }]);
    }
  });

  it('cannot be bypassed through a partition', async () => {
    const partitions = all.filter(({ partition }) => partition);
    expect(partitions).to.not.deep.equal([]);
    for (const { name } of partitions) {
      const refusal = await refusalOf(
        inTenant(database, TENANT, (session) => session.query(`select * from ${name}`)),
      );
      expect(refusal, name).to.equal(INSUFFICIENT_PRIVILEGE);
    }
  });

  for (const statement of [
    'alter table external_services disable row level security',
    'alter table external_services no force row level security',
    'drop policy tenant_only on external_services',
    'alter table external_services add column extra text',
    'alter role integration_app bypassrls',
    'set local role integration_system; create table more (id int)',
    'create or replace function app_tenant() returns text language sql return null',
    'delete from integration_logs',
    'update integration_logs set status = status',
    'truncate integration_logs',
    'truncate external_services',
    'drop table integration_logs',
    'delete from outbox_messages',
    'select * from mikro_orm_migrations',
  ])
    it(`does not let the application role run: ${statement}`, async () => {
      const refusal = await refusalOf(inTenant(database, TENANT, (session) => session.query(statement)));
      expect(refusal).to.equal(INSUFFICIENT_PRIVILEGE);
    });

  it('fails, rather than being bypassed, when it is switched off for the session', async () => {
    const refusal = await refusalOf(
      inTenant(database, TENANT, async (session) => {
        await session.query('set local row_security = off');
        await session.query('select * from external_services');
      }),
    );
    expect(refusal).to.equal(INSUFFICIENT_PRIVILEGE);
  });

  it('holds for roles that cannot log in, own nothing and belong to nobody', async () => {
    const { rows } = await database.pool.query(`
      select rolname, rolcanlogin or rolsuper or rolbypassrls or rolcreaterole or rolcreatedb as strong,
        exists (select from pg_auth_members where member = r.oid) as member,
        exists (select from pg_class where relowner = r.oid) as owner
      from pg_roles r where rolname in ('integration_app', 'integration_system') order by rolname`);
    const weak = { strong: false, member: false, owner: false };
    expect(rows).to.deep.equal([
      { rolname: 'integration_app', ...weak },
      { rolname: 'integration_system', ...weak },
    ]);
  });

  it('also applies to an ordinary login, which can migrate and serve but sees nothing without a role', async () => {
    const login = `t_login_${randomBytes(6).toString('hex')}`;
    await database.pool.query(
      `create role ${login} login createrole password 'local'; grant integration_app, integration_system to ${login}`,
    );
    const own = await freshDatabase();
    try {
      const name = new URL(own.url).pathname.slice(1);
      await database.pool.query(`alter database ${name} owner to ${login}`);
      const url = new URL(own.url);
      url.username = login;
      url.password = 'local';
      const ordinary = await openDatabase({ url: url.href, migrate: true, poolSize: 2 });
      const services = all.find((table) => table.name === 'external_services') as Table;
      await inTenant(ordinary, TENANT, (session) => insertSample(session, services, TENANT));
      expect((await ordinary.pool.query('select * from external_services')).rowCount).to.equal(0);
      // Foreign keys are checked regardless of the policies, even for an owner on whom these are forced.
      const pointed = await inTenant(ordinary, TENANT, (session) =>
        session.query('update external_services set fallback_service_id = id'),
      );
      expect(pointed.rowCount).to.equal(1);
      expect(
        (await inTenant(ordinary, TENANT, (s) => s.query('select * from external_services'))).rowCount,
      ).to.equal(1);
      await ordinary.close();
    } finally {
      await own.drop();
      await database.pool.query(`drop role ${login}`);
    }
  });
});
