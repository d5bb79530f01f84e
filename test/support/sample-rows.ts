import { randomBytes, randomUUID } from 'node:crypto';
import type { Database } from '../../src/infrastructure/postgres/database.ts';
import type { Session } from '../../src/infrastructure/postgres/tenant-session.ts';
import { OTHER_TENANT, TENANT } from './an-external-service.ts';

type Column = { readonly name: string; readonly type: string };
/** A table as described by information_schema; the columns in `required` must be set in each row. */
export type Table = {
  readonly name: string;
  readonly partition: boolean;
  readonly tenantColumn: boolean;
  readonly required: readonly Column[];
};

export const tablesOf = async (database: Database): Promise<readonly Table[]> => {
  const { rows } = await database.pool.query<Table>(`
    select t.table_name as name,
      exists (select from pg_inherits where inhrelid = format('%I', t.table_name)::regclass) as partition,
      bool_or(c.column_name = 'management_company_id') as "tenantColumn",
      json_agg(json_build_object('name', c.column_name, 'type', c.data_type) order by c.ordinal_position)
        filter (where c.is_nullable = 'NO' and c.column_default is null and c.is_identity = 'NO') as required
    from information_schema.tables t join information_schema.columns c using (table_schema, table_name)
    where t.table_schema = 'public' and t.table_type = 'BASE TABLE'
    group by t.table_name order by t.table_name`);
  return rows;
};

/** Columns whose values are restricted by a check constraint; other values follow from the type. */
const CHECKED: { readonly [column: string]: string } = {
  service_type: 'geocoding',
  window_type: 'minute',
  'webhook_secrets.kind': 'hmac',
  'webhook_secrets.state': 'current',
};

/** The one webhook of each tenant, which other tables refer to. */
const WEBHOOKS = new Map<string, string>([TENANT, OTHER_TENANT].map((tenant) => [tenant, randomUUID()]));

/** Some columns are unique across all tenants. */
let integers = 0;

const sample = (tenant: string, table: string, { name, type }: Column): unknown => {
  if (name === 'management_company_id') return tenant;
  if (name === 'webhook_id' || (table === 'webhook_configs' && name === 'id')) return WEBHOOKS.get(tenant);
  const byType: { readonly [type: string]: unknown } = {
    uuid: randomUUID(),
    bytea: randomBytes(8),
    text: CHECKED[`${table}.${name}`] ?? CHECKED[name] ?? `${name} of ${tenant} ${randomUUID()}`,
    character: 'USD',
    integer: (integers += 1),
    bigint: 1,
    numeric: 1,
    boolean: true,
    jsonb: '{}',
    ARRAY: [],
    'timestamp with time zone': '2026-11-22T12:00:00Z',
  };
  if (!(type in byType)) throw new Error(`tell this test how to fill ${name} ${type}`);
  return byType[type];
};

/** Inserts a row of this tenant that sets only the required columns. */
export const insertSample = (session: Session, table: Table, tenant: string) => {
  const columns = [...table.required];
  if (!columns.some(({ name }) => name === 'management_company_id'))
    columns.push({ name: 'management_company_id', type: 'text' });
  return session.query(
    `insert into ${table.name} (${columns.map(({ name }) => name).join(', ')})
     values (${columns.map((_, index) => `$${index + 1}`).join(', ')})`,
    columns.map((column) => sample(tenant, table.name, column)),
  );
};
