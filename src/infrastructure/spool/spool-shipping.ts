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
   * A group was committed: how many of its records were new to the database, and how long that took. The next group
   * waits for the promise.
   */
  readonly onShipped: (records: number, milliseconds: number) => Promise<void>;
  /**
   * Some records of a segment cannot be stored, because a healthy database refused them or the disk lost them. The
   * segment is kept as `file`.
   */
  readonly onKept: (file: string, why: string) => void;
};

/** The group size of the journal: larger groups are no cheaper. */
const GROUP_RECORDS = 256;
const GROUP_TEXT = 1_000_000;
const LOST = 'the disk has lost a part of it';

/**
 * Stores the records of a segment in order, each exactly once, and then removes the segment; when `signal` aborts, it
 * stays for the next time. Rejects with `TrailUnavailable` when the database is lost, and with the disk's error when
 * the segment cannot be read now. What was stored before that is not sent again.
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
 * Finds out whether the database accepts calls when there is nothing to ship. If the spool has refused calls meanwhile,
 * the last of them is stored and rolled back as a trial; otherwise a caller would find out, with a call that is paid
 * for and answered with 503. Rejects when the trial fails.
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

/** Times are computed as in `append_calls`, so that the planner skips partitions of other days. */
const STORED = `select id from integration_logs where id = any($1::uuid[])
  and started_at between to_timestamp($2::float8 / 1000) and to_timestamp($3::float8 / 1000)`;

/** The calls of a group that neither an earlier attempt nor the process that spooled them has stored. */
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
    // Some call has an invalid id or time: storing the group will find out which.
    if (isDataError(error)) return group;
    throw trailUnavailable(error);
  }
};
