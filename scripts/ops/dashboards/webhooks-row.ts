import type { Row } from './board.ts';
import { graph } from './panels.ts';

const p95 = (metric: string): string =>
  `histogram_quantile(0.95, sum by (le) (rate(${metric}_bucket[$__rate_interval])))`;

export const webhooks: Row = {
  title: 'Webhooks',
  panels: [
    graph({
      title: 'Deliveries by outcome',
      about: 'held: the webhook is paused; spooled: above the rate, waits; repeated: published once before.',
      unit: 'reqps',
      stacked: true,
      queries: [
        [
          'sum by (source, outcome) (rate(integration_webhook_requests_total[$__rate_interval]))',
          '{{source}} {{outcome}}',
        ],
      ],
    }),
    graph({
      title: 'Refused deliveries by reason',
      about:
        'storage-unavailable, too-busy, secret-unreadable and proof-unknown are ours, and may be lost; the rest is the sender.',
      unit: 'reqps',
      queries: [
        [
          'sum by (source, reason) (rate(integration_webhook_requests_total{outcome="refused"}[$__rate_interval]))',
          '{{source}} {{reason}}',
        ],
      ],
    }),
    graph({
      title: 'p95 of a delivery',
      about: 'Reading hangs on the sender, the commit on PostgreSQL; the sender hears 200 after all three.',
      unit: 's',
      queries: [
        [p95('integration_webhook_read_duration_seconds'), 'read'],
        [p95('integration_webhook_verify_duration_seconds'), 'proof'],
        [p95('integration_webhook_commit_duration_seconds'), 'commit'],
      ],
    }),
  ],
};
