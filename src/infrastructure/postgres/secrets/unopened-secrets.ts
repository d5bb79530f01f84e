import { isLeft } from '../../../domain/shared/fp.ts';
import type { SecretBox } from '../../../domain/shared/secret-box.ts';
import type { Database } from '../database.ts';
import { sealedTables, selectOf, type SealedRow, type SealedTable } from './sealed-tables.ts';
import { queryAsSystem } from '../tenant-session.ts';

/** How many of the secrets checked cannot be decrypted, and the ids of the keys that sealed them. */
export type UnopenedSecrets = {
  readonly looked: number;
  readonly unopened: number;
  readonly keyIds: readonly string[];
};

/** The newest of each table, which is enough to detect a missing or wrong key, however many rows there are. */
const LOOKED_AT = 100;

/** Tries to decrypt stored secrets with the configured keys: after a restore these may not match. */
export const unopenedSecrets = async (
  database: Pick<Database, 'pool'>,
  box: SecretBox,
): Promise<UnopenedSecrets> => {
  const envelopes = (await Promise.all(sealedTables.map((table) => newestOf(database, table)))).flat();
  const unopened = envelopes.filter(({ envelope, binding }) => isLeft(box.open(envelope, binding)));
  return {
    looked: envelopes.length,
    unopened: unopened.length,
    keyIds: [...new Set(unopened.map(({ envelope }) => keyIdOf(envelope)))].toSorted(),
  };
};

const newestOf = async (database: Pick<Database, 'pool'>, table: SealedTable) => {
  const newest = `${selectOf(table)} order by ${table.id} desc limit ${LOOKED_AT}`;
  const { rows } = await queryAsSystem<SealedRow>(database, newest, []);
  return rows.flatMap((row) =>
    table.columns.flatMap(({ field }) => {
      const envelope = row[field];
      const binding = { tenantId: row.tenant, rowId: row.bound, field };
      return typeof envelope === 'string' ? [{ envelope, binding }] : [];
    }),
  );
};

/** Reads the key id of `v1.<key id>.…`; of anything else nothing may be disclosed. */
const keyIdOf = (envelope: string): string => /^v1\.([\w-]{1,32})\./.exec(envelope)?.[1] ?? 'unknown';
