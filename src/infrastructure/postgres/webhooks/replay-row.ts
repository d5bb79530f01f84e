import type { Replay, ReplayFilter, ReplayState } from '../../../domain/webhook/delivery/replay.ts';

export const REPLAY_COLUMNS = `id, management_company_id, requested_by, reason, filter, state, total, done, failed,
  rate_per_second, next_at, created_at, finished_at`;

export type ReplayRow = {
  readonly id: string;
  readonly management_company_id: string;
  readonly requested_by: string;
  readonly reason: string | null;
  readonly filter: ReplayFilter;
  readonly state: string;
  readonly total: number;
  readonly done: number;
  readonly failed: number;
  readonly rate_per_second: number;
  readonly next_at: Date;
  readonly created_at: Date;
  readonly finished_at: Date | null;
};

/** Values of closed sets are not checked again, since only this service writes the table. */
export const replayFromRow = (row: ReplayRow): Replay => ({
  id: row.id,
  requestedBy: row.requested_by,
  reason: row.reason ?? undefined,
  filter: row.filter,
  state: row.state as ReplayState,
  total: row.total,
  done: row.done,
  failed: row.failed,
  ratePerSecond: row.rate_per_second,
  createdAt: row.created_at.getTime(),
  finishedAt: row.finished_at?.getTime(),
});
