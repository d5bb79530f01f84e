import type { Pool } from 'pg';
import type { Clock } from '../../domain/shared/clock.ts';
import { storeGroup, trailUnavailable, tryToStore } from '../postgres/trail/call-group.ts';
import { keyOfCallLine } from '../postgres/trail/call-line.ts';
import { isDataError } from '../postgres/data-error.ts';
import { queryAsSystem } from '../postgres/tenant-session.ts';
import type { SpooledCall } from './spool-frame.ts';
import type { Segment } from './spool-segment.ts';
import { KEPT } from './spool-slots.ts';
import type { Spool } from './spool.ts';

export type ShippingDeps = {
  readonly spool: Spool;
  readonly pool: Pool;
  readonly clock: Pick<Clock, 'monotonic'>;
  /**
   * A group is in the database, with so many records that were not there before; it took so long. The next one waits.
   */
  readonly onShipped: (records: number, milliseconds: number) => Promise<void>;
  /**
   * Some of a segment cannot be stored: refused by a database that is well, or lost by the disk. It is kept as `file`.
   */
  readonly onKept: (file: string, why: string) => void;
};

/** As groups of the journal: larger ones are no cheaper. */
const GROUP_RECORDS = 256;
const GROUP_TEXT = 1_000_000;
const LOST = 'the disk has lost a part of it';

/**
 * Stores a segment's records in their order, each once, and lets the segment go; or leaves it, when `signal` aborts,
 * for the next time. Rejects with `TrailUnavailable` when the database is lost on the way, and with the error of the
 * disk when that cannot read the segment just now. What was stored until then is not sent again.
 */
export const shipSegment = async (
  deps: ShippingDeps,
  segment: Segment,
  signal: AbortSignal,
): Promise<void> => {
  const { spool, clock, onShipped } = deps;
  const { calls, whole } = await spool.read(segment);
  while (segment.shipped < calls.length) {
    if (signal.aborted) return;
    const started = clock.monotonic();
    const group = groupAt(calls, segment.shipped);
    const stored = await storeMissing(deps, group, (error) => (segment.refusal = error.message));
    segment.shipped += group.length;
    await onShipped(stored, clock.monotonic() - started);
  }
  await letGo(deps, segment, segment.refusal ?? (whole ? undefined : LOST));
};

/**
 * Asked when there is nothing to ship: does the database take calls? If some were refused meanwhile, one of them is
 * tried again without being kept. Else a caller would find out, by a call that is paid for and answered with 503.
 * Rejects when it is not taken.
 */
export const isProven = async (
  { spool, pool }: Pick<ShippingDeps, 'spool' | 'pool'>,
  refusedBefore: number,
): Promise<boolean> => {
  if (spool.refused === refusedBefore) return true;
  if (spool.lastRefused === undefined) return false;
  await tryToStore({ pool }, spool.lastRefused);
  return true;
};

const letGo = async ({ spool, onKept }: ShippingDeps, segment: Segment, why?: string): Promise<void> => {
  await spool.remove(segment, why === undefined ? undefined : KEPT);
  if (why !== undefined) onKept(segment.path + KEPT, why);
};

const storeMissing = async (
  deps: ShippingDeps,
  group: readonly SpooledCall[],
  onRefused: (error: Error) => void,
): Promise<number> => {
  const missing = await notStored(deps.pool, group);
  const calls = missing.map((call) => ({ ...call, resolve: () => undefined, reject: onRefused }));
  if (calls.length > 0) await storeGroup(deps, calls, true);
  return missing.length;
};

const groupAt = (calls: readonly SpooledCall[], from: number): readonly SpooledCall[] => {
  let to = from;
  for (let text = 0; to < calls.length && to - from < GROUP_RECORDS && text < GROUP_TEXT; to += 1) {
    const { line, events } = calls[to] as SpooledCall;
    text += line.length + events.length;
  }
  return calls.slice(from, to);
};

/** Times as `append_calls` reads them, so that partitions of other days are left out. */
const STORED = `select id from integration_logs where id = any($1::uuid[])
  and started_at between to_timestamp($2::float8 / 1000) and to_timestamp($3::float8 / 1000)`;

/** The calls of a group that are not stored yet, by an earlier attempt or by the process that spooled them. */
const notStored = async (pool: Pool, group: readonly SpooledCall[]): Promise<readonly SpooledCall[]> => {
  const keys = group.map(({ line }) => keyOfCallLine(line));
  const ids = keys.map(({ id }) => id);
  const times = keys.map(({ startedAt }) => startedAt);
  try {
    const values = [ids, Math.min(...times), Math.max(...times)];
    const { rows } = await queryAsSystem<{ id: string }>({ pool }, STORED, values);
    const stored = new Set(rows.map(({ id }) => id));
    return group.filter((_, at) => !stored.has(ids[at] ?? ''));
  } catch (error) {
    // A call has no id or no time: storing them finds out which.
    if (isDataError(error)) return group;
    throw trailUnavailable(error);
  }
};
