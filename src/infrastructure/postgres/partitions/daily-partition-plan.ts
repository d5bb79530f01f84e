/** A range partition with its bounds in epoch milliseconds; undefined is unbounded. */
export type DayPartition = {
  readonly name: string;
  readonly from: number | undefined;
  readonly to: number | undefined;
};
export type Day = { readonly name: string; readonly from: number; readonly to: number };

export const DAY_MS = 86_400_000;
const DAYS_AHEAD = 3;

const dayAt = (table: string, from: number): Day => ({
  name: `${table}_${new Date(from).toISOString().slice(0, 10).replaceAll('-', '')}`,
  from,
  to: from + DAY_MS,
});

const overlaps = (day: Day, { from, to }: DayPartition): boolean =>
  (from === undefined || from < day.to) && (to === undefined || to > day.from);

/** The days (UTC) from today on that need a partition. A day that an existing partition overlaps is skipped. */
export const missingDays = (
  now: number,
  partitions: readonly DayPartition[],
  table = 'integration_logs',
): readonly Day[] => {
  const today = Math.floor(now / DAY_MS) * DAY_MS;
  return Array.from({ length: DAYS_AHEAD + 1 }, (_, ahead) => dayAt(table, today + ahead * DAY_MS)).filter(
    (day) => !partitions.some((partition) => overlaps(day, partition)),
  );
};

/** Partitions that hold only rows older than the retention time. */
export const outlivedPartitions = (
  oldestKept: number,
  partitions: readonly DayPartition[],
): readonly DayPartition[] => partitions.filter(({ to }) => to !== undefined && to <= oldestKept);
