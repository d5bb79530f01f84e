import { board } from './board.ts';
import { figure, graph } from './panels.ts';

const CHOSEN = 'service=~"$service",operation=~"$operation"';
const DAY = 86_400;
const MONTH_DAYS = 30;

export const costTracking = () =>
  board(
    'integration-costs',
    'Cost Tracking',
    'What providers will bill, in the currency of each service. By tenant: GET /costs; metrics carry no tenant.',
    [
      {
        title: 'Costs',
        panels: [
          figure({
            title: 'Whole range',
            about: 'Sum over the range chosen above.',
            unit: 'short',
            perRow: 4,
            queries: [
              [
                `sum by (currency) (increase(integration_call_cost_total{${CHOSEN}}[$__range]))`,
                '{{currency}}',
              ],
            ],
          }),
          figure({
            title: 'Last 24 hours',
            about: 'Independent of the range.',
            unit: 'short',
            perRow: 4,
            queries: [
              [`sum by (currency) (increase(integration_call_cost_total{${CHOSEN}}[1d]))`, '{{currency}}'],
            ],
          }),
          figure({
            title: 'A month at this rate',
            about: '30 days at the rate of the range.',
            unit: 'short',
            perRow: 4,
            queries: [
              [
                `sum by (currency) (rate(integration_call_cost_total{${CHOSEN}}[$__range])) * ${MONTH_DAYS * DAY}`,
                '{{currency}}',
              ],
            ],
          }),
          figure({
            title: 'A thousand calls',
            about: 'What 1,000 calls of callers cost on average, cached ones included.',
            unit: 'short',
            perRow: 4,
            queries: [
              [
                `1000 * sum by (currency) (increase(integration_call_cost_total{${CHOSEN}}[$__range])) / scalar(sum(increase(integration_requests_total{${CHOSEN}}[$__range])))`,
                '{{currency}}',
              ],
            ],
          }),
          graph({
            title: 'An hour, by service',
            about: 'At the rate of the moment.',
            unit: 'short',
            perRow: 2,
            stacked: true,
            queries: [
              [
                `sum by (service, currency) (rate(integration_call_cost_total{${CHOSEN}}[$__rate_interval])) * 3600`,
                '{{service}} {{currency}}',
              ],
            ],
          }),
          graph({
            title: 'An hour, by operation',
            about: 'At the rate of the moment.',
            unit: 'short',
            perRow: 2,
            stacked: true,
            queries: [
              [
                `sum by (operation, currency) (rate(integration_call_cost_total{${CHOSEN}}[$__rate_interval])) * 3600`,
                '{{operation}} {{currency}}',
              ],
            ],
          }),
          graph({
            title: 'Last hour against the day',
            about: 'Three times the average of a day raises IntegrationCostUnusual.',
            unit: 'short',
            perRow: 2,
            queries: [
              ['integration:call_cost:increase1h', 'last hour {{currency}}'],
              ['avg_over_time(integration:call_cost:increase1h[1d])', 'average of a day {{currency}}'],
            ],
          }),
          graph({
            title: 'Paid and unpaid',
            about: 'Requests that left for a provider beside answers from the cache.',
            unit: 'reqps',
            perRow: 2,
            stacked: true,
            queries: [
              [
                'sum(rate(integration_provider_calls_total{provider=~"$service",operation=~"$operation"}[$__rate_interval]))',
                'left for a provider',
              ],
              [`sum(rate(integration_cache_hits_total{${CHOSEN}}[$__rate_interval]))`, 'from the cache'],
            ],
          }),
        ],
      },
    ],
  );
