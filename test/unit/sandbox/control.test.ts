import { expect } from 'chai';

import { startSandbox } from '../../../sandbox/sandbox.ts';
import type { ControlPatch } from '../../../sandbox/control.ts';
import type { ControlState } from '../../../sandbox/core.ts';
import { get, json, post, withSandbox } from './with-sandbox.ts';

const query = { address: 'Казань, ул. Баумана, 7', language: 'ru' };

describe('sandbox: quotas, counters and control', () => {
  const sandbox = withSandbox();
  const google = async (key = 'SANDBOX-T'): Promise<string> =>
    json<{ status: string }>(await get(`${sandbox().googleBaseUrl}/geocode/json`, { ...query, key })).status;
  const times = async (count: number, call: () => Promise<unknown>): Promise<unknown[]> => {
    const answers = [];
    for (let index = 0; index < count; index += 1) answers.push(await call());
    return answers;
  };

  it('refuses what is over the limit in any trailing minute, by key, and counts it', async () => {
    sandbox().control({ provider: 'google', quota: { per_minute: 3 }, clock_ms: 1_000_000 });
    expect(await times(2, google)).to.deep.equal(['OK', 'OK']);
    sandbox().control({ clock_ms: 1_050_000 });
    expect(await times(2, google)).to.deep.equal(['OK', 'OVER_QUERY_LIMIT']);
    expect(await google('SANDBOX-OTHER')).to.equal('OK');
    sandbox().control({ clock_ms: 1_059_999 });
    expect(await google()).to.equal('OVER_QUERY_LIMIT');
    sandbox().control({ clock_ms: 1_060_000 });
    expect(await times(3, google)).to.deep.equal(['OK', 'OK', 'OVER_QUERY_LIMIT']);
    const { keys, refused_by_quota, outcomes } = sandbox().counters().providers.google;
    expect(refused_by_quota).to.equal(3);
    expect(outcomes).to.include({ ok: 6, over_quota: 3 });
    expect(keys['SANDBOX-T']).to.include({ calls: 8, refused_by_quota: 3 });
  });

  it('starts with the limits the vendors print', async () => {
    sandbox().control({ clock_ms: 5_000_000 });
    const yandex = () =>
      get(sandbox().yandexBaseUrl, { geocode: 'Казань', lang: 'ru_RU', format: 'json', apikey: 'SANDBOX-T' });
    const answers = await Promise.all(Array.from({ length: 51 }, yandex));
    expect(answers.filter(({ status }) => status === 200)).to.have.lengthOf(50);
    expect(answers.filter(({ status }) => status === 429)).to.have.lengthOf(1);
    const { settings } = json<ControlState>(await get(`${sandbox().url}/__control`, {}));
    expect(settings.google.quota).to.deep.equal({ per_minute: 3000 });
    expect(settings.yandex.quota).to.deep.equal({ per_second: 50, per_day: 1000 });
  });

  it('takes from all windows or none', async () => {
    const control = (patch: ControlPatch): void => sandbox().control({ provider: 'google', ...patch });
    control({ quota: { per_second: 1, per_minute: null, per_day: 2 }, clock_ms: 0 });
    expect(await times(3, google)).to.deep.equal(['OK', 'OVER_QUERY_LIMIT', 'OVER_QUERY_LIMIT']);
    control({ clock_ms: 1_000 });
    expect(await google()).to.equal('OK');
    control({ clock_ms: 3_600_000 });
    expect(await google()).to.equal('OVER_QUERY_LIMIT');
    control({ quota: null });
    expect(await google()).to.equal('OK');
  });

  it('charges Routes by element', async () => {
    const point = { waypoint: { location: { latLng: { latitude: 55.7, longitude: 49 } } } };
    const ask = async (size: number): Promise<number> => {
      const body = { origins: Array(size).fill(point), destinations: Array(size).fill(point) };
      const headers = { 'x-goog-api-key': 'SANDBOX-T', 'x-goog-fieldmask': '*' };
      return (await post(`${sandbox().url}/distanceMatrix/v2:computeRouteMatrix`, body, headers)).status;
    };
    sandbox().control({ provider: 'routes', quota: { per_minute: 10 }, clock_ms: 0 });
    expect(await times(3, () => ask(2))).to.deep.equal([200, 200, 429]);
    expect(await ask(1)).to.equal(200);
  });

  it('remembers the most calls of any trailing minute', async () => {
    sandbox().control({ clock_ms: 0 });
    await times(2, google);
    sandbox().control({ clock_ms: 59_000 });
    await times(3, google);
    sandbox().control({ clock_ms: 200_000 });
    await google();
    const { calls, max_calls_per_minute, keys } = sandbox().counters().providers.google;
    expect({ calls, max_calls_per_minute }).to.deep.equal({ calls: 6, max_calls_per_minute: 5 });
    expect(keys['SANDBOX-T']?.max_calls_per_minute).to.equal(5);
  });

  it('is set and read over HTTP as well', async () => {
    const url = `${sandbox().url}/__control`;
    const changed = await post(url, { provider: 'google', latency_ms: 1, mode: '429', retry_after_s: 3 });
    expect(json<ControlState>(changed).settings.google).to.include({ latency_ms: 1, mode: '429' });
    const refused = await get(`${sandbox().googleBaseUrl}/geocode/json`, { ...query, key: 'SANDBOX-T' });
    expect([refused.status, refused.headers.get('retry-after')]).to.deep.equal([429, '3']);
    expect(json<ControlState>(await get(url, {})).providers.google.calls).to.equal(1);
    const reset = json<ControlState>(await post(url, { reset: true }));
    expect(reset.providers.google.calls).to.equal(0);
    expect(reset.settings.google.mode).to.equal(null);
  });

  for (const patch of [
    'no json',
    [],
    { speed: 1 },
    { provider: 'bing' },
    { latency_ms: -1 },
    { mode: 'explode' },
    { fail_next: { mode: '500' } },
    { quota: { per_week: 1 } },
  ]) {
    it(`refuses the patch ${JSON.stringify(patch)}`, async () => {
      expect((await post(`${sandbox().url}/__control`, patch)).status).to.equal(400);
      expect(() => sandbox().control(patch as ControlPatch)).to.throw(TypeError);
    });
  }

  it('shows the last requests without their keys', async () => {
    await google('SANDBOX-SECRET-1');
    await google('someone-elses-key');
    const [seen] = sandbox().lastRequests();
    expect(seen).to.deep.include({ provider: 'google', path: '/maps/api/geocode/json', query });
    const shown = JSON.stringify(sandbox().lastRequests());
    expect(shown).not.to.contain('SANDBOX-SECRET-1');
    expect(shown + JSON.stringify(sandbox().counters())).not.to.contain('someone-elses-key');
    await times(250, google);
    expect(sandbox().lastRequests()).to.have.lengthOf(200);
  });

  it('knows no other path', async () => {
    expect((await get(`${sandbox().url}/maps/api/place/json`, {})).status).to.equal(404);
  });
});

