import type { Pool } from 'pg';
import type { CommandAnswer } from '../../../application/command-queue.ts';
import type { Claim, CommandLease, CommandReceipts } from '../../../application/command-receipts.ts';
import type { IdSource } from '../../../domain/shared/clock.ts';
import { removal, removeInTurns } from '../remove-in-turns.ts';
import { queryInTenant } from '../tenant-session.ts';

type Deps = {
  readonly database: { readonly pool: Pool };
  readonly ids: IdSource;
  /** Lease of a claim in milliseconds: how long a command waits whose consumer crashed. */
  readonly leaseMs: number;
};

/** Bytes in UTF-8. Geocodes take some kilobytes; larger answers are sent once and not kept. */
export const LARGEST_KEPT_ANSWER = 256 * 1024;

// An expired lease is taken over in the same statement. A row that could not be claimed is read in the snapshot from
// before this statement. The commit does not wait for the disk: if a crash of PostgreSQL loses the claim, the work
// begins anew anyway.
const CLAIM = `with claimed as (
    insert into command_receipts as known (management_company_id, message_id, type, body_hash, lease_id, leased_until)
    values ($1, $2, $3, $4, $5, clock_timestamp() + $6 * interval '1 millisecond')
    on conflict (management_company_id, message_id) do update
      set lease_id = excluded.lease_id, leased_until = excluded.leased_until, claims = known.claims + 1
      where known.finished_at is null and known.leased_until < clock_timestamp()
        and known.type = excluded.type and known.body_hash = excluded.body_hash
    returning claims)
  select set_config('synchronous_commit', 'off', true), (select claims from claimed) as claims, type = $3 and body_hash = $4 as same,
    finished_at is not null as finished, answer_status as status, answer_content_type as "contentType", answer_body as body
  from (select $1::text as management_company_id, $2::text as message_id) as asked
  left join command_receipts using (management_company_id, message_id)`;

const HELD = 'management_company_id = $1 and message_id = $2 and lease_id = $3 and finished_at is null';
const RENEW = `update command_receipts set leased_until = clock_timestamp() + $4 * interval '1 millisecond' where ${HELD}`;
const FINISH = `update command_receipts set finished_at = clock_timestamp(),
  answer_status = $4, answer_content_type = $5, answer_body = $6 where ${HELD}`;
const RELEASE = `delete from command_receipts where ${HELD}`;

/** Only successes can contain anything that a licence forbids to keep. */
const ANSWERED = 200;

const REMOVE = removal('command_receipts', 'received_at < $1');

type Row = {
  /** How often it was claimed, this time included; null if it was not claimed now. */
  readonly claims: number | null;
  /** Null if no row was visible. */
  readonly same: boolean | null;
  readonly finished: boolean;
  readonly status: number | null;
  readonly contentType: string | null;
  readonly body: string | null;
};

/** Command receipts in `command_receipts`, of which each tenant sees only its own. */
export const postgresCommandReceipts = ({ database, ids, leaseMs }: Deps): CommandReceipts => {
  const changes = async (
    lease: CommandLease,
    text: string,
    ...more: readonly unknown[]
  ): Promise<boolean> => {
    const { tenantId, messageId, id } = lease;
    const values = [tenantId, messageId, id, ...more];
    return ((await queryInTenant(database, tenantId, text, values)).rowCount ?? 0) > 0;
  };
  return {
    claim: async (tenant, identity) => {
      const id = ids.uuid();
      const { messageId, type, bodyHash } = identity;
      const values = [tenant, messageId, type, bodyHash, id, leaseMs];
      const { rows } = await queryInTenant<Row>(database, tenant, CLAIM, values);
      return claimFrom(rows[0], { tenantId: tenant, messageId, id });
    },
    renew: (lease) => changes(lease, RENEW, leaseMs),
    finish: (lease, answer) => changes(lease, FINISH, ...kept(answer)),
    release: async (lease) => void (await changes(lease, RELEASE)),
  };
};

const claimFrom = (row: Row | undefined, lease: CommandLease): Claim => {
  if (row === undefined) return { kind: 'running' };
  if (row.claims !== null) return { kind: 'claimed', lease, lost: row.claims - 1 };
  // Not visible: another claim was committed after this statement began.
  if (row.same === null) return { kind: 'running' };
  if (!row.same) return { kind: 'mismatch' };
  if (!row.finished) return { kind: 'running' };
  return row.status !== null && row.body === null
    ? { kind: 'withheld' }
    : { kind: 'finished', answer: answerFrom(row) };
};

const answerFrom = ({ status, contentType, body }: Row): CommandAnswer | undefined =>
  status === null || body === null ? undefined : { status, contentType: contentType ?? undefined, body };

/** Values of the three columns: all null for an answer that is too large, only a status for one that is withheld. */
const kept = (answer: CommandAnswer | 'withheld'): readonly unknown[] => {
  if (answer === 'withheld') return [ANSWERED, null, null];
  const { status, contentType, body } = answer;
  return Buffer.byteLength(body) > LARGEST_KEPT_ANSWER ? [null, null, null] : [status, contentType, body];
};

/** Deletes receipts older than that: a command repeated later is carried out again. Returns the number of rows. */
export const removeOldReceipts = (
  database: { readonly pool: Pool },
  receivedBefore: number,
): Promise<number> => removeInTurns(database, REMOVE, receivedBefore);
