import { expect } from 'chai';
import { encodeCursor } from '../../../../src/domain/shared/cursor.ts';
import { right } from '../../../../src/domain/shared/fp.ts';
import { anId } from '../../../support/an-external-service.ts';
import { startHttpServer, type RunningServer } from '../../../support/with-http-server.ts';

type Listed = {
  readonly data: readonly { readonly service_name: string }[];
  readonly page: { readonly next_cursor: string | null };
};

describe('the cursor of a list', () => {
  let server: RunningServer;
  beforeEach(async () => {
    server = await startHttpServer();
    for (const name of ['first', 'second', 'third']) {
      const body = { service_name: name, service_type: 'geocoding', provider: 'google_maps' };
      expect((await server.ask('POST', '/services', { body })).status).to.equal(201);
    }
  });
  afterEach(() => server.http.close(0));

  const list = async (path: string): Promise<Listed> =>
    (await (await server.ask('GET', path)).json()) as Listed;
  const cursorOf = async (path: string): Promise<string> => (await list(path)).page.next_cursor ?? '';

  const refusal = async (path: string, tenant = 'uk_company_1') => {
    const answer = await server.ask('GET', path, { headers: { 'x-management-company-id': tenant } });
    return { status: answer.status, errors: ((await answer.json()) as { errors?: unknown }).errors };
  };
  const notHere = {
    status: 422,
    errors: [
      {
        pointer: '/cursor',
        detail:
          'belongs to another list, or to this one with other filters: repeat the filters of its page, including from and to',
        parameter: 'cursor',
      },
    ],
  };

  it('goes on where its page ended, with as many items as one likes', async () => {
    const cursor = await cursorOf('/services?limit=1&service_type=geocoding');
    const next = await list(`/services?limit=2&service_type=geocoding&cursor=${cursor}`);
    expect(next.data.map(({ service_name }) => service_name)).to.deep.equal(['second', 'first']);
    expect(next.page.next_cursor).to.equal(null);
  });

  it('is refused by the same list with other filters', async () => {
    const cursor = await cursorOf('/services?limit=1');
    expect(await refusal(`/services?service_type=geocoding&cursor=${cursor}`)).to.deep.equal(notHere);
    const filtered = await cursorOf('/services?limit=1&service_type=geocoding');
    expect(await refusal(`/services?cursor=${filtered}`)).to.deep.equal(notHere);
    expect(await refusal(`/services?service_type=spreadsheet&cursor=${filtered}`)).to.deep.equal(notHere);
  });

  it('is refused by every other list', async () => {
    const cursor = await cursorOf('/services?limit=1');
    const hook = `/webhooks/${anId(900)}`;
    const others = ['/tokens', '/logs', '/cache/entries', '/webhooks', '/webhooks/replays'];
    for (const path of [...others, `${hook}/deliveries`, `${hook}/rejections`])
      expect(await refusal(`${path}?cursor=${cursor}`), path).to.deep.equal(notHere);
  });

  it('is refused by the deliveries of another webhook', async () => {
    const position = encodeCursor({ at: 1_764_158_400_000, id: anId(7) });
    server.application.queries.listDeliveries = async () => right({ items: [], nextCursor: position });
    const cursor = await cursorOf(`/webhooks/${anId(900)}/deliveries`);
    expect((await refusal(`/webhooks/${anId(900)}/deliveries?cursor=${cursor}`)).status).to.equal(200);
    expect(await refusal(`/webhooks/${anId(901)}/deliveries?cursor=${cursor}`)).to.deep.equal(notHere);
  });

  it('is refused to another management company', async () => {
    server.application.judge = async () =>
      right({ kind: 'administrator', id: 'root', tenants: 'all', scopes: 'all' });
    const cursor = await cursorOf('/services?limit=1');
    expect((await refusal(`/services?cursor=${cursor}`)).status).to.equal(200);
    expect(await refusal(`/services?cursor=${cursor}`, 'uk_company_2')).to.deep.equal(notHere);
  });

  it('is refused where a period has moved on since its page, and told to keep it', async () => {
    const position = encodeCursor({ at: 1_764_158_400_000, id: anId(7) });
    server.application.queries.listLogs = async () => right({ items: [], nextCursor: position });
    const cursor = await cursorOf('/logs?from=2026-11-28T10:00:00Z');
    const next = (from: string) => refusal(`/logs?from=${from}&cursor=${cursor}`);
    expect(await next('2026-11-28T10:00:07Z')).to.deep.equal(notHere);
    // The same moment in another notation.
    expect((await next('2026-11-28T15:00:00%2B05:00')).status).to.equal(200);
  });

  it('is refused as another version gave it, without its list, and told how to go on', async () => {
    const former = encodeCursor({ at: 1_764_158_400_000, id: anId(7) });
    for (const cursor of [former, `${former}.0123456789abcdef.2`, ''])
      expect(await refusal(`/services?cursor=${cursor}`), cursor).to.deep.equal({
        status: 422,
        errors: [
          {
            pointer: '/cursor',
            detail: 'not a cursor of this version of the service: start again without one',
            parameter: 'cursor',
          },
        ],
      });
  });
});
