import { sql } from 'kysely';
import type { KeyedRequest } from '../../domain/idempotency/idempotency-keys.ts';
import type { KeptAnswers, KeysInTransaction, KnownAnswer } from '../../domain/idempotency/kept-answers.ts';
import { isLeft } from '../../domain/shared/fp.ts';
import type { Json } from '../../domain/shared/json.ts';
import type { SecretBinding, SecretBox } from '../../domain/shared/secret-box.ts';
import type { TenantId } from '../../domain/shared/tenant-context.ts';
import type { Database } from './database.ts';
import type { OrmTransaction } from './orm-transaction.ts';
import { queryInTenant } from './tenant-session.ts';

type SealedRow = { readonly sealed_answer: string | null };
type ClaimRow = SealedRow & { readonly mine: boolean; readonly claimed: boolean; readonly known: boolean };

/** Most such transactions are over by then. */
const ASK_AGAIN_MS = 1_000;
/** No hash of a request is spelled so: a key of this kind is another request to `IdempotencyKeys`, and vice versa. */
const SEALED = 'sealed';
/** The first number of the lock: "keys". */
const LOCK = 1_801_812_339;

const FIND = `select sealed_answer from idempotency_keys where management_company_id = $1 and key = $2`;

/** Answers in `idempotency_keys`, seen by each tenant for itself. */
export const postgresKeptAnswers = (database: Pick<Database, 'pool'>, secretBox: SecretBox): KeptAnswers => ({
  find: async (tenant, request) => {
    const { rows } = await queryInTenant<SealedRow>(database, tenant, FIND, [tenant, request.key]);
    return rows[0] === undefined ? { kind: 'unknown' } : answerIn(secretBox, tenant, request, rows[0]);
  },
});

/**
 * The lock is tried, not waited for: requests of a key that is under way hold no connection. What is not claimed is
 * read beside it, from before this statement: a row of somebody who has just committed is not seen yet.
 */
export const keysInTransaction = (
  { queries }: OrmTransaction,
  tenant: TenantId,
  secretBox: SecretBox,
): KeysInTransaction => ({
  claim: async (request) => {
    const { rows } = await sql<ClaimRow>`
      with turn as materialized (
        select pg_try_advisory_xact_lock(${LOCK}, hashtext(${tenant} || ' ' || ${request.key})) as mine
      ), claimed as (
        insert into idempotency_keys (management_company_id, key, fingerprint, lease_id, leased_until)
        select ${tenant}, ${request.key}, ${SEALED}, gen_random_uuid(), now() from turn where mine
        on conflict do nothing returning key
      )
      select turn.mine, exists (select from claimed) as claimed, known.key is not null as known, known.sealed_answer
      from turn left join idempotency_keys as known
        on known.management_company_id = ${tenant} and known.key = ${request.key}`.execute(queries);
    const [row] = rows;
    if (row?.claimed === true) return { kind: 'claimed' };
    if (row?.mine !== true || !row.known) return { kind: 'running', retryAfterMs: ASK_AGAIN_MS };
    return answerIn(secretBox, tenant, request, row);
  },
  finish: async (request, answer) => {
    const kept = JSON.stringify({ fingerprint: request.fingerprint, answer });
    const sealed = secretBox.seal(kept, bindingOf(tenant, request));
    await sql`update idempotency_keys
      set sealed_answer = ${sealed}, finished_at = clock_timestamp(), used_at = clock_timestamp()
      where management_company_id = ${tenant} and key = ${request.key}`.execute(queries);
  },
});

const bindingOf = (tenantId: TenantId, { key }: KeyedRequest): SecretBinding => ({
  tenantId,
  rowId: key,
  field: 'sealed_answer',
});

const answerIn = (
  secretBox: SecretBox,
  tenant: TenantId,
  request: KeyedRequest,
  { sealed_answer: sealed }: SealedRow,
): Exclude<KnownAnswer, { readonly kind: 'unknown' }> => {
  if (sealed === null) return { kind: 'mismatch' };
  const opened = secretBox.open(sealed, bindingOf(tenant, request));
  if (isLeft(opened)) throw new Error(`a kept answer does not open: ${opened.left.reason}`);
  // Sealed and unchanged, so it is what `finish` wrote.
  const kept = JSON.parse(opened.right) as { readonly fingerprint: string; readonly answer: Json };
  return kept.fingerprint === request.fingerprint
    ? { kind: 'finished', answer: kept.answer }
    : { kind: 'mismatch' };
};
