import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { rules, ruleTestFiles } from '../../../scripts/ops/observability/expressions.ts';
import { prometheusCommandTelemetry } from '../../../src/infrastructure/telemetry/command-telemetry.ts';
import { registerDatabaseMetrics } from '../../../src/infrastructure/telemetry/database-metrics.ts';
import { eventMetrics } from '../../../src/infrastructure/telemetry/event-metrics.ts';
import { jobMetrics } from '../../../src/infrastructure/telemetry/job-metrics.ts';
import { parkedDeliveries } from '../../../src/infrastructure/telemetry/parked-deliveries.ts';
import { prometheusTelemetry } from '../../../src/infrastructure/telemetry/prometheus-telemetry.ts';
import { prometheusWebhookTelemetry } from '../../../src/infrastructure/telemetry/webhook-telemetry.ts';
import { workerMetrics } from '../../../src/infrastructure/telemetry/worker-metrics.ts';

type RuleTest = {
  readonly alert_rule_test?: readonly {
    readonly alertname: string;
    readonly exp_alerts: readonly unknown[];
  }[];
};

const tests = ruleTestFiles
  .flatMap((file) => (parse(readFileSync(file, 'utf8')) as { readonly tests: readonly RuleTest[] }).tests)
  .flatMap(({ alert_rule_test: ofAlerts = [] }) => ofAlerts);

type Sample = {
  readonly name: string;
  readonly labels: Readonly<Partial<Record<string, string | number>>>;
};

/** The counters of a service that was asked for nothing yet. */
const atTheStart = async (): Promise<readonly Sample[]> => {
  const { registry } = prometheusTelemetry(async () => []);
  prometheusCommandTelemetry(registry);
  eventMetrics(registry, async () => undefined);
  jobMetrics(registry, ['retention']);
  parkedDeliveries(registry);
  prometheusWebhookTelemetry(registry);
  registerDatabaseMetrics(registry, {
    isAway: () => false,
    spool: { records: 0, bytes: 0, refused: 0, kept: async () => 0 },
    shipped: () => 0,
  });
  const ofPrimary = await workerMetrics(
    () => 1,
    () => 0,
  )();
  return [...(await registry.getMetricsAsJSON()), ...ofPrimary].flatMap(({ name, values }) =>
    values.map(({ labels }) => ({ name, labels })),
  );
};

/** Name and matchers of every counter that is asked for its increase. */
const increasesIn = (expr: string) =>
  [...expr.matchAll(/\bincrease\((integration_\w+)(?:\{([^}]*)\})?\[/g)].map(
    ([, name = '', matchers = '']) => ({
      name,
      matchers: [...matchers.matchAll(/(\w+)(=~|!=|=)"([^"]*)"/g)].map(([, label = '', sign, value = '']) => {
        const pattern = new RegExp(`^(?:${value})$`);
        return (labels: Sample['labels']) => pattern.test(String(labels[label] ?? '')) === (sign !== '!=');
      }),
    }),
  );

/** Grows for minutes before it alerts, so that the first of it may pass unseen. */
const LASTING = ['integration_rate_limiter_fallback_total'];

describe('Alerts', () => {
  for (const { alert } of rules())
    if (alert !== undefined)
      it(`${alert} is seen to fire and to keep quiet by a test of the rules`, () => {
        const ofAlert = tests.filter(({ alertname }) => alertname === alert);
        expect(
          ofAlert.some(({ exp_alerts: fired }) => fired.length > 0),
          'fires',
        ).to.equal(true);
        expect(
          ofAlert.some(({ exp_alerts: fired }) => fired.length === 0),
          'keeps quiet',
        ).to.equal(true);
      });

  it('wait for no increase of a counter that is not there before its first event', async () => {
    const samples = await atTheStart();
    const asked = rules().flatMap(({ expr }) => increasesIn(expr));
    expect(asked.length).to.be.greaterThan(8);
    const missing = asked.filter(
      ({ name, matchers }) =>
        !LASTING.includes(name) &&
        name !== 'integration_call_cost_total' &&
        !samples.some((sample) => sample.name === name && matchers.every((holds) => holds(sample.labels))),
    );
    expect(missing.map(({ name }) => name)).to.deep.equal([]);
  });
});