describe('sandbox: start and stop', () => {
  it('gives each provider a separate server when asked', async () => {
    const sandbox = await startSandbox({ separatePorts: true });
    const bases = [
      sandbox.googleBaseUrl,
      sandbox.routesBaseUrl,
      sandbox.yandexBaseUrl,
      sandbox.yandexDistanceBaseUrl,
    ];
    expect(new Set(bases.map((base) => new URL(base).port)).size).to.equal(4);
    const yandexQuery = { geocode: 'Казань', lang: 'ru_RU', apikey: 'SANDBOX-T' };
    expect((await get(sandbox.yandexBaseUrl, yandexQuery)).status).to.equal(200);
    expect((await get(`${sandbox.url}/v1`, yandexQuery)).status).to.equal(404);
    await sandbox.stop();
  });

  it('uses the clock it is given', async () => {
    const sandbox = await startSandbox({ clock: { now: () => 42 } });
    const state = json<ControlState>(await get(`${sandbox.url}/__control`, {}));
    expect(state.clock_ms).to.equal(42);
    await sandbox.stop();
  });

  it('stops with calls hanging, dripping and waiting', async () => {
    const sandbox = await startSandbox();
    const url = `${sandbox.googleBaseUrl}/geocode/json?address=x&language=ru&key=`;
    const dripping = await fetch(`${url}SANDBOX-DRIP`);
    const hanging = fetch(`${url}SANDBOX-HANG`).catch(() => 'cut');
    sandbox.control({ latency_ms: 60_000 });
    const waiting = fetch(`${url}SANDBOX-T`).catch(() => 'cut');
    const cut = dripping.text().catch(() => 'cut');
    while (sandbox.counters().providers.google.calls < 3) await get(`${sandbox.url}/__control`, {});
    await sandbox.stop();
    expect(await Promise.all([hanging, waiting, cut])).to.deep.equal(['cut', 'cut', 'cut']);
  });

  it('rejects a port that is taken', async () => {
    const sandbox = await startSandbox();
    const taken = Number(new URL(sandbox.url).port);
    const outcome = await startSandbox({ port: taken }).then(
      () => 'started',
      (error: NodeJS.ErrnoException) => error.code,
    );
    await sandbox.stop();
    expect(outcome).to.equal('EADDRINUSE');
  });
});
