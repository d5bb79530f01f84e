import { expect } from 'chai';
import { right } from '../../../../src/domain/shared/fp.ts';
import { anExternalService, anId, TENANT } from '../../../support/an-external-service.ts';
import { startHttpServer, type RunningServer } from '../../../support/with-http-server.ts';

type Sent = readonly [method: string, path: string, body?: unknown, ifMatch?: string | undefined];
type Document = {
  readonly paths: {
    readonly [path: string]: {
      readonly [method: string]: { readonly parameters: readonly { readonly $ref?: string }[] };
    };
  };
};

const A_SERVICE = { service_name: 'google_maps', service_type: 'geocoding', api_key: 'key-00000001' };
const A_TOKEN = { name: 'request-service', scopes: ['geocoding'] };
const A_WEBHOOK = { webhook_name: 'gh', source_service: 'github' };
const REPLAY_FILTER = { filter: { source: 'github' } };
/** These use POST because of their request bodies; they change nothing. */
const READS = [
  '/geocoding/geocode',
  '/geocoding/reverse',
  '/geocoding/distance',
  '/geocoding/batch',
  '/sheets/{spreadsheet_id}/values/batch-get',
  '/webhooks/{id}/test',
];
/** Their senders have ids of their own. */
const DELIVERIES = ['/webhooks/in', '/webhooks/in/{token}'];

