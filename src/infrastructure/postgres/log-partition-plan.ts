/** A range partition, its ends in epoch milliseconds; undefined is unbounded. */
export type LogPartition = {
  readonly name: string;
  readonly from: number | undefined;
  readonly to: number | undefined;
};
export type LogDay = { readonly name: string; readonly from: number; readonly to: number };

export const DAY_MS = 86_400_000;
const DAYS_AHEAD = 3;

const dayAt = (table: string, from: number): LogDay => ({
  name: `${table}_${new Date(from).toISOString().slice(0, 10).replaceAll('-', '')}`,
  from,
  to: from + DAY_MS,
});

const overlaps = (day: LogDay, { from, to }: LogPartition): boolean =>
  (from === undefined || from < day.to) && (to === undefined || to > day.from);

/** The days (UTC) from today on that need a partition. A day that some partition already touches is left to it. */
export const missingDays = (
  now: number,
  partitions: readonly LogPartition[],
  table = 'integration_logs',
): readonly LogDay[] => {
  const today = Math.floor(now / DAY_MS) * DAY_MS;
  return Array.from({ length: DAYS_AHEAD + 1 }, (_, ahead) => dayAt(table, today + ahead * DAY_MS)).filter(
    (day) => !partitions.some((partition) => overlaps(day, partition)),
  );
};

/** Everything in them is older than the retention time. */
export const outlivedPartitions = (
  oldestKept: number,
  partitions: readonly LogPartition[],
): readonly LogPartition[] => partitions.filter(({ to }) => to !== undefined && to <= oldestKept);
