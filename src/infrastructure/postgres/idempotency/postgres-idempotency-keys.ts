import { createHash } from 'node:crypto';
import { DatabaseError, type Pool } from 'pg';
import { askAgainMs } from '../../../domain/idempotency/ask-again.ts';
import type {
  IdempotencyKeys,
  KeyClaim,
  KeyedRequest,
  KeyLease,
} from '../../../domain/idempotency/idempotency-keys.ts';
import type { IdSource } from '../../../domain/shared/clock.ts';
import type { Json } from '../../../domain/shared/json.ts';
import { isCutShort } from '../cut-short.ts';
import { removal, removeInTurns } from '../remove-in-turns.ts';
import { queryInTenant } from '../tenant-session.ts';

type Deps = {
  readonly database: { readonly pool: Pool };
  readonly ids: IdSource;
  /** Uniform in 1 to 2^31 - 1. */
  readonly randomMark: () => number;
  /** Lease of a claim in milliseconds: how long a key is refused whose process crashed. */
  readonly leaseMs: number;
};

/** With a million keys remembered, one claim in 2,000 draws a mark that is taken; eight in a row never do. */
const MARKS_TRIED = 8;

// An expired lease is taken over in the same statement, with its mark kept. A row that could not be claimed is read in
// the snapshot from before this statement. The commit waits for the disk: if a claim were lost in a crash, its write
// would be done twice.
const CLAIM = `with claimed as (
    insert into idempotency_keys as known (management_company_id, key, fingerprint, mark, lease_id, leased_until, mark_place, sent_under)
    values ($1, $2, $3, $4, $5, clock_timestamp() + $6 * interval '1 millisecond', $7, null)
    on conflict (management_company_id, key) do update
      set lease_id = excluded.lease_id, leased_until = excluded.leased_until, mark_place = excluded.mark_place, taken_over = true, used_at = now()
      where known.finished_at is null and known.leased_until < clock_timestamp() and known.fingerprint = excluded.fingerprint
    returning key, known.mark, taken_over, known.sent_under is not null as maybe_sent)
  select claimed.mark, claimed.taken_over as "isTakeover", maybe_sent as "maybeSent", fingerprint = $3 as same, finished_at is not null as finished, answer,
    case when isfinite(leased_until) then extract(epoch from leased_until - clock_timestamp())::float8 * 1000 end as "leftMs"
  from (select $1::text as management_company_id, $2::text as key) as asked
  left join idempotency_keys using (management_company_id, key) left join claimed using (key)`;

const HELD = 'management_company_id = $1 and key = $2 and lease_id = $3 and finished_at is null';
const RENEW = `update idempotency_keys set leased_until = clock_timestamp() + $4 * interval '1 millisecond' where ${HELD} and leased_until <> '-infinity'`;
const SENDING = `update idempotency_keys set sent_under = coalesce(sent_under, lease_id) where ${HELD}`;
/**
 * A write that may still be carried out later is kept as long as one that was taken over, since in both cases a request
 * was abandoned.
 */
const FINISH = `update idempotency_keys set finished_at = clock_timestamp(), used_at = clock_timestamp(), answer = $4,
  taken_over = taken_over or $5 where ${HELD}`;
const SPENT = `select mark from (
    select mark, finished_at as since from idempotency_keys where management_company_id = $1 and mark_place = $2
      and finished_at <= clock_timestamp() - case when taken_over then $5::float8 else $3::float8 end * interval '1 millisecond'
    union all
    select mark, used_at from idempotency_keys where management_company_id = $1 and mark_place = $2
      and finished_at is null and leased_until < clock_timestamp() and used_at <= clock_timestamp() - $6 * interval '1 millisecond'
  ) as spent order by since limit $4`;
const GONE = `update idempotency_keys set mark_place = null where management_company_id = $1 and mark = any ($2)
  and (finished_at is not null or leased_until < clock_timestamp())`;
const DOUBT = `update idempotency_keys set leased_until = '-infinity' where ${HELD}`;
/** A claim that was taken over keeps its row and mark, since its previous holder may have carried out the write. */
const RELEASE = `with forgotten as (delete from idempotency_keys where ${HELD} and not taken_over)
  update idempotency_keys set leased_until = '-infinity', sent_under = nullif(sent_under, lease_id) where ${HELD} and taken_over`;

/**
 * How much longer a key is kept whose mark is still in a spreadsheet that nobody writes to meanwhile. Some are written
 * once a year, with thousands of rows; marks that nobody remembers would stay in them, and fill them up in the end.
 */
