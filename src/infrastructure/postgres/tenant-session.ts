import { escapeLiteral, type Pool, type PoolClient, type QueryResult, type QueryResultRow } from 'pg';
import type { TenantId } from '../../domain/shared/tenant-context.ts';

/** What work inside a session may use: queries, and nothing that outlives the transaction. */
export type Session = Pick<PoolClient, 'query'>;

type Pooled = { readonly pool: Pool };
type Role = 'integration_app' | 'integration_system';

/** Milliseconds. Set inside the transaction, since PgBouncer refuses them as connection parameters. */
export const sessionLimits = { statement_timeout: 15_000, idle_in_transaction_session_timeout: 30_000 };

/**
 * Runs `work` in one transaction as `integration_app`, bound to the tenant by row-level security. Commits when it
 * resolves, rolls back when it rejects. The opening statement shares a round trip with the first query of `work`.
 */
export const inTenant = <A>(
  { pool }: Pooled,
  tenant: TenantId,
  work: (session: Session) => Promise<A>,
): Promise<A> => inTransaction(pool, opening('integration_app', tenant), work);

/** The same as `integration_system`, which sees all tenants: for the few jobs that cross them. */
export const asSystem = <A>({ pool }: Pooled, work: (session: Session) => Promise<A>): Promise<A> =>
  inTransaction(pool, opening('integration_system'), work);

/** One statement for one tenant, in a single round trip. */
export const queryInTenant = <R extends QueryResultRow>(
  { pool }: Pooled,
  tenant: TenantId,
  text: string,
  values: readonly unknown[],
): Promise<QueryResult<R>> => inOneFlight(pool, opening('integration_app', tenant), text, values);

/**
 * The same for reads by administrators: refused soon (55P03) where the table is locked, while slow statements keep
 * their full time.
 */
export const readInTenant = <R extends QueryResultRow>(
  { pool }: Pooled,
  tenant: TenantId,
  text: string,
  values: readonly unknown[],
): Promise<QueryResult<R>> =>
  inOneFlight(pool, opening('integration_app', tenant, READING_LIMITS), text, values);

/**
 * The same for one page in the order of an index. Without good statistics the planner would expect few rows, read all
 * of them and sort, for each page: so sorting is disabled.
 */
export const readPageInTenant = <R extends QueryResultRow>(
  { pool }: Pooled,
  tenant: TenantId,
  text: string,
  values: readonly unknown[],
): Promise<QueryResult<R>> =>
  inOneFlight(pool, opening('integration_app', tenant, PAGE_LIMITS), text, values);

/** One statement across tenants, in a single round trip. `timeoutMs`: a shorter time-out than usual. */
export const queryAsSystem = <R extends QueryResultRow>(
  { pool }: Pooled,
  text: string,
  values: readonly unknown[],
  timeoutMs?: number,
): Promise<QueryResult<R>> =>
  inOneFlight(
    pool,
    opening('integration_system', undefined, timeoutMs === undefined ? LIMITS : limitsOf(timeoutMs)),
    text,
    values,
  );

/**
 * `begin`, role, limits and tenant in one simple query. Only the tenant varies, and it is escaped, so the text always
 * parses; if anything in it fails, the transaction is aborted and refuses what follows.
 */
const opening = (role: Role, tenant?: TenantId, limits = LIMITS): string => {
  const tenantSetting =
    tenant === undefined ? '' : `, set_config('app.tenant', ${escapeLiteral(tenant)}, true)`;
  return `begin; set local role ${role}; select ${limits}${tenantSetting}`;
};
/**
 * PostgreSQL JIT-compiles expensive plans separately for each partition, and obeys no time-out meanwhile: costs of 1.5
 * million calls over 92 days took 112 s instead of 5.6.
 */
const UNCOMPILED = { jit: 'off' };
const limitsOf = (timeoutMs: number): string =>
  Object.entries({ ...sessionLimits, statement_timeout: timeoutMs, ...UNCOMPILED })
    .map(([name, value]) => `set_config('${name}', '${value}', true)`)
    .join(', ');
const LIMITS = limitsOf(sessionLimits.statement_timeout);
/** Longer than our own jobs make others wait for a partition that is in use (partition-session.ts). */
const LONGEST_LOCKED_MS = 3_000;
const READING_LIMITS = `${LIMITS}, set_config('lock_timeout', '${LONGEST_LOCKED_MS}', true)`;
const PAGE_LIMITS = `${READING_LIMITS}, set_config('enable_sort', 'off', true)`;

const inTransaction = async <A>(
  pool: Pool,
  open: string,
  work: (session: Session) => Promise<A>,
): Promise<A> => {
  const client = await pool.connect();
  try {
    const opened = client.query(open);
    // Not awaited yet, so that it shares the round trip; a failure is handled below, or fails the first query of
    // `work`.
    opened.catch(() => undefined);
    const answer = await work(client);
    await opened;
    await commit(client);
    client.release();
    return answer;
  } catch (error) {
    await abandon(client);
    throw error;
  }
};

const inOneFlight = async <R extends QueryResultRow>(
  pool: Pool,
  open: string,
  text: string,
  values: readonly unknown[],
): Promise<QueryResult<R>> => {
  const client = await pool.connect();
  const [opened, answered, committed] = await Promise.allSettled([
    client.query(open),
    client.query<R>(text, [...values]),
    client.query('commit'),
  ]);
  // An answered `commit` has ended the transaction either way; without an answer the connection is lost.
  client.release(committed.status === 'rejected');
  for (const step of [opened, answered, committed]) if (step.status === 'rejected') throw step.reason;
  return (answered as PromiseFulfilledResult<QueryResult<R>>).value;
};

/** PostgreSQL answers `ROLLBACK` to the commit of an aborted transaction, and calls that a success. */
const commit = async (client: PoolClient): Promise<void> => {
  const { command } = await client.query('commit');
  if (command !== 'COMMIT')
    throw new Error('a failed statement was passed over: the transaction is rolled back');
};

const abandon = async (client: PoolClient): Promise<void> => {
  try {
    await client.query('rollback');
    client.release();
  } catch {
    // The connection itself is lost; the server rolls back when it notices. The first error is the one to report.
    client.release(true);
  }
};
