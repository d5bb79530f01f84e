import { expect } from 'chai';
import type { ApiClient } from '../support/api-client.ts';
import { startGateway, type Gateway } from '../support/gateway.ts';
import type { Data, PageOf, Problem, Service } from '../support/wire.ts';

type Issued = { readonly id: string; readonly token: string };
type Created = { readonly id: string; readonly webhook_token: string; readonly secret_key: string };

const TENANT = 'uk_company_1';
const A_SERVICE = { service_name: 'google_maps', service_type: 'geocoding', api_key: 'PLANTED-key-0001' };

describe('Administration with an Idempotency-Key', () => {
  let gateway: Gateway;
  let api: ApiClient;
  before(async () => {
    gateway = await startGateway();
    api = await gateway.administrator(TENANT);
  });
  after(() => gateway.stop());

  const keyed = (key: string) => ({ 'idempotency-key': key });
  const storedAnswers = () =>
    gateway.sql<{ row: string }>(
      'select t::text as row from idempotency_keys t where sealed_answer is not null',
    );

  it('creates one service for many identical concurrent requests', async () => {
    const heardBefore = gateway.answers.length;
    const answers = await Promise.all(
      Array.from({ length: 30 }, () => api.post<Problem>('/services', A_SERVICE, keyed('one'))),
    );
    // The request that created it may have been told that the database is away, and have retried.
    const isOneLost = gateway.answers.slice(heardBefore).some(({ status }) => status === 503);
    const made = answers.filter(({ status }) => status === 201);
    const refused = answers.filter(({ status }) => status !== 201);
    const first = made.filter(({ headers }) => headers.get('idempotency-replayed') === null);
    expect(first).to.have.length.within(isOneLost ? 0 : 1, 1);
    expect(new Set(made.map(({ text }) => text)).size).to.equal(1);
    for (const { status, body, headers } of refused) {
      expect([status, body.code]).to.deep.equal([409, 'idempotency-in-progress']);
      expect(headers.get('retry-after')).to.equal('1');
    }
    const list = await api.get<PageOf<Service>>('/services?service_type=geocoding');
    expect(list.body.data.filter(({ service_name }) => service_name === 'google_maps')).to.have.lengthOf(1);
    const again = await api.post('/services', A_SERVICE, keyed('one'));
    expect([again.status, again.text]).to.deep.equal([201, made[0]?.text]);
  });

  it('shows a token and a webhook secret again to a caller that got no answer, and stores neither in plain text', async () => {
    const wish = { name: 'request-service', scopes: ['services:read'] };
    const [first, second] = [
      await api.post<Data<Issued>>('/tokens', wish, keyed('token')),
      await api.post<Data<Issued>>('/tokens', wish, keyed('token')),
    ];
    expect(second.body).to.deep.equal(first.body);
    const { token } = first.body.data;
    expect((await gateway.caller(TENANT, token).get('/services')).status).to.equal(200);
    const hook = { webhook_name: 'gh', source_service: 'github' };
    const [made, repeated] = [
      await api.post<Data<Created>>('/webhooks', hook, keyed('hook')),
      await api.post<Data<Created>>('/webhooks', hook, keyed('hook')),
    ];
    expect(repeated.body).to.deep.equal(made.body);
    const kept = (await storedAnswers()).map(({ row }) => row).join('\n');
    const { webhook_token, secret_key } = made.body.data;
    for (const secret of [token, webhook_token, secret_key, A_SERVICE.api_key])
      expect(kept).to.not.include(secret);
    expect((await api.get<PageOf<Issued>>('/tokens')).body.data).to.have.lengthOf(1);
  });

  it('answers a repeated change with the first answer, whatever has changed since', async () => {
    const { body } = await api.post<Data<Service>>('/services', {
      ...A_SERVICE,
      service_name: 'yandex_maps',
    });
    const path = `/services/${body.data.id}`;
    const change = (key: string, priority: number, etag: string) =>
      api.ask('PATCH', path, { body: { priority }, headers: { 'if-match': etag, ...keyed(key) } });
    const first = await change('change-1', 5, '"1"');
    await change('change-2', 6, '"2"');
    const again = await change('change-1', 5, '"1"');
    expect([again.status, again.text, again.headers.get('etag')]).to.deep.equal([200, first.text, '"2"']);
    expect((await api.get<Data<Service>>(path)).body.data).to.have.property('priority', 6);
    const remove = () => api.ask('DELETE', path, { headers: { 'if-match': '*', ...keyed('remove') } });
    expect([(await remove()).status, (await remove()).status]).to.deep.equal([204, 204]);
  });

  it('remembers keys across a kill -9', async () => {
    const before = await api.post('/services', { ...A_SERVICE, service_name: 'gazetteer' }, keyed('killed'));
    await gateway.restart('kill');
    const revived = await gateway.administrator(TENANT);
    const after = await revived.post(
      '/services',
      { ...A_SERVICE, service_name: 'gazetteer' },
      keyed('killed'),
    );
    expect([after.status, after.text]).to.deep.equal([before.status, before.text]);
    expect(after.headers.get('idempotency-replayed')).to.equal('true');
  });
});