const MARKS_KNOWN_DAYS = 400;
const REMOVE = removal(
  'idempotency_keys',
  `used_at < $1 and (mark_place is null or used_at < $1 - interval '${MARKS_KNOWN_DAYS} days')`,
);

type Row = {
  /** Null if it was not claimed now. */
  readonly mark: number | null;
  readonly isTakeover: boolean | null;
  readonly maybeSent: boolean | null;
  /** Null if no row was visible. */
  readonly same: boolean | null;
  readonly finished: boolean;
  readonly answer: string | null;
  /** The rest of the existing lease; null if no row was visible. */
  readonly leftMs: number | null;
};

/**
 * Idempotency keys in `idempotency_keys`, of which each tenant sees only its own. Every step is on disk before it is
 * answered.
 */
export const postgresIdempotencyKeys = ({ database, ids, randomMark, leaseMs }: Deps): IdempotencyKeys => {
  const change = async (lease: KeyLease, text: string, ...more: readonly unknown[]): Promise<boolean> => {
    const { tenantId, key, id } = lease;
    const changed = await queryInTenant(database, tenantId, text, [tenantId, key, id, ...more]);
    return (changed.rowCount ?? 0) > 0;
  };
  const claimOnce = async (
    lease: KeyLease,
    { fingerprint, markPlace }: Pick<KeyedRequest, 'fingerprint' | 'markPlace'>,
  ): Promise<KeyClaim> => {
    const { tenantId, key, id } = lease;
    const values = [tenantId, key, fingerprint, randomMark(), id, leaseMs, placeOf(markPlace)];
    const { rows } = await queryInTenant<Row>(database, tenantId, CLAIM, values);
    return claimFrom(rows[0], lease, leaseMs);
  };
  return {
    claim: async (tenant, { key, ...asked }) => {
      const lease: KeyLease = { tenantId: tenant, key, id: ids.uuid() };
      for (let tried = 1; ; tried += 1)
        try {
          return await claimOnce(lease, asked);
        } catch (error) {
          if (tried < MARKS_TRIED && isMarkTaken(error)) continue;
          // The claim may have been committed, and would make every repeat be refused until its lease expires.
          if (isCutShort(error)) await change(lease, RELEASE).catch(() => false);
          throw error;
        }
    },
    renew: (lease) => change(lease, RENEW, leaseMs),
    sending: (lease) => change(lease, SENDING),
    finish: (lease, answer, mayComeAgain = false) =>
      change(lease, FINISH, JSON.stringify(answer), mayComeAgain),
    spentMarks: async (tenant, markPlace, { ms, takenOverMs, inDoubtMs }, most) => {
      const values = [tenant, placeOf(markPlace), ms, most, takenOverMs, inDoubtMs];
      const { rows } = await queryInTenant<{ readonly mark: number }>(database, tenant, SPENT, values);
      return rows.map(({ mark }) => mark);
    },
    marksGone: async (tenant, marks) => void (await queryInTenant(database, tenant, GONE, [tenant, marks])),
    release: async (lease) => void (await change(lease, RELEASE)),
    leaveInDoubt: async (lease) => void (await change(lease, DOUBT)),
  };
};

const placeOf = (name: string | undefined): Buffer | null =>
  name === undefined ? null : createHash('sha256').update(name).digest();

const isMarkTaken = (error: unknown): boolean =>
  error instanceof DatabaseError && error.constraint === 'ux_idempotency_keys_mark';

const claimFrom = (row: Row | undefined, lease: KeyLease, leaseMs: number): KeyClaim => {
  const running: KeyClaim = { kind: 'running', retryAfterMs: askAgainMs(row?.leftMs ?? leaseMs, leaseMs) };
  if (row === undefined) return running;
  if (row.mark !== null) {
    const [isTakeover, maybeSent] = [row.isTakeover === true, row.maybeSent === true];
    return { kind: 'claimed', lease, mark: row.mark, isTakeover, maybeSent };
  }
  // Not visible: another claim was committed after this statement began.
  if (row.same === null) return running;
  if (!row.same) return { kind: 'mismatch' };
  return row.finished ? { kind: 'finished', answer: JSON.parse(row.answer ?? 'null') as Json } : running;
};

/** Deletes keys last used before that: a write repeated later is carried out again. Returns the number of rows. */
export const removeOldKeys = (database: { readonly pool: Pool }, usedBefore: number): Promise<number> =>
  removeInTurns(database, REMOVE, usedBefore);
