import type { Pool } from 'pg';
import { SILENT_MS, tryLock, whileLocked } from './try-lock.ts';

/** Any numbers that nothing else takes on the same database; the letters "job" and one more. */
const locks = {
  'cache-cleaning': 0x6a_6f_62_01,
  'health-probes': 0x6a_6f_62_02,
  'spool-drain': 0x6a_6f_62_03,
  'webhook-retention': 0x6a_6f_62_04,
  'held-deliveries': 0x6a_6f_62_06,
} as const;

export type SharedJob = keyof typeof locks;

/**
 * Runs `work` unless another process of this service is at the same job now: the workers of one port and the
 * replicas of one database keep one rhythm, since they start together. False: another one is at it. `silentMs`: as
 * `tryLock` has it.
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
    // A connection given up takes its transaction, and with it the lock, along.
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
 * The work of a job takes connections beside the one that guards it. With a guard on each of them, all would wait for
 * one another, and every caller with them: half of a pool is left.
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
    // Whoever is called takes over the place.
    if (next === undefined) turns.running -= 1;
    else next();
  }
};
