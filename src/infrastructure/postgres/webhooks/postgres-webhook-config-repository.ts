import { sql, type Kysely } from 'kysely';
import type { DatabaseError } from 'pg';
import type { TenantId } from '../../../domain/shared/tenant-context.ts';
import { isUuid } from '../../../domain/shared/uuid.ts';
import type { WebhookConfigRepository } from '../../../domain/webhook/webhook-config-repository.ts';
import type { WebhookConfig } from '../../../domain/webhook/webhook-config.ts';
import type { OrmTransaction } from '../orm-transaction.ts';
import type { Tables } from '../orm/records.ts';
import { versionedRemoval } from '../orm/versioned-removal.ts';
import {
  administeredWebhook,
  rowFromSecret,
  rowFromWebhook,
  SELECT_WEBHOOK,
  webhookFromRow,
  type WebhookRow,
} from './webhook-config-row.ts';
import { additionsTurn } from '../unit-of-work/additions-turn.ts';
import { FOREIGN_KEY_VIOLATION } from '../connection/sql-state.ts';

const TABLE = 'webhook_configs';
const NAME_INDEX = 'ix_webhook_configs_tenant_name';

/** Webhooks of one tenant with their secrets, inside the transaction of a unit of work. */
export const postgresWebhookConfigRepository = (
  transaction: OrmTransaction,
  tenant: TenantId,
): WebhookConfigRepository => ({
  byId: async (id) => (isUuid(id) ? lockedWebhook(transaction, tenant, id) : undefined),
  count: async () => {
    await additionsTurn(transaction.queries, tenant);
    const { count } = await transaction.queries
      .selectFrom(TABLE)
      .select(({ fn }) => fn.countAll<string>().as('count'))
      .where('management_company_id', '=', tenant)
      .executeTakeFirstOrThrow();
    return Number(count);
  },
  add: (config) =>
    transaction.attempt<'added' | 'name-taken' | 'source-unknown'>(async (inner) => {
      await inner.insertInto(TABLE).values(rowFromWebhook(config)).execute();
      await writeSecrets(inner, config);
      return 'added';
    }, refusalOf),
  update: (config, expectedVersion) => change(transaction, tenant, config, expectedVersion),
  remove: async (id, expectedVersion) =>
    isUuid(id)
      ? versionedRemoval(transaction.queries, TABLE, tenant, id, expectedVersion)
      : 'version-changed',
});

const lockedWebhook = async (
  { queries }: OrmTransaction,
  tenant: TenantId,
  id: string,
): Promise<WebhookConfig | undefined> => {
  if (!(await isLocked(queries, tenant, id))) return undefined;
  const query = sql<WebhookRow>`${sql.raw(SELECT_WEBHOOK)} where c.management_company_id = ${tenant} and c.id = ${id}`;
  const row = (await query.execute(queries)).rows[0];
  return row && webhookFromRow(row);
};

const change = (
  { attempt }: OrmTransaction,
  tenant: TenantId,
  config: WebhookConfig,
  expectedVersion: number,
): ReturnType<WebhookConfigRepository['update']> =>
  attempt<'updated' | 'name-taken' | 'source-unknown' | 'version-changed'>(async (inner) => {
    if (config.status !== 'archived' && (await isNameTaken(inner, tenant, config))) return 'name-taken';
    const { numUpdatedRows } = await inner
      .updateTable(TABLE)
      .set({ ...administeredWebhook(config), ...usesOf(config) })
      .where('management_company_id', '=', tenant)
      .where('id', '=', config.id)
      .where('version', '=', expectedVersion)
      .executeTakeFirstOrThrow();
    if (numUpdatedRows === 0n) return 'version-changed';
    await writeSecrets(inner, config);
    return 'updated';
  }, refusalOf);

/**
 * Checked before the unique index does: the index waits for a transaction that is giving the name up, so two that swap
 * names would deadlock. The name of a webhook locked by `byId` is read as it was before.
 */
const isNameTaken = async (
  queries: Kysely<Tables>,
  tenant: TenantId,
  { id, name }: WebhookConfig,
): Promise<boolean> => {
  const row = await queries
    .selectFrom(TABLE)
    .select('id')
    .where('management_company_id', '=', tenant)
    .where('webhook_name', '=', name)
    .where('status', '<>', 'archived')
    .where('id', '<>', id)
    .executeTakeFirst();
  return row !== undefined;
};

/** A statement of its own: the secrets must be read as they are once the lock is held, not as before. */
const isLocked = async (queries: Kysely<Tables>, tenant: TenantId, id: string): Promise<boolean> => {
  const row = await queries
    .selectFrom(TABLE)
    .select('id')
    .where('management_company_id', '=', tenant)
    .where('id', '=', id)
    .forNoKeyUpdate()
    .executeTakeFirst();
  return row !== undefined;
};

const refusalOf = (error: DatabaseError): 'name-taken' | 'source-unknown' | undefined => {
  if (error.constraint === NAME_INDEX) return 'name-taken';
  return error.code === FOREIGN_KEY_VIOLATION && error.table === TABLE ? 'source-unknown' : undefined;
};

/** A new previous address starts counting from zero; for the same one, uses counted meanwhile are kept. */
const usesOf = ({ address: { previous } }: WebhookConfig) => {
  const same = sql`previous_token_hash is not distinct from ${previous?.hash ?? null}`;
  return {
    previous_token_uses: sql<string>`case when ${same} then previous_token_uses else 0 end`,
    previous_token_used_at: sql<Date | null>`case when ${same} then previous_token_used_at end`,
  };
};

/**
 * Oldest first: only one secret can be current at a time, so the last one must step back before the new one is written.
 */
const writeSecrets = async (queries: Kysely<Tables>, config: WebhookConfig): Promise<void> => {
  const rows = config.secrets
    .toSorted((a, b) => a.version - b.version)
    .map((secret) => rowFromSecret(config, secret));
  const gone = queries
    .deleteFrom('webhook_secrets')
    .where('management_company_id', '=', config.tenantId)
    .where('webhook_id', '=', config.id);
  const kept = rows.map(({ id }) => id);
  await (kept.length === 0 ? gone : gone.where('id', 'not in', kept)).execute();
  for (const row of rows)
    await queries
      .insertInto('webhook_secrets')
      .values(row)
      .onConflict((conflict) =>
        conflict.column('id').doUpdateSet({ state: row.state, valid_until: row.valid_until }),
      )
      .execute();
};
