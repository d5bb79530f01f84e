import { expect } from 'chai';

import type { ControlPatch } from '../../../sandbox/control.ts';
import { until } from '../../support/until.ts';
import { get, json, post, withSandbox } from './with-sandbox.ts';

const googleQuery = { address: 'Казань, ул. Баумана, 7', language: 'ru' };

describe('sandbox: faults', () => {
  const sandbox = withSandbox();
  const google = (key: string) => get(`${sandbox().googleBaseUrl}/geocode/json`, { ...googleQuery, key });
  const yandex = (apikey: string) =>
    get(sandbox().yandexBaseUrl, { geocode: 'Казань', lang: 'ru_RU', format: 'json', apikey });
  const distance = (apikey: string) =>
    get(`${sandbox().yandexDistanceBaseUrl}/distancematrix`, {
      origins: '55,49',
      destinations: '55,49',
      apikey,
    });
  const routes = (key: string) =>
    post(
      `${sandbox().routesBaseUrl}/distanceMatrix/v2:computeRouteMatrix`,
      {
        origins: [{ waypoint: { location: { latLng: { latitude: 55, longitude: 49 } } } }],
        destinations: [{ waypoint: { location: { latLng: { latitude: 55, longitude: 49 } } } }],
      },
      { 'x-goog-api-key': key, 'x-goog-fieldmask': '*' },
    );
  /** The fetch failed, or ended by our own time-out. */
  const fails = async (call: Promise<unknown>): Promise<string> =>
    call.then(
      () => 'answered',
      (error: unknown) => (error instanceof Error ? error.name : 'unknown'),
    );

  for (const [key, statuses] of Object.entries({
    'SANDBOX-BAD': [200, 400, 403, 401],
    'SANDBOX-EXPIRED': [200, 400, 403, 401],
    'SANDBOX-NOAPI': [200, 403, 403, 401],
    'SANDBOX-BILLING': [200, 403, 403, 401],
    'SANDBOX-QPM': [200, 429, 429, 429],
    'SANDBOX-LIMIT': [200, 429, 429, 429],
    'SANDBOX-OQL': [200, 429, 429, 429],
    'SANDBOX-429': [429, 429, 429, 429],
    'SANDBOX-500': [500, 500, 500, 500],
    'SANDBOX-502': [502, 502, 502, 502],
    'SANDBOX-503': [503, 503, 503, 503],
    'SANDBOX-UNKNOWN': [200, 500, 500, 500],
    'SANDBOX-LOAD-1': [200, 200, 200, 200],
    'SANDBOX-ERR200': [200, 200, 200, 200],
    strange: [200, 400, 403, 401],
  })) {
    it(`answers ${key} with ${statuses.join(', ')} at the four services`, async () => {
      const answers = [await google(key), await routes(key), await yandex(key), await distance(key)];
      expect(answers.map(({ status }) => status)).to.deep.equal(statuses);
    });
  }

  for (const [key, status] of Object.entries({
    'SANDBOX-QPM': 'OVER_QUERY_LIMIT',
    'SANDBOX-OQL': 'OVER_QUERY_LIMIT',
    'SANDBOX-UNKNOWN': 'UNKNOWN_ERROR',
    'SANDBOX-LOAD-1': 'OK',
  })) {
    it(`says ${status} at Google for ${key}`, async () => {
      expect(json<{ status: string }>(await google(key)).status).to.equal(status);
    });
  }

  it('hides an error in a 200', async () => {
    expect(json(await google('SANDBOX-ERR200'))).to.have.nested.property('error.code', 500);
    expect(json(await routes('SANDBOX-ERR200'))).to.have.nested.property('[0].error.code', 500);
    expect(json(await yandex('SANDBOX-ERR200'))).to.include({ statusCode: 500 });
    expect(json(await distance('SANDBOX-ERR200'))).to.have.property('errors');
  });

  it('sends Retry-After with 429 and 503', async () => {
    const limited = await yandex('SANDBOX-RETRYAFTER');
    expect([limited.status, limited.headers.get('retry-after')]).to.deep.equal([429, '1']);
    const down = await google('SANDBOX-RETRYAFTER-503');
    expect([down.status, down.headers.get('retry-after')]).to.deep.equal([503, '1']);
  });

  it('answers HTML, broken JSON and JSON under another name', async () => {
    const html = await yandex('SANDBOX-HTML');
    expect([html.status, html.headers.get('content-type')]).to.deep.equal([200, 'text/html; charset=UTF-8']);
    const broken = await yandex('SANDBOX-TRUNC');
    expect(() => json(broken)).to.throw(SyntaxError);
    const typed = await google('SANDBOX-TYPE');
    expect(typed.headers.get('content-type')).to.match(/^text\/plain/u);
    expect(json(typed)).to.include({ status: 'OK' });
  });

  it('never answers a hanging call', async () => {
    const url = `${sandbox().googleBaseUrl}/geocode/json?key=SANDBOX-HANG&address=x`;
    const impatience = new AbortController();
    const failed = fails(fetch(url, { signal: impatience.signal }));
    await until(
      async () => sandbox().counters().providers.google.outcomes.dropped,
      (hung) => hung === 1,
    );
    setTimeout(() => impatience.abort(), 40);
    expect(await failed).to.equal('AbortError');
  });

  it('drips headers at once and then a byte a second', async () => {
    const url = `${sandbox().googleBaseUrl}/geocode/json?key=SANDBOX-DRIP&address=x&language=ru`;
    const impatience = new AbortController();
    const response = await fetch(url, { signal: impatience.signal });
    expect(response.status).to.equal(200);
    setTimeout(() => impatience.abort(), 40);
    expect(await fails(response.text())).to.equal('AbortError');
  });

  it('resets the connection in the middle of a body', async () => {
    const url = `${sandbox().googleBaseUrl}/geocode/json?key=SANDBOX-RESET&address=x&language=ru`;
    expect(await fails(fetch(url).then((response) => response.text()))).to.equal('TypeError');
  });

  it('streams more than any caller should read', async () => {
    const url = `${sandbox().googleBaseUrl}/geocode/json?key=SANDBOX-HUGE&address=x&language=ru`;
    const response = await fetch(url);
    expect(response.headers.get('content-length')).to.equal(null);
    const reader = response.body?.getReader();
    let read = 0;
    while (reader && read < 1_000_000) read += (await reader.read()).value?.length ?? 0;
    await reader?.cancel();
    expect(read).to.be.at.least(1_000_000);
  });

  it('fails the next calls and then no more', async () => {
    sandbox().control({ provider: 'yandex', fail_next: { count: 2, mode: '503', retry_after_s: 7 } });
    const answers = [await yandex('SANDBOX-T'), await yandex('SANDBOX-T'), await yandex('SANDBOX-T')];
    expect(answers.map(({ status }) => status)).to.deep.equal([503, 503, 200]);
    expect(answers[0]?.headers.get('retry-after')).to.equal('7');
    expect((await google('SANDBOX-T')).status).to.equal(200);
  });

  it('stays in a mode until it is taken back', async () => {
    sandbox().control({ mode: '500' });
    expect((await google('SANDBOX-T')).status).to.equal(500);
    expect((await routes('SANDBOX-T')).status).to.equal(500);
    sandbox().control({ mode: null });
    expect((await google('SANDBOX-T')).status).to.equal(200);
  });

  it('is down for a caller without a key as well', async () => {
    sandbox().control({ mode: '503' });
    expect([(await google('')).status, (await yandex('')).status]).to.deep.equal([503, 503]);
    sandbox().control({ mode: 'html' });
    expect((await yandex('')).headers.get('content-type')).to.match(/html/u);
    sandbox().control({ mode: null });
    expect([(await google('')).status, (await yandex('')).status]).to.deep.equal([200, 403]);
  });

  it('drops a call before it counts against the quota, or after', async () => {
    const limit: ControlPatch = { provider: 'google', quota: { per_minute: 1 } };
    sandbox().control({ ...limit, fail_next: { count: 1, mode: 'drop_before' } });
    expect(await fails(google('SANDBOX-T'))).to.equal('TypeError');
    expect(json(await google('SANDBOX-T'))).to.include({ status: 'OK' });
    sandbox().control({ reset: true });
    sandbox().control({ ...limit, fail_next: { count: 1, mode: 'drop_after' } });
    expect(await fails(google('SANDBOX-T'))).to.equal('TypeError');
    expect(json(await google('SANDBOX-T'))).to.include({ status: 'OVER_QUERY_LIMIT' });
  });

  it('waits the latency that is set', async () => {
    sandbox().control({ provider: 'google', latency_ms: 30 });
    const start = performance.now();
    await google('SANDBOX-T');
    expect(performance.now() - start).to.be.at.least(28);
  });
});
