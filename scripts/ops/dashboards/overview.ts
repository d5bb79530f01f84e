import { board, type Row } from './board.ts';
import { figure, graph } from './panels.ts';
import { webhooks } from './webhooks-row.ts';

const CHOSEN = 'service=~"$service",operation=~"$operation"';
const PROVIDER = 'provider=~"$service",operation=~"$operation"';

const callers: Row = {
  title: 'Callers',
  panels: [
    figure({
      title: 'Replicas up',
      about: 'Replicas that answer Prometheus.',
      unit: 'none',
      queries: [['sum(up{job="integration-service"})', '']],
      steps: [
        [null, 'red'],
        [1, 'orange'],
        [2, 'green'],
      ],
    }),
    figure({
      title: 'Calls',
      about: 'Calls of all kinds, cached ones included.',
      unit: 'reqps',
      queries: [[`sum(rate(integration_requests_total{${CHOSEN}}[$__rate_interval]))`, '']],
    }),
    figure({
      title: 'Failed, last hour',
      about:
        'Share of calls that ended in an error or a time-out, but for tenants that have no service to ask. The objective allows 0.5 % in 30 days.',
      unit: 'percentunit',
      queries: [['integration:error_ratio:rate1h', '']],
      steps: [
        [null, 'green'],
        [0.005, 'orange'],
        [0.072, 'red'],
      ],
    }),
    figure({
      title: 'p95',
      about: 'Of all calls. Targets: 0.2 s cached, 0.5 s from a provider.',
      unit: 's',
      queries: [
        [
          `histogram_quantile(0.95, sum by (le) (rate(integration_request_duration_seconds_bucket{${CHOSEN}}[$__rate_interval])))`,
          '',
        ],
      ],
      steps: [
        [null, 'green'],
        [0.2, 'orange'],
        [0.5, 'red'],
      ],
    }),
    figure({
      title: 'From the cache, 30 minutes',
      about: 'Share of look-ups that the cache answered. Target: 70 to 80 %.',
      unit: 'percentunit',
      queries: [['integration:cache_hit_ratio:rate30m', '']],
      steps: [
        [null, 'orange'],
        [0.7, 'green'],
      ],
    }),
    figure({
      title: 'Cost, last hour',
      about: 'What billed requests cost, by currency.',
      unit: 'short',
      queries: [['integration:call_cost:increase1h', '{{currency}}']],
    }),
    graph({
      title: 'Calls by outcome',
      about:
        'rate_limited: a quota of ours; rejected: the request itself is wrong; stale: every provider failed.',
      unit: 'reqps',
      stacked: true,
      queries: [
        [`sum by (status) (rate(integration_requests_total{${CHOSEN}}[$__rate_interval]))`, '{{status}}'],
      ],
    }),
    graph({
      title: 'Duration',
      about: 'As callers see it, with the commit of the trail.',
      unit: 's',
      queries: [0.5, 0.95, 0.99].map((quantile) => [
        `histogram_quantile(${quantile}, sum by (le) (rate(integration_request_duration_seconds_bucket{${CHOSEN}}[$__rate_interval])))`,
        `p${quantile * 100}`,
      ]),
    }),
    graph({
      title: 'Error budget burn',
      about: '1 uses the budget up in exactly 30 days; 14.4 over an hour wakes somebody.',
      unit: 'none',
      queries: ['5m', '1h', '6h'].map((window) => [`integration:error_ratio:rate${window} / 0.005`, window]),
    }),
  ],
};

const providers: Row = {
  title: 'Providers',
  panels: [
    graph({
      title: 'Requests to providers by outcome',
      about: 'Everything that left; ok includes "no such place".',
      unit: 'reqps',
      stacked: true,
      queries: [
        [
          `sum by (provider, outcome) (rate(integration_provider_calls_total{${PROVIDER}}[$__rate_interval]))`,
          '{{provider}} {{outcome}}',
        ],
      ],
    }),
    graph({
      title: 'p95 of providers',
      about: 'One request, without retries.',
      unit: 's',
      queries: [
        [
          `histogram_quantile(0.95, sum by (provider, le) (rate(integration_provider_call_duration_seconds_bucket{${PROVIDER}}[$__rate_interval])))`,
          '{{provider}}',
        ],
      ],
    }),
    graph({
      title: 'Services by health',
      about: 'Active services of all tenants. Unknown: not asked since they were registered.',
      unit: 'none',
      stacked: true,
      queries: [
        [
          'max by (service, status) (integration_service_health{service=~"$service"})',
          '{{service}} {{status}}',
        ],
      ],
    }),
    graph({
      title: 'Changes of health',
      about: 'Many in a short time: a provider that flaps.',
      unit: 'none',
      queries: [
        [
          'sum by (service, to) (increase(integration_service_health_changes_total{service=~"$service"}[$__rate_interval]))',
          '{{service}} to {{to}}',
        ],
      ],
    }),
  ],
};

