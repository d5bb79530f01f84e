import { expect } from 'chai';
import { Registry } from 'prom-client';
import { ruleExpressions } from '../../../../scripts/ops/observability/expressions.ts';
import { prometheusWebhookTelemetry } from '../../../../src/infrastructure/telemetry/webhook-telemetry.ts';
import { refusalKinds } from '../../../support/refusal-kinds.ts';

const REQUESTS = 'integration_webhook_requests_total';

const refusals = async (registry: Registry): Promise<ReadonlyMap<string, number>> => {
  const { values = [] } = (await registry.getSingleMetric(REQUESTS)?.get()) ?? {};
  return new Map(
    values
      .filter(({ labels }) => labels['source'] === 'github' && labels['outcome'] === 'refused')
      .map(({ labels, value }) => [String(labels['reason']), value]),
  );
};

describe('Metrics of webhooks', () => {
  it('count from 0 on every refusal that an alert watches, so that the first one is seen as an increase', async () => {
    const registry = new Registry();
    prometheusWebhookTelemetry(registry);
    const asked = ruleExpressions()
      .filter(({ text }) => text.includes(REQUESTS))
      .map(({ text }) => text.replaceAll(/reason!~"[^"]*"/g, ''));
    const watched = refusalKinds.filter((kind) => asked.some((text) => text.includes(kind)));
    expect(watched).to.include('storage-unavailable');
    const shown = await refusals(registry);
    expect([...shown.keys()]).to.have.members(watched);
    expect([...shown.values()].every((value) => value === 0)).to.equal(true);
  });

  it('tell a delivery that was taken from one that was refused, and why', async () => {
    const registry = new Registry();
    const telemetry = prometheusWebhookTelemetry(registry);
    telemetry.answered({ source: 'github', outcome: 'accepted', reason: undefined });
    telemetry.answered({ source: 'github', outcome: 'refused', reason: 'too-large' });
    const shown = await registry.getSingleMetricAsString(REQUESTS);
    expect(shown).to.contain('{source="github",outcome="accepted",reason="none"} 1');
    expect((await refusals(registry)).get('too-large')).to.equal(1);
  });

  it('give sizes in bytes and durations in seconds', async () => {
    const registry = new Registry();
    const telemetry = prometheusWebhookTelemetry(registry);
    telemetry.bodyRead(2_048, 30);
    telemetry.verified(2);
    telemetry.committed(7);
    telemetry.suspected('custom');
    telemetry.limited(false);
    const text = await registry.metrics();
    expect(text).to.contain('integration_webhook_body_bytes_sum 2048\n');
    expect(text).to.contain('integration_webhook_read_duration_seconds_sum 0.03\n');
    expect(text).to.contain('integration_webhook_verify_duration_seconds_sum 0.002\n');
    expect(text).to.contain('integration_webhook_commit_duration_seconds_sum 0.007\n');
    expect(text).to.contain('integration_webhook_replay_suspects_total{source="custom"} 1\n');
    expect(text).to.contain('integration_webhook_limiter_decisions_total{decision="refused"} 1\n');
  });
});
