/** A table partitioned by day (UTC). Migrations create it, with its default partition. */
export type DailyTable = {
  readonly name: string;
  /** The column of the partition key. */
  readonly column: string;
  /** The column that may hold a thousand times as many bytes as all others together; undefined: rows are short. */
  readonly bulk?: string;
};

export const integrationLogs: DailyTable = { name: 'integration_logs', column: 'started_at' };
export const deliveryTables: readonly DailyTable[] = [
  { name: 'webhook_deliveries', column: 'received_at', bulk: 'raw_body' },
  { name: 'webhook_body_parts', column: 'received_at', bulk: 'bytes' },
];
export const webhookRejections: DailyTable = { name: 'webhook_rejections', column: 'rejected_at' };

/** Holds the rows of days that have no partition of their own. */
export const defaultOf = ({ name }: DailyTable): string => `${name}_default`;

/**
 * The size of the bulky column, which PostgreSQL knows without reading it, since the value is stored apart from its
 * row.
 */
export const bulkBytes = ({ bulk }: DailyTable): string =>
  bulk === undefined ? '0::bigint' : `coalesce(octet_length(${bulk}), 0)::bigint`;
