import { expect } from 'chai';
import { startGateway, type Gateway } from '../support/gateway.ts';
import type { Data, PageOf, Problem } from '../support/wire.ts';

type Webhook = {
  readonly id: string;
  readonly webhook_url: string;
  readonly webhook_token: string;
  readonly secret_key?: string;
  readonly status: string;
  readonly source_service_id: string | null;
};

describe('Administration of webhooks', () => {
  let gateway: Gateway;
  before(async () => (gateway = await startGateway({ PUBLIC_URL: 'https://hooks.example.test' })));
  after(() => gateway.stop());

  it('shows tokens and secrets once and keeps them nowhere in a readable form', async () => {
    const api = await gateway.administrator('hooks-once');
    const created = await api.post<Data<Webhook>>('/webhooks', {
      webhook_name: 'repo',
      source_service: 'github',
    });
    expect(created.status, created.text).to.equal(201);
    const { id, webhook_token: token, webhook_url: url, secret_key: secret = '' } = created.body.data;
    expect(url).to.equal(`https://hooks.example.test/webhooks/in/${token}`);
    const rotated = await api.post<Data<Webhook>>(`/webhooks/${id}/secrets`, {});
    const moved = await api.post<Data<Webhook>>(`/webhooks/${id}/token`, {});
    expect([rotated.status, moved.status]).to.deep.equal([201, 201]);
    const planted = [token, secret, rotated.body.data.secret_key ?? '', moved.body.data.webhook_token];
    expect(new Set(planted).size).to.equal(4);
    const rows = JSON.stringify([
      await gateway.sql('select * from webhook_configs'),
      await gateway.sql('select * from webhook_secrets'),
    ]);
    const read = await api.get(`/webhooks/${id}`);
    const list = await api.get('/webhooks');
    for (const text of planted) {
      expect(text.length).to.be.greaterThan(40);
      for (const place of [rows, read.text, list.text, gateway.output()]) expect(place).to.not.contain(text);
    }
  });

  it('keeps a service that a webhook names as its source', async () => {
    const api = await gateway.administrator('hooks-source');
    const service = await api.post<Data<{ readonly id: string }>>('/services', {
      service_name: 'github',
      service_type: 'webhook',
    });
    const source = service.body.data.id;
    const body = { webhook_name: 'x', source_service: 'github', source_service_id: source };
    const created = await api.post<Data<Webhook>>('/webhooks', body);
    expect(created.body.data.source_service_id).to.equal(source);
    const headers = { 'if-match': '*' };
    expect((await api.ask('DELETE', `/services/${source}`, { headers })).status).to.equal(409);
    const path = `/webhooks/${created.body.data.id}`;
    const freed = await api.ask('PATCH', path, { body: { source_service_id: null }, headers });
    expect(freed.status, freed.text).to.equal(200);
    expect((await api.ask('DELETE', `/services/${source}`, { headers })).status).to.equal(204);
  });

  it('gives a name once, also to two at the same time, and again when it is archived', async () => {
    const api = await gateway.administrator('hooks-name');
    const create = () =>
      api.post<Data<Webhook> & Problem>('/webhooks', { webhook_name: 'one', source_service: 'telegram' });
    const both = await Promise.all([create(), create()]);
    expect(both.map(({ status }) => status)).to.have.members([201, 409]);
    const first = both.find(({ status }) => status === 201)?.body.data.id ?? '';
    const headers = { 'if-match': '*' };
    expect((await api.ask('DELETE', `/webhooks/${first}`, { headers })).status).to.equal(204);
    expect((await create()).status).to.equal(201);
    const back = await api.ask('PATCH', `/webhooks/${first}`, { body: { status: 'active' }, headers });
    expect(back.status).to.equal(409);
    const archived = await api.get<PageOf<Webhook>>('/webhooks?status=archived');
    expect(archived.body.data.map(({ id }) => id)).to.deep.equal([first]);
  });

  it("shows a tenant its own webhooks and nobody else's", async () => {
    const api = await gateway.administrator('hooks-mine');
    const other = await gateway.administrator('hooks-theirs');
    const created = await api.post<Data<Webhook>>('/webhooks', {
      webhook_name: 'mine',
      source_service: 'telegram',
    });
    const path = `/webhooks/${created.body.data.id}`;
    expect((await other.get(path)).status).to.equal(404);
    expect((await other.post(`${path}/token`, {})).status).to.equal(404);
    expect((await other.get<PageOf<Webhook>>('/webhooks')).body.data).to.deep.equal([]);
    expect((await api.get(path)).status).to.equal(200);
  });
});
