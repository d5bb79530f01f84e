import type { Pool } from 'pg';
import { SILENT_MS, tryLock, whileLocked } from './try-lock.ts';

/** Keys of advisory locks. Any numbers that nothing else uses on the same database; the letters "job" and a number. */
const locks = {
  'cache-cleaning': 0x6a_6f_62_01,
  'health-probes': 0x6a_6f_62_02,
  'spool-drain': 0x6a_6f_62_03,
  'webhook-retention': 0x6a_6f_62_04,
  'held-deliveries': 0x6a_6f_62_06,
} as const;

export type SharedJob = keyof typeof locks;

/**
 * Runs `work` unless another process of this service is doing the same job: workers of one port and replicas of one
 * database start together and so have the same rhythm. False if another one is. `silentMs`: see `tryLock`.
 */
export const unlessElsewhere = (
  { pool }: { readonly pool: Pool },
  job: SharedJob,
  work: () => Promise<unknown>,
  silentMs = SILENT_MS,
): Promise<boolean> => inTurn(pool, () => guarded(pool, job, work, silentMs));

const guarded = async (
  pool: Pool,
  job: SharedJob,
  work: () => Promise<unknown>,
  silentMs: number,
): Promise<boolean> => {
  const guard = await pool.connect();
  try {
    const held = await tryLock(guard, locks[job], silentMs);
    if (held) await whileLocked(guard, silentMs, work);
    return held;
  } finally {
    // A connection that is closed takes its transaction, and with it the lock, along.
    const broken = await guard.query('rollback').then(
      () => false,
      () => true,
    );
    guard.release(broken);
  }
};

type Turns = { running: number; readonly waiting: (() => void)[] };

const turnsOf = new WeakMap<Pool, Turns>();

/**
 * A job takes connections beside the one that holds its lock. If locks held all connections, all jobs would wait for
 * one another, and every caller with them: so they may hold half of a pool at most.
 */
const inTurn = async <A>(pool: Pool, work: () => Promise<A>): Promise<A> => {
  const turns = turnsOf.get(pool) ?? { running: 0, waiting: [] };
  turnsOf.set(pool, turns);
  if (turns.running < Math.max(1, Math.floor(pool.options.max / 2))) turns.running += 1;
  else await new Promise<void>((go) => void turns.waiting.push(go));
  try {
    return await work();
  } finally {
    const next = turns.waiting.shift();
    // The next one takes over the place.
    if (next === undefined) turns.running -= 1;
    else next();
  }
};
