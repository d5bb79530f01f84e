import { expect } from 'chai';
import { registerGoogle, registerYandex, startGateway, type Gateway } from '../support/gateway.ts';
import { eventually } from '../support/until.ts';
import { startTraceCollector, type CollectedSpan, type TraceCollector } from '../support/trace-collector.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const CALLER = '00f067aa0ba902b7';
const SERVER = 2;
const CLIENT = 3;

describe('Traces', () => {
  let collector: TraceCollector;
  let gateway: Gateway;
  before(async () => {
    collector = await startTraceCollector();
    gateway = await startGateway({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url });
  });
  after(async () => {
    await gateway.stop();
    await collector.stop();
  });
  beforeEach(() => gateway.sandbox.control({ reset: true }));

  const ofTrace = (traceId: string, least: number): Promise<readonly CollectedSpan[]> =>
    eventually(`${least} spans`, async () => {
      const spans = collector.spans().filter((span) => span.traceId === traceId);
      return spans.length >= least ? spans : undefined;
    });
  const named = (spans: readonly CollectedSpan[], name: string): CollectedSpan => {
    const found = spans.find((span) => span.name === name);
    if (found === undefined) throw new Error(`no span ${name} among ${spans.map((s) => s.name).join(', ')}`);
    return found;
  };

  it("show the request, the call, the cache, each provider and the commit, below their caller's span", async () => {
    const api = await gateway.administrator('traced');
    await registerGoogle(api, gateway.sandbox, { api_key: 'SANDBOX-500' });
    await registerYandex(api, gateway.sandbox);
    const traceparent = `00-${TRACE}-${CALLER}-01`;
    const address = 'Москва, улица Арбат, 12';
    const answer = await api.post('/geocoding/geocode', { address }, { traceparent });
    expect(answer.status).to.equal(200);

    const spans = await ofTrace(TRACE, 6);
    const request = named(spans, 'POST /geocoding/geocode');
    const call = named(spans, 'integration geocode');
    const google = spans.filter(({ name }) => name === 'google_maps geocode');
    const yandex = named(spans, 'yandex_maps geocode');
    expect(request).to.include({ kind: SERVER, parentSpanId: CALLER, failed: false });
    expect(request.attributes).to.include({
      'http.route': '/geocoding/geocode',
      'integration.tenant': 'traced',
    });
    expect(request.attributes['http.response.status_code']).to.equal(200);
    expect(call).to.include({ parentSpanId: request.spanId, failed: false });
    expect(call.attributes).to.include({
      'integration.provider': 'yandex_maps',
      'integration.cache': 'miss',
    });
    for (const part of [...google, yandex, named(spans, 'cache lookup'), named(spans, 'journal commit')])
      expect(part.parentSpanId, part.name).to.equal(call.spanId);
    expect(google.length).to.be.greaterThan(0);
    for (const attempt of google) expect(attempt).to.include({ kind: CLIENT, failed: true });
    expect(yandex).to.include({ kind: CLIENT, failed: false });
    for (const span of spans) expect(span.endMs, span.name).to.be.at.least(span.startMs);
    expect(yandex.resource).to.include({ 'service.name': 'integration-service' });
    expect(yandex.resource['service.version']).to.match(/^\d+\.\d+\.\d+/);

    const sent = gateway.sandbox.lastRequests().map(({ headers }) => headers['traceparent']);
    expect(sent).to.include(`00-${TRACE}-${yandex.spanId}-01`);
    const line = gateway
      .output()
      .split('\n')
      .find((text) => text.includes(TRACE));
    expect(JSON.parse(line ?? '{}')).to.include({ trace_id: TRACE, tenant: 'traced', event: 'http.request' });
    expect(collector.text()).to.not.match(/Арбат|SANDBOX|Bearer|eyJ/);
  });

  it('begin here when a caller sends none, and are not recorded when the caller says so', async () => {
    const api = await gateway.administrator('traced');
    await api.get('/services');
    const begun = await eventually('the span', async () =>
      collector.spans().find(({ name }) => name === 'GET /services'),
    );
    expect(begun.parentSpanId ?? '').to.equal('');
    const unsampled = 'a'.repeat(32);
    await api.get('/services', { traceparent: `00-${unsampled}-${CALLER}-00` });
    await api.get('/tokens');
    await eventually('a later span', async () =>
      collector.spans().find(({ name }) => name === 'GET /tokens'),
    );
    expect(collector.spans().filter(({ traceId }) => traceId === unsampled)).to.deep.equal([]);
    expect(collector.spans().filter(({ name }) => name.includes('/health'))).to.deep.equal([]);
  });

  it('do not disturb requests when their collector is away: one log line, and the last spans are sent again', async () => {
    const { port } = new URL(collector.url);
    await collector.stop();
    const api = await gateway.administrator('traced');
    for (let n = 0; n < 20; n += 1) expect((await api.get('/services')).status).to.equal(200);
    const lines = (): number =>
      gateway.output().match(/traces are not accepted by their collector/g)?.length ?? 0;
    await eventually('the line', async () => lines() > 0 || undefined);
    for (let n = 0; n < 20; n += 1) expect((await api.get('/services')).status).to.equal(200);
    collector = await startTraceCollector(Number(port));
    expect((await api.get('/tokens')).status).to.equal(200);
    await gateway.restart('stop');
    expect(lines()).to.equal(1);
    expect(collector.spans().map(({ name }) => name)).to.include('GET /tokens');
  });
});
