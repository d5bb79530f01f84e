import type { QueryResult } from 'pg';
import { isLeft } from '../../../domain/shared/fp.ts';
import type { SecretBox } from '../../../domain/shared/secret-box.ts';
import type { Database } from '../database.ts';
import {
  sealedTables,
  selectOf,
  type SealedColumn,
  type SealedRow,
  type SealedTable,
} from './sealed-tables.ts';
import { asSystem, queryAsSystem, type Session } from '../tenant-session.ts';

/** `unreadable` secrets were left as they are: their key is not configured, or they are damaged. */
export type KeyRotation = {
  readonly resealed: number;
  readonly unreadable: readonly { readonly id: string; readonly field: string }[];
};

const BATCH = 200;
const BEFORE_ALL = '00000000-0000-0000-0000-000000000000';

/**
 * Seals every stored secret again that was sealed with an older key. One transaction per row, so that it can run beside
 * the service, be interrupted and be repeated: what is done is not done twice.
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

/** Reads the row again under a lock, so that a change made since the page was read is not overwritten. */
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
  const resealed = opened.flatMap(({ column, envelope }) =>
    envelope === undefined ? [] : [{ column, envelope }],
  );
  if (resealed.length > 0) await store(session, table, id, resealed);
  const unreadable = opened.filter(({ envelope }) => envelope === undefined);
  return {
    resealed: resealed.length,
    unreadable: unreadable.map(({ column }) => ({ id, field: column.field })),
  };
};

const store = async (
  session: Session,
  table: SealedTable,
  id: string,
  resealed: readonly { readonly column: SealedColumn; readonly envelope: string }[],
): Promise<void> => {
  const sets = resealed.map(({ column }, index) => `${column.field} = ${column.write(index + 2)}`);
  const text = `update ${table.name} set ${sets.join(', ')}${table.also} where ${table.id} = $1 and ${table.only}`;
  await session.query(text, [id, ...resealed.map(({ envelope }) => envelope)]);
};
