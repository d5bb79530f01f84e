import type { ManagedList } from '../../../domain/webhook/ip-allowlist.ts';
import type { RangeSet } from '../../../domain/webhook/sender/range-refresh.ts';
import type { Database } from '../database.ts';
import { queryAsSystem } from '../tenant-session.ts';

type Row = {
  readonly name: string;
  readonly cidrs: string[];
  readonly pending_review: string[] | null;
  readonly source: string;
};

/** The origin of a list: an operator's file, or the lists built into a replica without one. */
export type RangeSource = 'file' | 'build';
export type StoredRangeSet = RangeSet & { readonly source: RangeSource };

/** The managed lists, which are the same for all tenants and replicas. */
export const loadRangeSets = async (
  database: Pick<Database, 'pool'>,
): Promise<ReadonlyMap<string, StoredRangeSet>> => {
  const { rows } = await queryAsSystem<Row>(
    database,
    'select name, cidrs, pending_review, source from ip_range_sets',
    [],
  );
  return new Map(
    rows.map(({ name, cidrs, pending_review: pending, source }) => [
      name,
      { cidrs, pendingReview: pending ?? undefined, source: source === 'build' ? 'build' : 'file' },
    ]),
  );
};

const STORE = `
  insert into ip_range_sets as old (name, cidrs, pending_review, source, fetched_at) values ($1, $2, $3, $4, $5)
  on conflict (name) do update set
    previous = case when old.cidrs = excluded.cidrs then old.previous else old.cidrs end,
    cidrs = excluded.cidrs, pending_review = excluded.pending_review, source = excluded.source,
    fetched_at = excluded.fetched_at`;

export const storeRangeSet = async (
  database: Pick<Database, 'pool'>,
  name: ManagedList,
  { cidrs, pendingReview }: RangeSet,
  source: RangeSource,
  at: number,
): Promise<void> => {
  await queryAsSystem(database, STORE, [name, cidrs, pendingReview ?? null, source, new Date(at)]);
};
