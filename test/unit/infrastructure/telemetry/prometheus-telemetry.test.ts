import { expect } from 'chai';
import { prometheusTelemetry } from '../../../../src/infrastructure/telemetry/prometheus-telemetry.ts';
import { fixedClock } from '../../../support/fixed-clock.ts';
import type { WindowState } from '../../../../src/domain/rate-limit/quota.ts';

const aWindow = (used: number, limit: number): WindowState => ({
  subjectId: 's',
  window: 'minute',
  limit,
  used,
  remaining: Math.max(0, limit - used),
  resetsAt: 0,
});
const samples = async (telemetry: ReturnType<typeof prometheusTelemetry>): Promise<readonly string[]> =>
  (await telemetry.expose()).body.split('\n').filter((line) => line.startsWith('integration_'));

describe('metrics', () => {
  it('carry every name of the brief, with its labels', async () => {
    const telemetry = prometheusTelemetry(async () => [
      { service: 'google_maps', status: 'healthy', count: 2 },
    ]);
    telemetry.callFinished({
      service: 'google_maps',
      operation: 'geocode',
      status: 'success',
      durationMs: 30,
      isUnknown: false,
    });
    telemetry.cacheLookup({ service: 'google_maps', operation: 'geocode', hit: true });
    telemetry.cacheLookup({ service: 'google_maps', operation: 'geocode', hit: false });
    telemetry.rateLimitExceeded('google_maps');
    telemetry.rateLimitUtilization('google_maps', [aWindow(1, 60)]);
    expect(await samples(telemetry)).to.include.members([
      'integration_requests_total{service="google_maps",operation="geocode",status="success"} 1',
      'integration_request_duration_seconds_bucket{le="0.025",service="google_maps",operation="geocode"} 0',
      'integration_request_duration_seconds_bucket{le="0.05",service="google_maps",operation="geocode"} 1',
      'integration_cache_hits_total{service="google_maps",operation="geocode"} 1',
      'integration_cache_misses_total{service="google_maps",operation="geocode"} 1',
      'integration_rate_limits_exceeded_total{service="google_maps"} 1',
      'integration_rate_limit_utilization{service="google_maps"} 0.016666666666666666',
      'integration_service_health{service="google_maps",status="healthy"} 2',
    ]);
  });

  it('tell of calls to providers and of changes of health', async () => {
    const telemetry = prometheusTelemetry(async () => []);
    telemetry.providerCalled({
      provider: 'yandex_maps',
      operation: 'distance',
      outcome: 'ok',
      durationMs: 400,
    });
    telemetry.healthChanged('yandex_maps', 'healthy', 'degraded');
    expect(await samples(telemetry)).to.include.members([
      'integration_provider_calls_total{provider="yandex_maps",operation="distance",outcome="ok"} 1',
      'integration_provider_call_duration_seconds_sum{provider="yandex_maps",operation="distance"} 0.4',
      'integration_service_health_changes_total{service="yandex_maps",from="healthy",to="degraded"} 1',
    ]);
  });

  it('count the writes of which nobody knows whether they were made, each operation from 0 on', async () => {
    const telemetry = prometheusTelemetry(async () => []);
    const write = { service: 'google_sheets', operation: 'sheets_append', durationMs: 30 };
    telemetry.callFinished({ ...write, status: 'timeout', isUnknown: true });
    telemetry.callFinished({ ...write, status: 'timeout', isUnknown: false });
    telemetry.callFinished({ ...write, status: 'success', isUnknown: false });
    const unknown = (await samples(telemetry)).filter((line) =>
      line.startsWith('integration_writes_unknown_total'),
    );
    expect(unknown).to.deep.equal([
      'integration_writes_unknown_total{service="google_sheets",operation="sheets_write"} 0',
      'integration_writes_unknown_total{service="google_sheets",operation="sheets_append"} 1',
      'integration_writes_unknown_total{service="google_sheets",operation="sheets_clear"} 0',
      'integration_writes_unknown_total{service="google_sheets",operation="sheets_batch_update"} 0',
    ]);
  });

  it('reports a hit rate of zero, not a missing one, for a cache without hits since the start', async () => {
    const telemetry = prometheusTelemetry(async () => []);
    telemetry.cacheLookup({ service: 'google_maps', operation: 'geocode', hit: false });
    expect(await samples(telemetry)).to.include.members([
      'integration_cache_hits_total{service="google_maps",operation="geocode"} 0',
      'integration_cache_misses_total{service="google_maps",operation="geocode"} 1',
    ]);
  });

  it('add up what calls cost, one sum a currency, and keep silent about what is free', async () => {
    const telemetry = prometheusTelemetry(async () => []);
    const called = { provider: 'google_maps', operation: 'geocode' };
    for (const micros of [5_000, 5_000, 250_000])
      telemetry.providerCharged({ ...called, cost: { micros, currency: 'USD' } });
    telemetry.providerCharged({ ...called, cost: { micros: 1_000_000, currency: 'RUB' } });
    const costs = (await samples(telemetry)).filter((line) => line.startsWith('integration_call_cost_total'));
    expect(costs).to.deep.equal([
      'integration_call_cost_total{service="google_maps",operation="geocode",currency="USD"} 0.26',
      'integration_call_cost_total{service="google_maps",operation="geocode",currency="RUB"} 1',
    ]);
  });

  it('add up what calls cost to the last decimal, and no further', async () => {
    const telemetry = prometheusTelemetry(async () => []);
    const called = { provider: 'google_maps', operation: 'geocode' };
    for (const micros of [100_000, 200_000])
      telemetry.providerCharged({ ...called, cost: { micros, currency: 'USD' } });
    const sum = 'integration_call_cost_total{service="google_maps",operation="geocode",currency="USD"} 0.3';
    expect(await samples(telemetry)).to.include(sum);
    expect(await samples(telemetry), 'asked again').to.include(sum);
  });

  it('have no label for three letters that are not a currency, whatever tenants enter', async () => {
    const telemetry = prometheusTelemetry(async () => []);
    const called = { provider: 'google_maps', operation: 'geocode' };
    for (const currency of ['QQQ', 'QQZ', 'UZS'])
      telemetry.providerCharged({ ...called, cost: { micros: 1_000_000, currency } });
    const costs = (await samples(telemetry)).filter((line) => line.startsWith('integration_call_cost_total'));
    expect(costs).to.deep.equal([
      'integration_call_cost_total{service="google_maps",operation="geocode",currency="other"} 2',
      'integration_call_cost_total{service="google_maps",operation="geocode",currency="UZS"} 1',
    ]);
  });

  it('show the fullest window, and a limit of zero as full', async () => {
    const telemetry = prometheusTelemetry(async () => []);
    const utilization = async () =>
      (await samples(telemetry))
        .find((line) => line.startsWith('integration_rate_limit_utilization'))
        ?.split(' ')[1];
    telemetry.rateLimitUtilization('x', [aWindow(30, 60), aWindow(90, 100), aWindow(1, 1_000)]);
    expect(await utilization()).to.equal('0.9');
    telemetry.rateLimitUtilization('x', [aWindow(0, 0)]);
    expect(await utilization()).to.equal('1');
    telemetry.rateLimitUtilization('x', [aWindow(9, 1)]);
    expect(await utilization(), 'a limit lowered below what was used').to.equal('1');
    telemetry.rateLimitUtilization('x', []);
    expect(await utilization()).to.equal('0');
  });

  it('let a window pass that nobody asks of any more, and keep the longer ones', async () => {
    const clock = fixedClock();
    const telemetry = prometheusTelemetry(async () => [], clock.monotonic);
    const utilization = async () =>
      (await samples(telemetry))
        .find((line) => line.startsWith('integration_rate_limit_utilization'))
        ?.split(' ')[1];
    telemetry.rateLimitUtilization('x', [aWindow(59, 60), { ...aWindow(500, 1_000), window: 'day' }]);
    clock.advance(59_999);
    expect(await utilization()).to.equal('0.9833333333333333');
    clock.advance(1);
    expect(await utilization()).to.equal('0.5');
    clock.advance(86_400_000);
    expect(await utilization()).to.equal('0');
  });

  it('forget a state of health that no service is in any more', async () => {
    let counts = [{ service: 'google_maps', status: 'unhealthy', count: 1 }];
    const telemetry = prometheusTelemetry(async () => counts);
    expect(await samples(telemetry)).to.include(
      'integration_service_health{service="google_maps",status="unhealthy"} 1',
    );
    counts = [{ service: 'google_maps', status: 'healthy', count: 1 }];
    const after = (await samples(telemetry)).filter((line) => line.startsWith('integration_service_health{'));
    expect(after).to.deep.equal(['integration_service_health{service="google_maps",status="healthy"} 1']);
  });

  it('may be made twice in one process, each for itself, and tell of the process too', async () => {
    const [first, second] = [prometheusTelemetry(async () => []), prometheusTelemetry(async () => [])];
    first.rateLimitExceeded('google_maps');
    expect(await samples(second)).to.include(
      'integration_rate_limits_exceeded_total{service="google_maps"} 0',
    );
    const { contentType, body } = await second.expose();
    expect(contentType).to.match(/^text\/plain/);
    expect(body).to.include('process_resident_memory_bytes');
  });
});
