import type { QueryResult } from 'pg';
import { isLeft } from '../../domain/shared/fp.ts';
import type { SecretBox } from '../../domain/shared/secret-box.ts';
import type { Database } from './database.ts';
import { asSystem, queryAsSystem, type Session } from './tenant-session.ts';

/** `unreadable` secrets were left as they are: their key is not configured, or they are damaged. */
export type KeyRotation = {
  readonly resealed: number;
  readonly unreadable: readonly { readonly id: string; readonly field: string }[];
};

type SealedColumn = { readonly field: string; readonly read: string; readonly write: (n: number) => string };
type SealedTable = {
  readonly name: string;
  /** The UUID that names a row, and what its envelopes are bound to. */
  readonly id: string;
  readonly bound: string;
  readonly columns: readonly SealedColumn[];
  /** Rows without an envelope, left out. */
  readonly only: string;
  readonly also: string;
};
type SealedRow = {
  readonly id: string;
  readonly bound: string;
  readonly tenant: string;
  readonly [field: string]: string | null;
};

const text = (field: string): SealedColumn => ({ field, read: field, write: (n) => `$${n}` });
const jsonText = (field: string): SealedColumn => ({
  field,
  read: `${field} #>> '{}' as ${field}`,
  write: (n) => `to_jsonb($${n}::text)`,
});

/** Raising the version makes a change that read the old envelope start again, instead of writing it back. */
const sealedTables: readonly SealedTable[] = [
  {
    name: 'external_services',
    id: 'id',
    bound: 'id',
    columns: [text('api_key'), jsonText('credentials')],
    only: 'true',
    also: ', version = version + 1',
  },
  {
    name: 'webhook_secrets',
    id: 'id',
    bound: 'id',
    columns: [text('secret_key')],
    only: 'true',
    also: '',
  },
  {
    name: 'idempotency_keys',
    id: 'lease_id',
    bound: 'key',
    columns: [text('sealed_answer')],
    only: 'sealed_answer is not null',
    also: '',
  },
];

const BATCH = 200;
const BEFORE_ALL = '00000000-0000-0000-0000-000000000000';

/**
 * Seals every stored secret anew that an older key sealed. One transaction a row, so that it may run beside the
 * service and be stopped and started again at any point: what is done is not done twice.
 */
export const rotateKeys = async (database: Pick<Database, 'pool'>, box: SecretBox): Promise<KeyRotation> => {
  const rotations: KeyRotation[] = [];
  for (const table of sealedTables)
    for await (const row of rowsOf(database, table))
      if (staleColumns(table, row, box).length > 0)
        rotations.push(await asSystem(database, (session) => resealRow(session, table, row.id, box)));
  return {
    resealed: rotations.reduce((sum, { resealed }) => sum + resealed, 0),
    unreadable: rotations.flatMap(({ unreadable }) => unreadable),
  };
};

const selectOf = ({ name, id, bound, columns, only }: SealedTable): string =>
  `select ${id} as id, ${bound}::text as bound, management_company_id as tenant,
    ${columns.map(({ read }) => read).join(', ')} from ${name} where ${only}`;

async function* rowsOf(database: Pick<Database, 'pool'>, table: SealedTable): AsyncGenerator<SealedRow> {
  const page = `${selectOf(table)} and ${table.id} > $1 order by ${table.id} limit ${BATCH}`;
  let after: string | undefined = BEFORE_ALL;
  while (after !== undefined) {
    const { rows }: QueryResult<SealedRow> = await queryAsSystem(database, page, [after]);
    yield* rows;
    after = rows.length < BATCH ? undefined : rows.at(-1)?.id;
  }
}

const staleColumns = ({ columns }: SealedTable, row: SealedRow, box: SecretBox): readonly SealedColumn[] =>
  columns.filter(({ field }) => {
    const envelope = row[field];
    return typeof envelope === 'string' && box.needsResealing(envelope);
  });

/** Reads the row again under a lock: whoever changed it since the page was read has the last word. */
const resealRow = async (
  session: Session,
  table: SealedTable,
  id: string,
  box: SecretBox,
): Promise<KeyRotation> => {
  const { rows } = await session.query<SealedRow>(`${selectOf(table)} and ${table.id} = $1 for update`, [id]);
  const [row] = rows;
  if (row === undefined) return { resealed: 0, unreadable: [] };
  const opened = staleColumns(table, row, box).map((column) => {
    const binding = { tenantId: row.tenant, rowId: row.bound, field: column.field };
    const plain = box.open(row[column.field] as string, binding);
    return { column, envelope: isLeft(plain) ? undefined : box.seal(plain.right, binding) };
  });
  const resealed = opened.filter(({ envelope }) => envelope !== undefined);
  if (resealed.length > 0) {
    const sets = resealed.map(({ column }, index) => `${column.field} = ${column.write(index + 2)}`);
    const values = resealed.map(({ envelope }) => envelope);
    await session.query(`update ${table.name} set ${sets.join(', ')}${table.also} where ${table.id} = $1`, [
      id,
      ...values,
    ]);
  }
  const unreadable = opened.filter(({ envelope }) => envelope === undefined);
  return {
    resealed: resealed.length,
    unreadable: unreadable.map(({ column }) => ({ id, field: column.field })),
  };
};
