import { board } from './board.ts';
import { figure, graph } from './panels.ts';

const CHOSEN = 'service=~"$service",operation=~"$operation"';
const lookups = (by: string, window: string): string =>
  `(sum${by} (rate(integration_cache_hits_total{${CHOSEN}}[${window}])) + sum${by} (rate(integration_cache_misses_total{${CHOSEN}}[${window}])))`;
const hitRatio = (by: string, window: string): string =>
  `sum${by} (rate(integration_cache_hits_total{${CHOSEN}}[${window}])) / ${lookups(by, window)}`;

/** The average cost of a billed request, which each cache hit saves. */
const SAVED = `sum by (service, currency) (rate(integration_call_cost_total{${CHOSEN}}[$__range]))
  / on (service) group_left () label_replace(
    sum by (provider) (rate(integration_provider_calls_total{provider=~"$service",operation=~"$operation"}[$__range])),
    "service", "$1", "provider", "(.*)")
  * on (service) group_left () sum by (service) (rate(integration_cache_hits_total{${CHOSEN}}[$__rate_interval])) * 3600`;

export const cachePerformance = () =>
  board(
    'integration-cache',
    'Cache Performance',
    'What the cache spares providers, callers and the budget.',
    [
      {
        title: 'Hits',
        panels: [
          figure({
            title: 'Hit rate, whole range',
            about: 'Target: 70 to 80 % of reads.',
            unit: 'percentunit',
            perRow: 4,
            queries: [[hitRatio('', '$__range'), '']],
            steps: [
              [null, 'orange'],
              [0.7, 'green'],
            ],
          }),
          figure({
            title: 'Look-ups',
            about: 'Calls that asked the cache; no-store does not.',
            unit: 'reqps',
            perRow: 4,
            queries: [[lookups('', '$__rate_interval'), '']],
          }),
          figure({
            title: 'Requests spared',
            about: 'Over the whole range.',
            unit: 'short',
            perRow: 4,
            queries: [[`sum(increase(integration_cache_hits_total{${CHOSEN}}[$__range]))`, '']],
          }),
          figure({
            title: 'Stale answers',
            about: 'Served because every provider failed; over the whole range.',
            unit: 'short',
            perRow: 4,
            queries: [
              [
                `sum(increase(integration_requests_total{${CHOSEN},status="stale"}[$__range])) or vector(0)`,
                '',
              ],
            ],
            steps: [
              [null, 'green'],
              [1, 'orange'],
            ],
          }),
          graph({
            title: 'Hit rate by operation',
            about: 'Distances of Google live a minute by licence, so theirs is lower.',
            unit: 'percentunit',
            perRow: 2,
            queries: [[hitRatio(' by (operation)', '$__rate_interval'), '{{operation}}']],
          }),
          graph({
            title: 'Hit rate by service',
            about: 'The service whose answer it was.',
            unit: 'percentunit',
            perRow: 2,
            queries: [[hitRatio(' by (service)', '$__rate_interval'), '{{service}}']],
          }),
          graph({
            title: 'Hits and misses',
            about: 'A miss goes to a provider, unless an equal call is already on its way.',
            unit: 'reqps',
            perRow: 2,
            stacked: true,
            queries: [
              [`sum(rate(integration_cache_hits_total{${CHOSEN}}[$__rate_interval]))`, 'hits'],
              [`sum(rate(integration_cache_misses_total{${CHOSEN}}[$__rate_interval]))`, 'misses'],
            ],
          }),
          graph({
            title: 'Saved an hour, estimated',
            about: 'Hits, each at the average price of a request to the same service in the range.',
            unit: 'short',
            perRow: 2,
            queries: [[SAVED, '{{service}} {{currency}}']],
          }),
        ],
      },
      {
        title: 'The tiers',
        panels: [
          graph({
            title: 'Redis reachable (1) or not (0)',
            about: 'Without it the second tier answers.',
            unit: 'none',
            perRow: 2,
            queries: [['min by (instance) (integration_redis_up)', '{{instance}}']],
          }),
          graph({
            title: 'Memory',
            about: 'Without REDIS_URL the first tier lies here: CACHE_L1_MAX_ENTRIES.',
            unit: 'bytes',
            perRow: 2,
            queries: [
              [
                'sum by (instance) (process_resident_memory_bytes{job="integration-service"})',
                '{{instance}}',
              ],
            ],
          }),
        ],
      },
    ],
  );
