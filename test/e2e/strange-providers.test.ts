import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import type { ApiClient } from '../support/api-client.ts';
import { registerGoogle, registerYandex, startGateway, type Gateway } from '../support/gateway.ts';
import { recordedAnswer } from '../support/recorded-answer.ts';
import type { Data, Geocoded, Log, Problem } from '../support/wire.ts';

const HOUSE = { address: 'Москва, ул. Тверская, 13' };

/** Behaviour that no key of the sandbox triggers. */
describe('A provider with unusual behaviour', () => {
  let gateway: Gateway;
  let google: Server;
  let asked: string[] = [];
  let behaviour: RequestListener;
  before(async () => {
    google = createServer((req, res) => {
      asked.push(req.url ?? '');
      behaviour(req, res);
    });
    await new Promise<void>((resolve) => google.listen(0, '127.0.0.1', resolve));
    // This process acts as the providers, and may answer late on a busy machine.
    gateway = await startGateway({ ATTEMPT_TIMEOUT_MS: '15000', CALL_DEADLINE_MS: '30000' });
  });
  after(async () => {
    await gateway.stop();
    google.closeAllConnections();
    google.close();
  });
  beforeEach(() => {
    asked = [];
    gateway.sandbox.control({ reset: true });
  });

  const url = (): string => `http://127.0.0.1:${(google.address() as AddressInfo).port}`;
  const withProviders = async (tenant: string): Promise<ApiClient> => {
    const api = await gateway.administrator(tenant);
    await registerGoogle(api, gateway.sandbox, { base_url: `${url()}/maps/api` });
    await registerYandex(api, gateway.sandbox, { cost_per_call: '0.4', cost_currency: 'RUB' });
    return api;
  };
  const says =
    (
      status: number,
      body: string | Buffer,
      headers: { readonly [name: string]: string } = {},
    ): RequestListener =>
    (_req, res) =>
      res.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body);
  const outcomes = (body: Geocoded) =>
    body.meta.attempts.map(({ provider, outcome }) => `${provider} ${outcome}`);

  it('that finds only the city loses to the second one, which finds the house', async () => {
    behaviour = says(200, recordedAnswer('google-geocode', 'partial/city-only'));
    const api = await withProviders('coarse');
    const answer = await api.post<Geocoded>('/geocoding/geocode', HOUSE);
    expect(answer.status, answer.text).to.equal(200);
    expect(outcomes(answer.body)).to.deep.equal(['google_maps poor-match', 'yandex_maps ok']);
    expect(answer.headers.get('x-integration-provider')).to.equal('yandex_maps');
    expect(answer.body.data.matches[0]).to.include({ precision: 'house' });
    const log = await api.get<Data<Log>>(`/logs/${answer.body.meta.log_id}`);
    expect(log.body.data.attempts.map(({ outcome }) => outcome)).to.deep.equal(['poor-match', 'ok']);
    const costs =
      await api.get<Data<readonly { group: string; cost: { amount: string; currency: string } }[]>>('/costs');
    expect(
      costs.body.data.map(({ group, cost }) => `${group} ${cost.amount} ${cost.currency}`),
    ).to.have.members(['google_maps 0.005 USD', 'yandex_maps 0.4 RUB']);
  });

  it('that calls the request invalid is believed, and nobody else is asked', async () => {
    behaviour = says(400, JSON.stringify({ status: 'INVALID_REQUEST', error_message: 'no', results: [] }));
    const api = await withProviders('wrong');
    const answer = await api.post<Problem>('/geocoding/geocode', HOUSE);
    expect(answer.status).to.equal(422);
    expect(answer.body.code).to.equal('request-rejected');
    expect(answer.body.attempts).to.have.length(1);
    expect(gateway.sandbox.counters().providers.yandex.calls).to.equal(0);
    const again = await api.post<Problem>('/geocoding/geocode', HOUSE);
    expect(again.status).to.equal(422);
    expect(asked).to.have.length(2);
  });

  const failing: readonly (readonly [what: string, answer: () => RequestListener, outcome: string])[] = [
    [
      'sends its callers elsewhere',
      () => says(302, '', { location: `${url()}/elsewhere?key=stolen` }),
      'answer-not-understood',
    ],
    [
      'is not at its path',
      () => says(404, 'not here', { 'content-type': 'text/plain' }),
      'answer-not-understood',
    ],
    [
      'takes no headers so large',
      () => says(431, 'too large', { 'content-type': 'text/plain' }),
      'answer-not-understood',
    ],
    ['answers an empty body', () => says(200, ''), 'answer-not-understood'],
    ['answers a list', () => says(200, '[]'), 'answer-not-understood'],
    [
      'answers places in the sea of null',
      () => says(200, '{"status":"OK","results":[null,{"geometry":{}}]}'),
      'answer-not-understood',
    ],
    [
      'answers coordinates off the globe',
      () =>
        says(
          200,
          '{"status":"OK","results":[{"formatted_address":"x","geometry":{"location":{"lat":123,"lng":500}}}]}',
        ),
      'answer-not-understood',
    ],
    [
      'answers broken gzip',
      () => says(200, 'not gzip at all', { 'content-encoding': 'gzip' }),
      'answer-not-understood',
    ],
    [
      'answers a bomb of gzip',
      () => says(200, gzipSync(Buffer.alloc(64 * 1024 * 1024, 0x20)), { 'content-encoding': 'gzip' }),
      'answer-not-understood',
    ],
    [
      'announces more than it sends',
      () => (_req, res) => {
        res.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' });
        res.write('{"status":');
        setTimeout(() => res.destroy(), 20);
      },
      'provider-unavailable',
    ],
    [
      'is down for maintenance',
      () => says(503, '<h1>Later</h1>', { 'content-type': 'text/html', 'retry-after': '3600' }),
      'provider-unavailable',
    ],
    ['speaks no HTTP', () => (req) => req.socket.end('SSH-2.0-OpenSSH_9\r\n'), 'answer-not-understood'],
  ];
  failing.forEach(([what, answerOf, outcome], index) => {
    it(`that ${what} is neither followed nor believed, and the second one answers`, async () => {
      behaviour = answerOf();
      const api = await withProviders(`strange-${index}`);
      const answer = await api.post<Geocoded>('/geocoding/geocode', HOUSE);
      expect(answer.status, answer.text).to.equal(200);
      expect(outcomes(answer.body)).to.deep.equal([`google_maps ${outcome}`, 'yandex_maps ok']);
      if (outcome === 'provider-unavailable')
        expect(answer.headers.get('x-integration-cost')).to.equal('0.4 RUB');
      expect(asked.every((path) => path.startsWith('/maps/api/'))).to.equal(true);
    });
  });

  it('is sent the language and the trace context, and nothing more', async () => {
    let seen: unknown;
    behaviour = (req, res) => {
      seen = req.headers;
      says(200, '{"status":"ZERO_RESULTS","results":[]}')(req, res);
    };
    const api = await withProviders('told');
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    await api.post('/geocoding/geocode', { ...HOUSE, language: 'en' }, { traceparent });
    const query = new URL(asked[0] ?? '', url()).searchParams;
    expect(Object.fromEntries(query)).to.deep.equal({ ...HOUSE, language: 'en', key: 'SANDBOX-OK' });
    expect(seen)
      .to.include({ traceparent })
      .and.to.not.have.any.keys('authorization', 'x-management-company-id', 'cookie');
  });

  it('at a private address that was permitted when it was stored is not called once that is forbidden', async () => {
    behaviour = says(200, recordedAnswer('google-geocode', 'msk-tverskaya-13/ru'));
    const api = await withProviders('private');
    expect((await api.post('/geocoding/geocode', HOUSE)).status).to.equal(200);
    await gateway.restart('stop', { ALLOW_PRIVATE_PROVIDERS: 'false' });
    asked = [];
    const again = await gateway.administrator('private');
    const answer = await again.post<Problem>('/geocoding/geocode', { address: 'Москва, улица Арбат, 1' });
    expect(answer.status).to.equal(502);
    expect(answer.body.attempts?.map(({ message }) => message)).to.deep.equal([
      'the address of the provider is not one that this service may call',
      'the address of the provider is not one that this service may call',
    ]);
    expect(asked).to.deep.equal([]);
    expect(gateway.sandbox.counters().providers.yandex.calls).to.equal(0);
  });
});
