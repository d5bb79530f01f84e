import { expect } from 'chai';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { pooledMetrics } from '../../../../src/infrastructure/telemetry/pooled-metrics.ts';
import { prometheusTelemetry } from '../../../../src/infrastructure/telemetry/prometheus-telemetry.ts';
import { skipBecause } from '../../../support/skip-because.ts';

const worker = () => {
  const registry = new Registry();
  const registers = [registry];
  const calls = new Counter({ name: 'calls', help: 'c', labelNames: ['kind'], registers });
  const seconds = new Histogram({ name: 'seconds', help: 's', buckets: [1], registers });
  const inUse = new Gauge({ name: 'in_use', help: 'g', registers });
  return { calls, seconds, inUse, counts: () => registry.getMetricsAsJSON() };
};

describe('pooled metrics', () => {
  it('add up what workers count', async () => {
    const metrics = pooledMetrics();
    for (const id of [1, 2]) {
      const { calls, seconds, inUse, counts } = worker();
      calls.inc({ kind: 'a' }, id);
      seconds.observe(id);
      inUse.set(id);
      metrics.note(id, await counts());
    }
    const { body, contentType } = await metrics.expose([]);
    expect(contentType).to.match(/^text\/plain/);
    expect(body).to.match(/^calls\{kind="a"\} 3$/m);
    expect(body).to.match(/^in_use 3$/m);
    expect(body).to.match(/^seconds_bucket\{le="1"\} 1$/m);
    expect(body).to.match(/^seconds_bucket\{le="\+Inf"\} 2$/m);
    expect(body).to.match(/^seconds_sum 3$/m);
  });

  it('add up what the calls of workers cost to the last decimal, and no further', async () => {
    const metrics = pooledMetrics();
    for (const [id, micros] of [100_000, 200_000, 400_000].entries()) {
      const telemetry = prometheusTelemetry(async () => []);
      const cost = { micros, currency: 'USD' };
      const called = { provider: 'google_maps', operation: 'geocode' };
      telemetry.providerCharged({ ...called, cost });
      metrics.note(id, await telemetry.registry.getMetricsAsJSON());
      if (id === 0) await metrics.retire(id);
    }
    const { body } = await metrics.expose([]);
    expect(body).to.match(/^integration_call_cost_total\{[^}]*\} 0\.7$/m);
  });

  it('keep what an ended worker has counted, and drop its gauges', async () => {
    const metrics = pooledMetrics();
    const ended = [];
    for (const id of [1, 2, 3]) {
      const { calls, inUse, seconds, counts } = worker();
      calls.inc({ kind: 'a' }, 10 ** id);
      seconds.observe(0.5);
      inUse.set(id);
      metrics.note(id, await counts());
      if (id !== 3) ended.push(metrics.retire(id));
    }
    const { body } = await metrics.expose([]);
    expect(body).to.match(/^calls\{kind="a"\} 1110$/m);
    expect(body).to.match(/^seconds_count 3$/m);
    expect(body).to.match(/^in_use 3$/m);
    await Promise.all(ended);
  });

  it('forget a worker that ended before it counted anything', async () => {
    const metrics = pooledMetrics();
    await metrics.retire(7);
    expect((await metrics.expose([])).body.trim()).to.equal('');
  });

  it('do not add up what all workers read in one place', async () => {
    const metrics = pooledMetrics();
    for (const id of [1, 2, 3]) {
      const telemetry = prometheusTelemetry(async () => [
        { service: 'google_maps', status: 'healthy', count: 4 },
      ]);
      telemetry.rateLimitUtilization('google_maps', [
        { window: 'minute', used: id, limit: 10, remaining: 10 - id, resetsAt: 0 } as never,
      ]);
      metrics.note(id, await telemetry.registry.getMetricsAsJSON());
    }
    const { body } = await metrics.expose([]);
    expect(body).to.match(/^integration_service_health\{service="google_maps",status="healthy"\} 4$/m);
    expect(body).to.match(/^integration_rate_limit_utilization\{service="google_maps"\} 0.3$/m);
  });

  /** The pooled metrics of workers that have these values of `name`. */
  const pooledOf = async (name: string, values: readonly number[]): Promise<string> => {
    const metrics = pooledMetrics();
    const counts = await prometheusTelemetry(async () => []).registry.getMetricsAsJSON();
    for (const [id, value] of values.entries())
      metrics.note(
        id,
        counts.map((metric) =>
          metric.name === name ? { ...metric, values: [{ value, labels: {} }] } : metric,
        ),
      );
    return (await metrics.expose([])).body;
  };

  it('hide no event loop that is blocked behind others that are not', async () => {
    const body = await pooledOf('nodejs_eventloop_lag_p99_seconds', [0.02, 0.4, 0.02, 0.02]);
    expect(body).to.match(/^nodejs_eventloop_lag_p99_seconds 0\.4$/m);
  });

  it('hide no worker short of files behind others that have many left', async function () {
    if (process.platform !== 'linux') return skipBecause(this, 'files are counted in /proc alone');
    expect(await pooledOf('process_open_fds', [60, 950, 60])).to.match(/^process_open_fds 950$/m);
    expect(await pooledOf('process_max_fds', [1024, 1024, 1024])).to.match(/^process_max_fds 1024$/m);
  });

  it('say of each gauge how the values of workers are combined: few may be added up', async () => {
    /** Each worker has a separate value of these; of all others they report the same. */
    const shares: readonly string[] = ['integration_spool_records', 'integration_spool_bytes'];
    const all = await prometheusTelemetry(async () => []).registry.getMetricsAsJSON();
    const gauges = all.filter(
      ({ name, type }) => name.startsWith('integration_') && String(type) === 'gauge',
    );
    expect(gauges.length).to.be.greaterThan(1);
    const summed = gauges.filter(({ aggregator }) => aggregator === 'sum').map(({ name }) => name);
    expect(summed.filter((name) => !shares.includes(name))).to.deep.equal([]);
  });
});
