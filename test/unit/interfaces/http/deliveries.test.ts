import { expect } from 'chai';
import { right } from '../../../../src/domain/shared/fp.ts';
import { encodeCursor } from '../../../../src/domain/shared/cursor.ts';
import { anId } from '../../../support/an-external-service.ts';
import { KEPT_BODY } from '../../../support/fake-deliveries.ts';
import { startHttpServer, type RunningServer } from '../../../support/with-http-server.ts';

type Pointed = { readonly pointer: string; readonly detail: string };

describe('what webhooks were sent, over HTTP', () => {
  let server: RunningServer;
  beforeEach(async () => {
    server = await startHttpServer();
  });
  afterEach(() => server.http.close(0));

  const hook = `/webhooks/${anId(900)}`;
  const ask = async (path: string, headers: { readonly [name: string]: string } = {}) => {
    const answer = await server.ask('GET', path, { headers });
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
  };

  it('is listed, with the filters and the place asked for', async () => {
    let asked: unknown;
    const after = { at: 1_764_158_400_000, id: anId(7) };
    server.application.queries.listDeliveries = async (_ctx, query) => {
      asked = query;
      return right({ items: [], nextCursor: encodeCursor(after) });
    };
    const query =
      'state=held&event_type=push&external_id=guid-1&flag=replay_suspect&from=2026-11-01&to=2026-11-02T00:00:00Z';
    const { page } = (await ask(`${hook}/deliveries?${query}`)).body as { page: { next_cursor: string } };
    const next = await ask(`${hook}/deliveries?${query}&limit=3&cursor=${page.next_cursor}`);
    expect(next.status).to.equal(200);
    expect(asked).to.deep.equal({
      page: { limit: 3, after },
      filter: {
        webhookId: anId(900),
        state: 'held',
        eventType: 'push',
        externalId: 'guid-1',
        flags: ['replay_suspect'],
        from: Date.parse('2026-11-01T00:00:00Z'),
        to: Date.parse('2026-11-02T00:00:00Z'),
      },
    });
  });

  it('is not listed by filters that are wrong, each of which is told', async () => {
    const pointers = async (path: string) => {
      const { status, body } = await ask(path);
      expect(status).to.equal(422);
      return (body['errors'] as readonly Pointed[]).map(({ pointer }) => pointer).toSorted();
    };
    expect(
      await pointers(
        `${hook}/deliveries?state=lost&flag=odd&event_type=&from=yesterday&limit=0&cursor=x&colour=1`,
      ),
    ).to.deep.equal(['/colour', '/cursor', '/event_type', '/flag', '/from', '/limit', '/state']);
    expect(await pointers(`${hook}/deliveries?event_type=issues.**`)).to.deep.equal(['/event_type']);
    expect(await pointers(`${hook}/rejections?reason=&to=never&limit=201`)).to.deep.equal([
      '/limit',
      '/reason',
      '/to',
    ]);
    expect(await pointers(`${hook}/rejections?from=2026-11-02&to=2026-11-01`)).to.deep.equal(['/to']);
    expect(await pointers(`${hook}/rejections?from=2026-11-02&to=2026-11-01&limit=0`)).to.deep.equal([
      '/limit',
      '/to',
    ]);
  });

  it('shows refusals with their reason, and how many were only counted', async () => {
    const { body } = await ask(`${hook}/rejections`);
    const [entry] = body['data'] as readonly Record<string, unknown>[];
    expect(entry).to.include({ reason: 'matched-expired-secret', client_address: '192.0.2.1', size: 19 });
    expect(entry).to.deep.include({ detail: { hours: 2, secret_version: 1 } });
    expect(body['meta']).to.deep.equal({ unlisted: 7 });
  });

  it('is given back byte for byte, as a file of a harmless type', async () => {
    const answer = await server.ask('GET', `/webhooks/deliveries/${anId(1)}/body`);
    expect(Buffer.from(await answer.arrayBuffer()).equals(KEPT_BODY)).to.equal(true);
    const headers = Object.fromEntries(answer.headers);
    expect(headers).to.include({
      'content-type': 'application/json',
      'content-length': String(KEPT_BODY.length),
      'content-disposition': `attachment; filename="${anId(1)}.bin"`,
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
    });
    expect(headers['content-security-policy']).to.contain('sandbox');
  });

  it('never comes under a type that a browser would run', async () => {
    for (const sent of [
      'text/html',
      'image/svg+xml',
      'application/javascript',
      'a/b\r\nset-cookie: x=1',
      '',
    ]) {
      server.application.queries.getDeliveryBody = async () =>
        right({
          size: 1,
          contentType: sent,
          pieces: async function* () {
            yield Buffer.from('x');
          },
        });
      const answer = await server.ask('GET', `/webhooks/deliveries/${anId(1)}/body`);
      expect(answer.headers.get('content-type'), sent).to.equal('application/octet-stream');
      expect(answer.headers.get('set-cookie')).to.equal(null);
      await answer.arrayBuffer();
    }
  });

  it('breaks off rather than end early when a body goes while it is read', async () => {
    server.application.queries.getDeliveryBody = async () =>
      right({
        size: 10,
        contentType: undefined,
        pieces: async function* () {
          yield Buffer.from('half');
          await Promise.reject(new Error('a body went while it was read'));
        },
      });
    const read = async () => {
      const answer = await server.ask('GET', `/webhooks/deliveries/${anId(1)}/body`);
      await answer.arrayBuffer();
      return 'whole';
    };
    const outcome = await read().catch(() => 'broken');
    expect(outcome).to.equal('broken');
  });

  it('is nobody else’s: another tenant and a caller without the scope see nothing of it', async () => {
    const paths = [
      `${hook}/deliveries`,
      `${hook}/rejections`,
      `/webhooks/deliveries/${anId(1)}`,
      `/webhooks/deliveries/${anId(1)}/body`,
    ];
    for (const path of paths) {
      const other = await ask(path, { 'x-management-company-id': 'uk_company_2' });
      expect([other.status, other.body['code']], path).to.deep.equal([404, 'not-found']);
      expect((await ask(path, { authorization: 'Bearer geocoding' })).status, path).to.equal(403);
      const reader = await server.ask('GET', path, { headers: { authorization: 'Bearer webhooks:read' } });
      await reader.arrayBuffer();
      expect(reader.status, path).to.equal(200);
    }
  });
});
