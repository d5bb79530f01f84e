import { sql } from 'kysely';
import type { KeysInTransaction } from '../../../domain/idempotency/kept-answers.ts';
import type { SecretBox } from '../../../domain/shared/secret-box.ts';
import type { TenantId } from '../../../domain/shared/tenant-context.ts';
import type { OrmTransaction } from '../orm-transaction.ts';
import { answerIn, bindingOf, type SealedRow } from './postgres-kept-answers.ts';

type ClaimRow = SealedRow & { readonly mine: boolean; readonly claimed: boolean; readonly known: boolean };

/** By then most of these transactions are over. */
const ASK_AGAIN_MS = 1_000;
/**
 * Takes the place of a request's fingerprint, which is never spelt so: to `IdempotencyKeys` a key of this kind belongs
 * to another request, and vice versa.
 */
const SEALED = 'sealed';
/** First number of the advisory lock: "keys". */
const LOCK = 1_801_812_339;

/**
 * The lock is tried rather than waited for, so that requests with a key under way hold no connection. The existing row
 * is read in the snapshot from before this statement: one that was committed just now is not visible yet.
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
      set sealed_answer = ${sealed}, finished_at = clock_timestamp()
      where management_company_id = ${tenant} and key = ${request.key}`.execute(queries);
  },
});