const dependencies: Row = {
  title: 'What it leans on',
  panels: [
    graph({
      title: 'Reachable (1) or not (0)',
      about: 'As the replica that fares worst sees it.',
      unit: 'none',
      queries: [
        ['min(integration_database_up)', 'PostgreSQL'],
        ['min(integration_redis_up)', 'Redis'],
        ['min(integration_broker_up)', 'RabbitMQ'],
        ['max(integration_broker_blocked)', 'RabbitMQ blocks'],
        ['max(integration_broker_channels_missing)', 'RabbitMQ: channels missing'],
        ['min(integration_identity_provider_up)', 'Identity provider'],
      ],
    }),
    graph({
      title: 'Redis: failed commands',
      about: 'Too slow counts as failed. The service goes on without Redis.',
      unit: 'cps',
      queries: [
        ['sum by (operation) (rate(integration_redis_failures_total[$__rate_interval]))', '{{operation}}'],
        [
          'sum by (service) (rate(integration_rate_limiter_fallback_total[$__rate_interval]))',
          'quota by share: {{service}}',
        ],
      ],
    }),
    graph({
      title: 'Spool',
      about: 'Records on the disks of replicas, waiting for the database.',
      unit: 'none',
      queries: [
        ['sum by (instance) (integration_spool_records)', '{{instance}}'],
        ['sum(rate(integration_spool_shipped_total[$__rate_interval]))', 'shipped a second'],
        ['sum(rate(integration_spool_refused_total[$__rate_interval]))', 'refused a second'],
      ],
    }),
    graph({
      title: 'Size of the spool',
      about: 'Full at SPOOL_MAX_BYTES; then calls are refused.',
      unit: 'bytes',
      queries: [['sum by (instance) (integration_spool_bytes)', '{{instance}}']],
    }),
  ],
};

const bus: Row = {
  title: 'Events and commands',
  panels: [
    graph({
      title: 'Outbox: waiting events',
      about: 'Written with their work, not yet confirmed by the broker.',
      unit: 'none',
      queries: [
        ['max(integration_outbox_rows)', 'rows'],
        ['max(integration_outbox_set_aside_rows)', 'set aside for good'],
      ],
    }),
    graph({
      title: 'Outbox: age of the oldest',
      about: 'Normally under a second.',
      unit: 's',
      queries: [['max(integration_outbox_oldest_age_seconds)', 'oldest']],
    }),
    graph({
      title: 'Events published',
      about: 'Confirmed by the broker.',
      unit: 'cps',
      stacked: true,
      queries: [['sum by (type) (rate(integration_events_published_total[$__rate_interval]))', '{{type}}']],
    }),
    graph({
      title: 'Events not published',
      about: 'Failures are tried again; unroutable ones have no queue that wants them.',
      unit: 'cps',
      queries: [
        ['sum(rate(integration_events_publish_failures_total[$__rate_interval]))', 'failed'],
        [
          'sum by (type) (rate(integration_events_unroutable_total[$__rate_interval]))',
          'unroutable {{type}}',
        ],
      ],
    }),
    graph({
      title: 'p95 of publishing',
      about: 'Until the broker confirms; callers do not wait for it.',
      unit: 's',
      queries: [
        [
          'histogram_quantile(0.95, sum by (le) (rate(integration_events_publish_duration_seconds_bucket[$__rate_interval])))',
          'p95',
        ],
      ],
    }),
    graph({
      title: 'Commands by outcome',
      about: 'From the queue integration.commands.',
      unit: 'cps',
      stacked: true,
      queries: [
        [
          'sum by (command, outcome) (rate(integration_commands_total[$__rate_interval]))',
          '{{command}} {{outcome}}',
        ],
        ['sum(rate(integration_command_answers_dropped_total[$__rate_interval]))', 'answers for nobody'],
      ],
    }),
    graph({
      title: 'p95 of commands',
      about: 'From delivery to acknowledgement.',
      unit: 's',
      queries: [
        [
          'histogram_quantile(0.95, sum by (command, le) (rate(integration_command_duration_seconds_bucket[$__rate_interval])))',
          '{{command}}',
        ],
      ],
    }),
  ],
};

const processes: Row = {
  title: 'Processes',
  panels: [
    graph({
      title: 'Processor',
      about: 'Seconds of processor a second; 1 is a whole core.',
      unit: 'none',
      queries: [
        [
          'sum by (instance) (rate(process_cpu_seconds_total{job="integration-service"}[$__rate_interval]))',
          '{{instance}}',
        ],
      ],
    }),
    graph({
      title: 'Memory',
      about: 'Resident set of each replica.',
      unit: 'bytes',
      queries: [
        ['sum by (instance) (process_resident_memory_bytes{job="integration-service"})', '{{instance}}'],
      ],
    }),
    graph({
      title: 'Workers',
      about: 'Of replicas with WEB_CONCURRENCY above 1, and how many were lost.',
      unit: 'none',
      queries: [
        ['sum by (instance) (integration_workers)', '{{instance}}'],
        [
          'sum by (instance) (increase(integration_worker_restarts_total[$__rate_interval]))',
          'lost: {{instance}}',
        ],
      ],
    }),
    graph({
      title: 'Event loop lag, p99',
      about: 'Above 0.1 s for long: too little processor.',
      unit: 's',
      queries: [
        ['max by (instance) (nodejs_eventloop_lag_p99_seconds{job="integration-service"})', '{{instance}}'],
      ],
    }),
  ],
};

export const overview = () =>
  board(
    'integration-overview',
    'Integration Overview',
    'How callers, providers and everything beneath fare.',
    [callers, providers, webhooks, dependencies, bus, processes],
  );
