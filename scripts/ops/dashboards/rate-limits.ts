import { board } from './board.ts';
import { figure, graph } from './panels.ts';

const CHOSEN = 'service=~"$service"';
const CALLS = 'service=~"$service",operation=~"$operation"';

export const rateLimits = () =>
  board('integration-rate-limits', 'Rate Limits', 'How full the quotas are, and whom they turn away.', [
    {
      title: 'Quotas',
      panels: [
        figure({
          title: 'Fullest window, last 5 minutes',
          about:
            'Of all windows of the service and of the tenants that asked. At 100 % calls go to the fallback or get 429.',
          unit: 'percentunit',
          perRow: 3,
          queries: [
            [
              `max by (service) (max_over_time(integration_rate_limit_utilization{${CHOSEN}}[5m]))`,
              '{{service}}',
            ],
          ],
          steps: [
            [null, 'green'],
            [0.8, 'orange'],
            [0.95, 'red'],
          ],
        }),
        figure({
          title: 'Refused, whole range',
          about: 'Attempts that a quota of ours turned away; a fallback may still have answered.',
          unit: 'short',
          perRow: 3,
          queries: [
            [
              `sum by (service) (increase(integration_rate_limits_exceeded_total{${CHOSEN}}[$__range]))`,
              '{{service}}',
            ],
          ],
        }),
        figure({
          title: 'Callers who got 429',
          about: 'Share of calls in the range that ended at a quota.',
          unit: 'percentunit',
          perRow: 3,
          queries: [
            [
              `(sum(increase(integration_requests_total{${CALLS},status="rate_limited"}[$__range])) or vector(0)) / sum(increase(integration_requests_total{${CALLS}}[$__range]))`,
              '',
            ],
          ],
          steps: [
            [null, 'green'],
            [0.01, 'orange'],
            [0.05, 'red'],
          ],
        }),
        graph({
          title: 'Utilization',
          about: 'Fullest window of whichever service asked last; one line a provider.',
          unit: 'percentunit',
          perRow: 2,
          queries: [[`max by (service) (integration_rate_limit_utilization{${CHOSEN}})`, '{{service}}']],
        }),
        graph({
          title: 'Refusals',
          about: 'By the service whose quota was used up.',
          unit: 'cps',
          perRow: 2,
          queries: [
            [
              `sum by (service) (rate(integration_rate_limits_exceeded_total{${CHOSEN}}[$__rate_interval]))`,
              '{{service}}',
            ],
          ],
        }),
        graph({
          title: 'Requests that left',
          about: 'What the quotas let through.',
          unit: 'reqps',
          perRow: 2,
          stacked: true,
          queries: [
            [
              'sum by (provider) (rate(integration_provider_calls_total{provider=~"$service",operation=~"$operation"}[$__rate_interval]))',
              '{{provider}}',
            ],
          ],
        }),
        graph({
          title: 'Granted by share, Redis away',
          about:
            'Each replica keeps to its share of what was left: fewer calls than the quota would allow, never more.',
          unit: 'cps',
          perRow: 2,
          queries: [
            [
              'sum by (service) (rate(integration_rate_limiter_fallback_total{service=~"$service"}[$__rate_interval]))',
              '{{service}}',
            ],
          ],
        }),
      ],
    },
  ]);
