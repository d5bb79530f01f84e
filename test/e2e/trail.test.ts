import { expect } from 'chai';
import type { ApiClient } from '../support/api-client.ts';
import { registerGoogle, registerYandex, startGateway, type Gateway } from '../support/gateway.ts';
import { eventually } from '../support/until.ts';
import { tapEvents, type TappedEvent } from '../support/event-tap.ts';
import type { Call, Data, Geocoded, Log, Money, PageOf, Problem, Service } from '../support/wire.ts';

type Summary = {
  readonly group: string;
  readonly calls: number;
  readonly errors: number;
  readonly cache_hits: number;
};
type Costs = { readonly group: string; readonly calls: number; readonly cost: Money };
type Entry = {
  readonly key: string;
  readonly operation: string;
  readonly service_name: string;
  readonly loaded_by: string;
};

const house = (n: number, street = 'Арбат'): { readonly address: string } => ({
  address: `Москва, улица ${street}, ${n}`,
});

describe('The trail of calls', () => {
  let gateway: Gateway;
  let events: () => Promise<readonly TappedEvent[]>;
  let api: ApiClient;
  let google: Service;
  let yandex: Service;

  const geocode = (body: object, headers: { readonly [name: string]: string } = {}) =>
    api.post<Geocoded & Problem>('/geocoding/geocode', body, headers);
  const logs = async (query: string) => (await api.get<PageOf<Log>>(`/logs?${query}`)).body;
  const eventsOf = async (logId: string) => (await events()).filter(({ subject }) => subject === logId);
  const group = async <R extends { readonly group: string }>(path: string) =>
    Object.fromEntries((await api.get<Data<readonly R[]>>(path)).body.data.map((row) => [row.group, row]));

  before(async () => {
    gateway = await startGateway();
    events = await tapEvents(gateway);
    api = await gateway.administrator('main');
    google = await registerGoogle(api, gateway.sandbox, { rate_limit_per_minute: 8, cost_per_call: '0.005' });
    yandex = await registerYandex(api, gateway.sandbox, { cost_per_call: '0.002' });
    // Eight answers from Google, one of them after a transient failure; four from Yandex; five hits; one refusal by
    // both.
    gateway.sandbox.control({ provider: 'google', fail_next: { count: 1, mode: '503' } });
    for (let n = 1; n <= 7; n += 1) await geocode(house(n), { 'x-request-id': `request-${n}` });
    for (let n = 1; n <= 5; n += 1) await geocode(house(n), { 'x-request-id': `again-${n}` });
    for (let n = 8; n <= 11; n += 1) await geocode(house(n));
    gateway.sandbox.control({ mode: 'denied' });
    await geocode(house(12));
    gateway.sandbox.control({ reset: true });
  });
  after(() => gateway.stop());

  it('has every call, answered, cached and refused, newest first', async () => {
    const { data } = await logs('limit=200');
    expect(data.map(({ status }) => status)).to.deep.equal([
      'error',
      ...Array.from({ length: 4 }, () => 'success'),
      ...Array.from({ length: 5 }, () => 'cache_hit'),
      ...Array.from({ length: 7 }, () => 'success'),
    ]);
    const times = data.map(({ started_at }) => Date.parse(started_at));
    expect(times).to.deep.equal(times.toSorted((a, b) => b - a));
  });

  it('records for a hit a reference to its entry, not the body again', async () => {
    const [first] = (await logs('request_id=request-1')).data;
    const [again] = (await logs('request_id=again-1')).data;
    expect(again).to.include({ cache_status: 'hit', service_id: google.id, cache_key: first?.cache_key });
    expect(again?.response_body).to.have.all.keys('cache_key', 'age_seconds');
    expect(again?.attempts).to.deep.equal([]);
    expect(first?.response_body).to.have.nested.property('matches[0].precision', 'house');
    expect(first?.request_body).to.deep.include({ address: house(1).address });
  });

  it('can be filtered by each of its filters', async () => {
    const count = async (query: string) => (await logs(`limit=200&${query}`)).data.length;
    expect(await count('service_name=yandex_maps')).to.equal(5);
    expect(await count('status=cache_hit')).to.equal(5);
    expect(await count('status=error')).to.equal(1);
    expect(await count('operation=geocode')).to.equal(17);
    expect(await count('operation=distance')).to.equal(0);
    expect(await count('request_id=request-3')).to.equal(1);
    expect(await count('min_duration_ms=86400000')).to.equal(0);
    const all = (await logs('limit=200')).data;
    const middle = all[5]?.started_at ?? '';
    const later = all.filter(({ started_at }) => started_at >= middle).length;
    expect(await count(`from=${middle}`)).to.equal(later);
    expect(await count(`to=${middle}`)).to.equal(17 - later);
    expect(await count(`from=${encodeURIComponent(middle.replace('Z', '+00:00'))}`)).to.equal(later);
    expect(await count('service_name=yandex_maps&status=error')).to.equal(1);
  });

  it('can be read page by page without gaps and repeats', async () => {
    const all = (await logs('limit=200')).data.map(({ id }) => id);
    const paged: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const page: PageOf<Log> = await logs(
        `limit=4${cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`}`,
      );
      paged.push(...page.data.map(({ id }) => id));
      cursor = page.page.next_cursor;
    }
    expect(paged).to.deep.equal(all);
  });

  it('can be summed up by service, operation, status, hour and day', async () => {
    const byStatus = await group<Summary>('/logs/summary?group_by=status');
    expect(byStatus['success']).to.include({ calls: 11, errors: 0 });
    expect(byStatus['cache_hit']).to.include({ calls: 5, cache_hits: 5 });
    expect(byStatus['error']).to.include({ calls: 1, errors: 1 });
    const byService = await group<Summary>('/logs/summary');
    expect(byService['google_maps']?.calls).to.equal(12);
    expect((await group<Summary>('/logs/summary?group_by=operation'))['geocode']?.calls).to.equal(17);
    for (const unit of ['hour', 'day']) {
      const rows = Object.values(await group<Summary>(`/logs/summary?group_by=${unit}`));
      expect(rows.reduce((sum, { calls }) => sum + calls, 0)).to.equal(17);
      for (const row of rows)
        expect(Date.parse(row.group)).to.be.within(Date.now() - 2 * 86_400_000, Date.now());
    }
    expect(await group('/logs/summary?from=2020-01-01&to=2020-01-02')).to.deep.equal({});
  });

  it('prices what was billed: answers, but not hits, refusals or failures', async () => {
    const { google: atGoogle, yandex: atYandex } = gateway.sandbox.counters().providers;
    expect([atGoogle.calls, atYandex.calls], 'the counters were reset').to.deep.equal([0, 0]);
    const costs = await group<Costs>('/costs');
    expect(costs['google_maps']?.cost).to.deep.equal({ amount: '0.035', currency: 'USD' });
    expect(costs['yandex_maps']?.cost).to.deep.equal({ amount: '0.008', currency: 'USD' });
    const perDay = await group<Costs>(`/services/${yandex.id}/costs`);
    expect(Object.values(perDay).map(({ cost }) => cost.amount)).to.deep.equal(['0.008']);
    const hit = await geocode(house(1));
    expect(hit.headers.get('x-integration-cost')).to.equal('0 USD');
    expect(hit.body.meta.cost).to.deep.equal({ amount: '0', currency: 'USD' });
  });

  it('books what each provider was paid under its own name, also when another one answered', async () => {
    const other = await gateway.administrator('two-paid');
    const first = await registerGoogle(other, gateway.sandbox, { cost_per_call: '0.005' });
    const second = await registerYandex(other, gateway.sandbox, { cost_per_call: '0.002' });
    const answer = await other.post<Geocoded>('/geocoding/geocode', {
      address: 'Москва, ул. Тверская, 5555',
    });
    expect(answer.body.meta.attempts).to.have.length(2);
    expect(answer.headers.get('x-integration-cost')).to.equal('0.007 USD');
    const costs = (await other.get<Data<readonly Costs[]>>('/costs')).body.data;
    expect(costs.map(({ group: name, cost }) => `${name} ${cost.amount}`).sort()).to.deep.equal([
      'google_maps 0.005',
      'yandex_maps 0.002',
    ]);
    for (const [service, amount] of [
      [first, '0.005'],
      [second, '0.002'],
    ] as const) {
      const own = (await other.get<Data<readonly Costs[]>>(`/services/${service.id}/costs`)).body.data;
      expect(own.map(({ cost }) => cost.amount)).to.deep.equal([amount]);
    }
  });

  describe('has its events', () => {
    const types = (all: readonly TappedEvent[]) => all.map(({ type }) => type.replace('integration.', ''));

    it('in the order things happened, each once, under the id of the call', async () => {
      const [first] = (await logs('request_id=request-1')).data;
      const told = await eventsOf(first?.id ?? '');
      expect(types(told)).to.deep.equal(['cache.miss', 'request.sent', 'request.sent', 'request.completed']);
      expect(new Set(told.map(({ id }) => id)).size).to.equal(4);
      for (const event of told)
        expect(event).to.include({
          managementcompanyid: 'main',
          correlationid: 'request-1',
          subject: first?.id,
        });
      expect(told.at(-1)?.data).to.include({
        log_id: first?.id,
        service_name: 'google_maps',
        operation: 'geocode',
      });
    });

    it('for a hit', async () => {
      const [hit] = (await logs('request_id=again-2')).data;
      expect(types(await eventsOf(hit?.id ?? ''))).to.deep.equal(['cache.hit']);
    });

    it('for a failure', async () => {
      const [failed] = (await logs('status=error')).data;
      const told = await eventsOf(failed?.id ?? '');
      expect(types(told).at(0)).to.equal('cache.miss');
      expect(types(told).at(-1)).to.equal('request.failed');
      expect(told.at(-1)?.data['error']).to.have.all.keys('kind', 'message');
    });

    it('for a stale answer', async () => {
      gateway.sandbox.control({ mode: '503' });
      const stale = await geocode(house(1), { 'cache-control': 'max-age=0' });
      gateway.sandbox.control({ reset: true });
      const told = await eventsOf(stale.body.meta.log_id);
      expect(types(told)).to.include.members(['cache.miss', 'cache.hit', 'request.completed']);
    });

    it('which leave the outbox', async () => {
      const left = async (): Promise<number> =>
        Number((await gateway.sql<{ count: string }>('select count(*) from outbox_messages'))[0]?.count);
      await eventually('the outbox to be empty', async () => ((await left()) === 0 ? true : undefined));
    });
  });

  describe('tells each caller about its answer', () => {
    it('in headers and in the body alike', async () => {
      const answer = await geocode(house(20), {
        'x-request-id': 'my-own-id',
        traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
      });
      const { headers, body } = answer;
      expect(headers.get('x-request-id')).to.equal('my-own-id');
      expect(headers.get('x-integration-provider')).to.equal(body.meta.provider);
      expect(headers.get('x-integration-attempts')).to.equal(String(body.meta.attempts.length));
      expect(headers.get('x-integration-log-id')).to.equal(body.meta.log_id);
      expect(headers.get('x-integration-cost')).to.equal(
        `${body.meta.cost.amount} ${body.meta.cost.currency}`,
      );
      expect(headers.get('cache-status')).to.match(/^integration; fwd=miss/);
      for (const part of ['cache', 'quota', 'provider', 'journal', 'total'])
        expect(headers.get('server-timing')).to.match(new RegExp(`${part};dur=[\\d.]+`));
      expect(headers.get('content-type')).to.match(/^application\/json/);
      expect(headers.get('x-content-type-options')).to.equal('nosniff');
      expect(headers.get('x-powered-by')).to.equal(null);
      const match = body.data.matches[0];
      expect(match).to.include.all.keys(
        'formatted_address',
        'latitude',
        'longitude',
        'precision',
        'confidence',
        'partial_match',
        'components',
        'bounds',
        'place_id',
      );
      expect(match?.components).to.have.all.keys(
        'country',
        'country_code',
        'region',
        'city',
        'district',
        'street',
        'house',
        'postal_code',
      );
      const insane = await geocode(house(20), { 'x-request-id': 'a b;c' });
      expect(insane.headers.get('x-request-id')).to.match(/^[0-9a-f-]{36}$/);
    });

    it('as its Cache-Control asked for it', async () => {
      const calls = () =>
        gateway.sandbox.counters().providers.yandex.calls + gateway.sandbox.counters().providers.google.calls;
      expect((await geocode(house(21))).status).to.equal(200);
      const before = calls();
      const hit = await geocode(house(21));
      expect(hit.headers.get('cache-status')).to.match(/^integration; hit; ttl=\d+; detail=l1$/);
      expect(hit.headers.get('age')).to.match(/^\d+$/);
      expect((await geocode(house(21), { 'cache-control': 'only-if-cached' })).status).to.equal(200);
      expect(
        (await geocode(house(21), { 'cache-control': 'max-age=60' })).headers.get('cache-status'),
      ).to.match(/hit/);
      expect(calls()).to.equal(before);
      expect(
        (await geocode(house(21), { 'cache-control': 'no-cache' })).headers.get('cache-status'),
      ).to.match(/fwd=bypass/);
      expect(calls()).to.equal(before + 1);
      expect(
        (await geocode(house(21), { 'cache-control': 'no-store' })).headers.get('cache-status'),
      ).to.match(/fwd=bypass/);
      expect(calls()).to.equal(before + 2);
      const absent = await geocode(house(22), { 'cache-control': 'only-if-cached' });
      expect(absent.status).to.equal(504);
      expect((await geocode(house(22), { 'cache-control': 'no-store' })).status).to.equal(200);
      expect((await geocode(house(22), { 'cache-control': 'only-if-cached' })).status).to.equal(504);
      expect(calls()).to.equal(before + 3);
    });

    it('under one key for all spellings of one address', async () => {
      await geocode({ address: 'Москва, ул. Тверская, д. 13' });
      for (const address of [
        'г. Москва, улица Тверская, дом 13',
        'МОСКВА  тверская ул 13',
        'москва, Тверская ул., 13, кв. 5',
      ])
        expect((await geocode({ address })).headers.get('cache-status'), address).to.match(/hit/);
      for (const body of [
        { address: 'Москва, ул. Тверская, 13', language: 'en' },
        { address: 'Москва, ул. Тверская, 13 к 1' },
      ])
        expect((await geocode(body)).headers.get('cache-status')).to.match(/fwd=miss/);
    });
  });

  describe('leads into the cache', () => {
    it('which lists, counts and forgets', async () => {
      const own = await gateway.administrator('cache');
      await registerGoogle(own, gateway.sandbox);
      const ask = (n: number) => own.post<Call<unknown>>('/geocoding/geocode', house(n, 'Тверская'));
      const loaded = await ask(1);
      await ask(2);
      await own.post('/geocoding/reverse', { latitude: 55.75, longitude: 37.61 });
      await ask(1);
      const entries = await own.get<PageOf<Entry>>('/cache/entries');
      expect(entries.body.data).to.have.length(3);
      expect((await own.get<PageOf<Entry>>('/cache/entries?operation=geocode')).body.data).to.have.length(2);
      expect(
        (await own.get<PageOf<Entry>>('/cache/entries?service_name=yandex_maps')).body.data,
      ).to.have.length(0);
      const stats =
        await own.get<Data<{ readonly l1: { readonly entries: number; readonly hits: number } }>>(
          '/cache/stats',
        );
      expect(stats.body.data.l1).to.include({ entries: 3, hits: 1 });

      const one = entries.body.data.find(({ loaded_by }) => loaded_by === loaded.body.meta.log_id);
      const key = encodeURIComponent(one?.key ?? '');
      expect((await own.ask('DELETE', `/cache/entries/${key}`)).status).to.equal(204);
      expect((await own.ask('DELETE', `/cache/entries/${key}`)).status).to.equal(404);
      expect((await ask(1)).headers.get('cache-status')).to.match(/fwd=miss/);
      expect((await ask(2)).headers.get('cache-status')).to.match(/hit/);

      expect((await own.post('/cache/invalidations', { operation: 'reverse_geocode' })).status).to.equal(204);
      expect((await ask(2)).headers.get('cache-status')).to.match(/hit/);
      expect((await own.post('/cache/invalidations', { service_name: 'google_maps' })).status).to.equal(204);
      expect((await ask(2)).headers.get('cache-status')).to.match(/fwd=miss/);
      const tagged = await own.post('/cache/invalidations', { tag: 'service:google_maps' });
      expect(tagged.status).to.equal(204);
      expect((await ask(2)).headers.get('cache-status')).to.match(/fwd=miss/);
      await gateway.restart('stop');
      const after = await gateway.administrator('cache');
      const again = await after.post('/geocoding/geocode', house(1, 'Тверская'));
      expect(again.headers.get('cache-status')).to.match(/fwd=miss/);
    });
  });
});
