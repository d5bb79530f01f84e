/** Metrics of parts that are not built yet. One that is there leaves this list. */
export const awaitedMetrics: readonly string[] = [
  'integration_database_up',
  'integration_spool_records',
  'integration_spool_bytes',
  'integration_spool_shipped_total',
  'integration_spool_refused_total',
];
