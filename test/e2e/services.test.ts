import { expect } from 'chai';
import type { ApiClient } from '../support/api-client.ts';
import {
  registerGazetteer,
  registerGoogle,
  registerYandex,
  startGateway,
  type Gateway,
} from '../support/gateway.ts';
import { behind } from '../support/faults-behind.ts';
import { eventually } from '../support/until.ts';
import { tapEvents, type TappedEvent } from '../support/event-tap.ts';
import type { Data, Geocoded, Log, PageOf, Problem, Service } from '../support/wire.ts';

const THE_BRIEFS = {
  service_name: 'google_maps',
  service_type: 'geocoding',
  display_name: 'Google Maps API',
  base_url: 'https://maps.googleapis.com/maps/api',
  is_active: true,
  health_status: 'healthy',
  rate_limit_per_minute: 60,
  priority: 100,
};

describe('External services', () => {
  let gateway: Gateway;
  let events: () => Promise<readonly TappedEvent[]>;
  before(async () => {
    gateway = await startGateway();
    events = await tapEvents(gateway);
  });
  after(() => gateway.stop());
  beforeEach(() => gateway.sandbox.control({ reset: true }));

  const change = (
    api: ApiClient,
    id: string,
    body: object,
    version: string | null,
    type = 'application/merge-patch+json',
  ) =>
    api.ask<Data<Service> & Problem>('PATCH', `/services/${id}`, {
      body,
      headers: { 'if-match': version, 'content-type': type },
    });
  const remove = (api: ApiClient, id: string, version: string | null) =>
    api.ask<Problem>('DELETE', `/services/${id}`, { headers: { 'if-match': version } });

  it("accept the brief's example unchanged", async () => {
    const api = await gateway.administrator('brief');
    const created = await api.post<Data<Service>>('/services', THE_BRIEFS);
    expect(created.status, created.text).to.equal(201);
    const { id } = created.body.data;
    expect(created.headers.get('location')).to.equal(`/services/${id}`);
    const { health_status: _decidedByTheMonitor, ...kept } = THE_BRIEFS;
    expect(created.body.data).to.include({ ...kept, provider: 'google_maps', api_key_hint: null });
    const read = await api.get<Data<Service>>(created.headers.get('location') ?? '');
    expect(read.body.data).to.deep.equal(created.body.data);
    expect(read.headers.get('etag')).to.equal(created.headers.get('etag'));
    const registered = (await events()).filter(
      ({ type, subject }) => type === 'integration.service.registered' && subject === id,
    );
    expect(registered).to.have.length(1);
    expect(registered[0]?.data).to.deep.equal({
      service_id: id,
      service_name: 'google_maps',
      service_type: 'geocoding',
      priority: 100,
    });
  });

  it('have unique names within a tenant', async () => {
    const api = await gateway.administrator('names');
    await registerGazetteer(api);
    const again = await api.post<Problem>('/services', {
      service_name: 'gazetteer',
      service_type: 'geocoding',
    });
    expect(again.status).to.equal(409);
    expect(again.body.code).to.equal('conflict');
    const other = await api.post<Data<Service>>('/services', {
      service_name: 'spare',
      provider: 'gazetteer',
      service_type: 'geocoding',
    });
    expect((await change(api, other.body.data.id, { service_name: 'gazetteer' }, '*')).status).to.equal(409);
    expect(
      (
        await (
          await gateway.administrator('names-2')
        ).post('/services', { service_name: 'gazetteer', service_type: 'geocoding' })
      ).status,
    ).to.equal(201);
  });

  it('can be changed unconditionally with "If-Match: *", also by many callers at once', async () => {
    const api = await gateway.administrator('any-version');
    const { id } = await registerGoogle(api, gateway.sandbox);
    const halves = [{ cost_per_call: '0.5' }, { cost_currency: 'EUR' }];
    const changes = [...halves, ...Array.from({ length: 8 }, (_, priority) => ({ priority: priority + 1 }))];
    const answers = await Promise.all(changes.map((body) => change(api, id, body, '*')));
    expect(answers.map(({ status }) => status)).to.deep.equal(changes.map(() => 200));
    const after = await api.get<Data<Service>>(`/services/${id}`);
    expect(after.headers.get('etag')).to.equal(`"${changes.length + 1}"`);
    expect(after.body.data).to.include({ cost_per_call: '0.5', cost_currency: 'EUR' });
    const removals = await Promise.all([1, 2, 3].map(() => remove(api, id, '*')));
    expect(removals.map(({ status }) => status)).to.have.members([204, 404, 404]);
  });

  it('can otherwise be changed only by a caller that knows the current version', async () => {
    const api = await gateway.administrator('versions');
    const { id } = await registerGoogle(api, gateway.sandbox);
    const read = await api.get<Data<Service>>(`/services/${id}`);
    const etag = read.headers.get('etag') ?? '';
    expect(etag).to.match(/^"[^"]+"$/);
    expect((await api.get(`/services/${id}`, { 'if-none-match': etag })).status).to.equal(304);

    const missing = await change(api, id, { priority: 1 }, null);
    expect(missing.status).to.equal(428);
    expect(missing.body.code).to.equal('precondition-failed');
    const changed = await change(api, id, { priority: 1, rate_limit_per_minute: 9 }, etag);
    expect(changed.status, changed.text).to.equal(200);
    expect(changed.body.data).to.include({
      priority: 1,
      rate_limit_per_minute: 9,
      base_url: read.body.data.base_url,
      api_key_hint: 'X-OK',
    });
    expect(changed.headers.get('etag')).to.not.equal(etag);
    for (const stale of [etag, 'W/"2"', '"x"', '2']) {
      const late = await change(api, id, { priority: 2 }, stale);
      expect(late.status, stale).to.equal(412);
      expect(late.body.code).to.equal('precondition-failed');
    }
    expect((await remove(api, id, etag)).status).to.equal(412);
    expect((await remove(api, id, null)).status).to.equal(428);
    const cleared = await change(
      api,
      id,
      { rate_limit_per_minute: null, api_key: null },
      changed.headers.get('etag'),
      'application/json',
    );
    expect(cleared.body.data).to.include({ rate_limit_per_minute: null, api_key_hint: null, priority: 1 });
    const race = await Promise.all(
      [3, 4].map((priority) => change(api, id, { priority }, cleared.headers.get('etag'))),
    );
    expect(race.map(({ status }) => status)).to.have.members([200, 412]);
  });

  it('take effect at once when they change', async () => {
    const api = await gateway.administrator('effect');
    const google = await registerGoogle(api, gateway.sandbox);
    await registerYandex(api, gateway.sandbox);
    const provider = async (house: number) =>
      (await api.post('/geocoding/geocode', { address: `Москва, улица Арбат, ${house}` })).headers.get(
        'x-integration-provider',
      );
    expect(await provider(1)).to.equal('google_maps');
    await change(api, google.id, { is_active: false }, '*');
    expect(await provider(2)).to.equal('yandex_maps');
    await change(api, google.id, { is_active: true, priority: 10 }, '*');
    expect(await provider(3)).to.equal('yandex_maps');
    await change(api, google.id, { priority: 200 }, '*');
    expect(await provider(4)).to.equal('google_maps');
  });

  it('are asked along their chain of fallbacks before the rest by priority', async () => {
    const api = await gateway.administrator('chain');
    const last = await registerGazetteer(api, { priority: 1 });
    await registerYandex(api, gateway.sandbox, { priority: 50 });
    await registerGoogle(api, gateway.sandbox, { api_key: 'SANDBOX-BAD', fallback_service_id: last.id });
    const answer = await api.post<Geocoded>('/geocoding/geocode', { address: 'Ташкент' });
    expect(answer.body.meta.attempts.map(({ provider }) => provider)).to.deep.equal([
      'google_maps',
      'gazetteer',
    ]);
  });

  it('cannot be removed while another one falls back to them, and leave their trail behind', async () => {
    const api = await gateway.administrator('removal');
    const yandex = await registerYandex(api, gateway.sandbox, { rate_limit_per_minute: 100 });
    const google = await registerGoogle(api, gateway.sandbox, {
      fallback_service_id: yandex.id,
      api_key: 'SANDBOX-BAD',
    });
    const answer = await api.post<Geocoded>('/geocoding/geocode', { address: 'Москва, ул. Тверская, 13' });
    const referenced = await remove(api, yandex.id, '*');
    expect(referenced.status).to.equal(409);
    expect(referenced.body.code).to.equal('conflict');
    expect((await change(api, google.id, { fallback_service_id: null }, '*')).status).to.equal(200);
    expect((await remove(api, yandex.id, '*')).status).to.equal(204);
    expect((await api.get(`/services/${yandex.id}`)).status).to.equal(404);
    expect((await remove(api, yandex.id, '*')).status).to.equal(404);
    const log = await api.get<Data<Log>>(`/logs/${answer.body.meta.log_id}`);
    expect(log.body.data).to.include({ service_id: yandex.id, service_name: 'yandex_maps' });
    expect(
      (await api.post<Geocoded>('/geocoding/geocode', { address: 'Москва, ул. Тверская, 15' })).status,
    ).to.equal(502);
    // The counts of a removed service must not prevent those of others from being stored.
    await registerYandex(api, gateway.sandbox, { rate_limit_per_minute: 100 });
    await api.post<Geocoded>('/geocoding/geocode', { address: 'Москва, ул. Тверская, 17' });
    await eventually('the window of the new service in the table', async () => {
      const rows = await gateway.sql(
        `select 1 from api_rate_limits where management_company_id = 'removal' and request_count = 1`,
      );
      return rows.length === 1 || undefined;
    });
    expect(behind('quota state not stored', gateway.output()).faults).to.deep.equal([]);
  });

  it('leave no cached answer behind when removed, not even for a new service with the same name', async () => {
    const api = await gateway.administrator('cached-answers');
    const status = async (): Promise<string | null> => {
      const answer = await api.post('/geocoding/geocode', { address: 'Москва, Тверская улица, 13' });
      return answer.headers.get('cache-status');
    };
    const { id } = await registerGoogle(api, gateway.sandbox);
    expect(await status()).to.include('fwd=miss');
    expect(await status()).to.include('; hit');
    expect((await remove(api, id, '*')).status).to.equal(204);
    await registerGoogle(api, gateway.sandbox);
    expect(await status()).to.include('fwd=miss');
    expect(await status()).to.include('; hit');
  });

  it('are listed newest first, page by page, and by filters', async () => {
    const api = await gateway.administrator('pages');
    for (let n = 0; n < 7; n += 1)
      await registerGazetteer(api, { service_name: `g${n}`, provider: 'gazetteer', is_active: n % 2 === 0 });
    const sheets = await api.post<Data<Service>>('/services', {
      service_name: 'google_sheets',
      service_type: 'spreadsheet',
    });
    const seen: string[] = [];
    let cursor: string | null = '';
    for (let pages = 0; cursor !== null && pages < 10; pages += 1) {
      const more: string = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`;
      const page: { body: PageOf<Service> } = await api.get<PageOf<Service>>(`/services?limit=3${more}`);
      expect(page.body.data.length).to.be.at.most(3);
      seen.push(...page.body.data.map(({ service_name }) => service_name));
      cursor = page.body.page.next_cursor;
    }
    expect(seen).to.deep.equal(['google_sheets', 'g6', 'g5', 'g4', 'g3', 'g2', 'g1', 'g0']);
    const names = async (query: string) =>
      (await api.get<PageOf<Service>>(`/services?${query}`)).body.data.map(
        ({ service_name }) => service_name,
      );
    expect(await names('service_type=spreadsheet')).to.deep.equal([sheets.body.data.service_name]);
    expect(await names('service_type=geocoding&is_active=false')).to.deep.equal(['g5', 'g3', 'g1']);
    expect(await names('health_status=degraded')).to.deep.equal([]);
  });

  describe('of a database in trouble', () => {
    /** Conditions from appendix A of PostgreSQL's documentation. */
    const troubles = {
      '40001': 'serialization_failure',
      '40P01': 'deadlock_detected',
      '53100': 'disk_full',
      '53300': 'too_many_connections',
      '55P03': 'lock_not_available',
      '57014': 'query_canceled',
      '58030': 'io_error',
    };
    before(async () => {
      await gateway.sql(`create function trouble() returns trigger language plpgsql as $$
        begin
          raise exception 'trouble' using errcode = substring(new.display_name from 9);
        end $$`);
      await gateway.sql(`create trigger trouble before insert on external_services
        for each row when (new.display_name like 'trouble_%') execute function trouble()`);
    });
    after(() => gateway.sql('drop function trouble cascade'));

    for (const [code, what] of Object.entries(troubles))
      it(`answer 503 with a time to retry for ${what}, and leave nothing behind`, async () => {
        const api = await gateway.administrator('trouble');
        const refused = await api.askOnce<Problem>('POST', '/services', {
          body: { ...THE_BRIEFS, display_name: `trouble_${code}` },
        });
        expect(refused.status, refused.text).to.equal(503);
        expect(Number(refused.headers.get('retry-after'))).to.be.within(1, 60);
        expect(refused.text).not.to.include(code);
        expect((await api.get<PageOf<Service>>('/services')).body.data).to.deep.equal([]);
      });
  });
});