describe('writes with an Idempotency-Key', () => {
  let server: RunningServer;
  beforeEach(async () => {
    server = await startHttpServer();
  });
  afterEach(() => server.http.close(0));

  const send = (
    [method, path, body, ifMatch]: Sent,
    key: string | null = 'k-1',
    authorization = 'Bearer admin',
  ) =>
    server.ask(method, path, {
      ...(body === undefined ? {} : { body }),
      headers: { authorization, 'idempotency-key': key, ...(ifMatch && { 'if-match': ifMatch }) },
    });
  const made = async (path: string, body: unknown): Promise<string> => {
    const answer = await server.ask('POST', path, { body });
    await answer.arrayBuffer();
    return answer.headers.get('location') ?? '';
  };
  const service = () => made('/services', A_SERVICE);
  const webhook = () => made('/webhooks', A_WEBHOOK);
  const shown = async (answer: Response) => ({
    status: answer.status,
    text: await answer.text(),
    headers: ['content-type', 'cache-control', 'location', 'etag'].map((name) => answer.headers.get(name)),
  });
  const codeOf = async (answer: Response) => [
    answer.status,
    ((await answer.json()) as { readonly code: string }).code,
  ];

  const writes: readonly (readonly [title: string, sent: () => Promise<Sent>, another?: unknown])[] = [
    [
      'a service made',
      async () => ['POST', '/services', A_SERVICE],
      { ...A_SERVICE, api_key: 'key-00000002' },
    ],
    ['a service changed', async () => ['PATCH', await service(), { priority: 5 }, '"1"'], { priority: 6 }],
    ['a service removed', async () => ['DELETE', await service(), undefined, '"1"']],
    ['a service probed', async () => ['POST', `${await service()}/health-checks`]],
    ['a token issued', async () => ['POST', '/tokens', A_TOKEN], { ...A_TOKEN, name: 'other' }],
    ['a token revoked', async () => ['DELETE', await made('/tokens', A_TOKEN)]],
    ['a webhook made', async () => ['POST', '/webhooks', A_WEBHOOK], { ...A_WEBHOOK, webhook_name: 'other' }],
    [
      'a webhook changed',
      async () => ['PATCH', await webhook(), { status: 'paused' }, '"1"'],
      { status: 'active' },
    ],
    ['a webhook archived', async () => ['DELETE', await webhook(), undefined, '"1"']],
    ['a secret rotated', async () => ['POST', `${await webhook()}/secrets`], { overlap_seconds: 5 }],
    ['an address rotated', async () => ['POST', `${await webhook()}/token`], { overlap_seconds: 5 }],
    ['an entry forgotten', async () => ['DELETE', '/cache/entries/geo%3A1']],
    ['answers forgotten', async () => ['POST', '/cache/invalidations', {}], { operation: 'geocode' }],
    ['a replay begun', async () => ['POST', '/webhooks/replays', REPLAY_FILTER], { filter: {} }],
    ['a replay stopped', async () => ['DELETE', await made('/webhooks/replays', REPLAY_FILTER)]],
  ];
  for (const [title, sentBy, another] of writes)
    it(`${title}: a repeat gets the very answer and does nothing`, async () => {
      const sent = await sentBy();
      const first = await send(sent);
      const second = await send(sent);
      expect([first, second].map(({ headers }) => headers.get('idempotency-replayed'))).to.deep.equal([
        null,
        'true',
      ]);
      expect(first.headers.get('x-request-id')).to.not.equal(second.headers.get('x-request-id'));
      const answer = await shown(first);
      expect(answer.status).to.be.within(200, 299);
      expect(await shown(second)).to.deep.equal(answer);
      if (another === undefined) return;
      const [method, path, , ifMatch] = sent;
      const mismatch = await send([method, path, another, ifMatch]);
      expect(await codeOf(mismatch)).to.deep.equal([422, 'idempotency-mismatch']);
    });

  it('are done again without a key, and under another one', async () => {
    const names = [];
    for (const key of [null, null, 'k-1', 'k-2']) {
      const { id } = (
        (await (await send(['POST', '/tokens', A_TOKEN], key)).json()) as { data: { id: string } }
      ).data;
      names.push(id);
    }
    expect(new Set(names).size).to.equal(4);
  });

  it('take no key that named another write', async () => {
    await (await send(['POST', '/services', A_SERVICE])).arrayBuffer();
    expect(await codeOf(await send(['POST', '/tokens', A_TOKEN]))).to.deep.equal([
      422,
      'idempotency-mismatch',
    ]);
  });

  it('show a secret to nobody else who knows key and body', async () => {
    await (await send(['POST', '/tokens', A_TOKEN])).arrayBuffer();
    const other = await send(['POST', '/tokens', A_TOKEN], 'k-1', 'Bearer tokens:manage');
    expect(await codeOf(other)).to.deep.equal([422, 'idempotency-mismatch']);
  });

  it('leave the key free when they are refused, for the request that was mended', async () => {
    const refused = await send(['POST', '/services', { ...A_SERVICE, priority: 'high' }]);
    expect(await codeOf(refused)).to.deep.equal([422, 'invalid-input']);
    expect((await send(['POST', '/services', A_SERVICE])).status).to.equal(201);
    const outdated = await send(
      [
        'PATCH',
        await made('/services', { ...A_SERVICE, service_name: 'yandex_maps' }),
        { priority: 1 },
        '"7"',
      ],
      'k-2',
    );
    expect(await codeOf(outdated)).to.deep.equal([412, 'precondition-failed']);
  });

  it('do not treat an invalid field as omitted', async () => {
    await (await send(['POST', '/services', A_SERVICE])).arrayBuffer();
    const wrong = await send(['POST', '/services', { ...A_SERVICE, priority: 'high' }]);
    expect(wrong.status).to.equal(422);
  });

  it('are found done when their own twin was quicker between looking and writing', async () => {
    server.application.services.set(anId(7), anExternalService({ id: anId(7), tenantId: TENANT }));
    const sent: Sent = ['PATCH', `/services/${anId(7)}`, { priority: 5 }, '"1"'];
    const { queries } = server.application;
    const { recallAnswer } = queries;
    queries.recallAnswer = async () => {
      queries.recallAnswer = recallAnswer;
      await (await send(sent)).arrayBuffer();
      return right(undefined);
    };
    const late = await send(sent);
    expect([late.status, late.headers.get('idempotency-replayed')]).to.deep.equal([200, 'true']);
    expect(server.application.services.get(anId(7))?.version).to.equal(2);
  });

  it('refuse an invalid key', async () => {
    expect(await codeOf(await send(['POST', '/services', A_SERVICE], 'two words'))).to.deep.equal([
      400,
      'malformed-request',
    ]);
    expect(server.application.services.size).to.equal(0);
  });

  it('are all writes of the document, and no reads', async () => {
    const { paths } = (await (await server.ask('GET', '/openapi.json')).json()) as Document;
    const operations = Object.entries(paths).flatMap(([path, item]) =>
      Object.entries(item).map(([method, { parameters }]) => ({
        path,
        method,
        takesKey: parameters.some(({ $ref }) => $ref === '#/components/parameters/IdempotencyKey'),
      })),
    );
    const writing = operations.filter(
      ({ path, method }) => method !== 'get' && ![...READS, ...DELIVERIES].includes(path),
    );
    expect(writing.length).to.be.greaterThan(18);
    expect(operations.filter(({ takesKey }) => takesKey)).to.have.deep.members(
      writing.map((operation) => ({ ...operation, takesKey: true })),
    );
  });
});
