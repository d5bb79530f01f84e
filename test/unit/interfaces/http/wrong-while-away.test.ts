import { expect } from 'chai';
import { LostDatabase, startHttpServer, type RunningServer } from '../../../support/with-http-server.ts';

const gone = (): Promise<never> => Promise.reject(new LostDatabase('connect ECONNREFUSED'));
const MADE = {
  '/services': { service_name: 'google_maps', service_type: 'geocoding' },
  '/webhooks': { webhook_name: 'issues', source_service: 'github' },
};

describe('A change while the database is away', () => {
  let server: RunningServer;
  beforeEach(async () => (server = await startHttpServer()));
  afterEach(() => server.http.close(0));

  /** Changes an existing resource once nothing can be read any more. */
  const changed = async (path: keyof typeof MADE, body: object, headers: object = {}) => {
    const made = await server.ask('POST', path, { body: MADE[path] });
    const { queries } = server.application;
    queries.getService = gone;
    queries.getWebhook = gone;
    queries.recallAnswer = gone;
    const answer = await server.ask('PATCH', made.headers.get('location') ?? '', {
      body,
      headers: { 'if-match': '*', ...headers },
    });
    const { errors = [] } = (await answer.json()) as { errors?: readonly { pointer: string }[] };
    return [answer.status, ...errors.map(({ pointer }) => pointer)];
  };

  it('that is wrong by itself is told so: nobody comes again with it in vain', async () => {
    expect(await changed('/services', { priority: 'x', nobody_knows: 1 })).to.have.members([
      422,
      '/priority',
      '/nobody_knows',
    ]);
    expect(server.lines.at(-1)).to.include({ status: 422, level: 'info' });
  });

  it('of a webhook is told all of it, what the codec finds and what the rules find', async () => {
    const body = {
      event_types: 7,
      ip_allowlist: ['nowhere'],
      public_url: 'x',
      status: 'active',
      is_active: false,
    };
    expect(await changed('/webhooks', body)).to.have.members([
      422,
      '/event_types',
      '/ip_allowlist/0',
      '/public_url',
      '/is_active',
    ]);
  });

  it('is reported with an idempotency key as well', async () => {
    expect(await changed('/webhooks', { max_body_bytes: -1 }, { 'idempotency-key': 'k1' })).to.deep.equal([
      422,
      '/max_body_bytes',
    ]);
  });

  it('is told so under a key where it makes something new, for which nothing stored is asked', async () => {
    server.application.queries.recallAnswer = gone;
    const headers = { 'idempotency-key': 'k2' };
    for (const path of ['/services', '/webhooks'] as const) {
      const answer = await server.ask('POST', path, { body: { ...MADE[path], nobody_knows: 1 }, headers });
      expect([path, answer.status, await answer.text()].join(' '))
        .to.contain('422')
        .and.contain('/nobody_knows');
    }
    const right = await server.ask('POST', '/services', { body: MADE['/services'], headers });
    expect(right.status, 'the key is claimed with the write itself').to.equal(201);
  });

  it('is 503 where only what is stored could tell whether it is right', async () => {
    expect(await changed('/services', { priority: 3 })).to.deep.equal([503]);
    expect(await changed('/webhooks', { scheme: { kind: 'token' } })).to.deep.equal([503]);
  });

  it('is an error of ours where it is one, however wrong the request', async () => {
    const made = await server.ask('POST', '/services', { body: MADE['/services'] });
    server.application.queries.getService = () => Promise.reject(new Error('a bug'));
    const answer = await server.ask('PATCH', made.headers.get('location') ?? '', {
      body: { priority: 'x' },
      headers: { 'if-match': '*' },
    });
    expect(answer.status).to.equal(500);
  });
});
