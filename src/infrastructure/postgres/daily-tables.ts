/** A table partitioned by day (UTC), and the time by which it is. Migrations make it, and its default partition. */
export type DailyTable = { readonly name: string; readonly column: string };

export const integrationLogs: DailyTable = { name: 'integration_logs', column: 'started_at' };
export const deliveryTables: readonly DailyTable[] = [
  { name: 'webhook_deliveries', column: 'received_at' },
  { name: 'webhook_body_parts', column: 'received_at' },
];
export const webhookRejections: DailyTable = { name: 'webhook_rejections', column: 'rejected_at' };

/** Holds the rows of days that have no partition of their own. */
export const defaultOf = ({ name }: DailyTable): string => `${name}_default`;
