import { expect } from 'chai';
import { left, right } from '../../../../src/domain/shared/fp.ts';
import { replayEventId } from '../../../../src/domain/webhook/delivery/replay.ts';
import { anId } from '../../../support/an-external-service.ts';
import { startHttpServer, type RunningServer } from '../../../support/with-http-server.ts';

type Fields = { readonly [field: string]: unknown };
type Pointed = { readonly pointer: string; readonly detail: string };

describe('replays of deliveries over HTTP', () => {
  let server: RunningServer;
  beforeEach(async () => {
    server = await startHttpServer();
  });
  afterEach(() => server.http.close(0));

  const ask = async (
    method: string,
    path: string,
    body?: unknown,
    headers: { readonly [name: string]: string } = {},
  ) => {
    const answer = await server.ask(method, path, { ...(body === undefined ? {} : { body }), headers });
    const { data, errors, code } = (await answer.json()) as {
      readonly data: Fields;
      readonly errors?: readonly Pointed[];
      readonly code?: string;
    };
    return {
      status: answer.status,
      location: answer.headers.get('location'),
      isRepeat: answer.headers.get('idempotency-replayed') === 'true',
      data,
      errors,
      code,
    };
  };
  const start = (body: unknown) => ask('POST', '/webhooks/replays', body);

  it('send one delivery at once, with or without a reason', async () => {
    const path = `/webhooks/deliveries/${anId(1)}/replay`;
    const { status, location, data } = await ask('POST', path, { reason: 'lost' });
    expect(status).to.equal(202);
    expect(location).to.equal(`/webhooks/replays/${String(data['id'])}`);
    expect(data).to.deep.include({
      event_id: replayEventId(String(data['id']), anId(1)),
      reason: 'lost',
      state: 'done',
      filter: { delivery_id: anId(1) },
      requested_by: 'admin@example.test',
    });
    expect((await ask('POST', path)).data).to.include({ reason: null });
    expect(await ask('POST', `/webhooks/deliveries/${anId(3)}/replay`)).to.include({
      status: 409,
      code: 'conflict',
    });
    expect((await ask('POST', `/webhooks/deliveries/${anId(2)}/replay`)).status).to.equal(404);
  });

  it('begin with what was requested, ten a second unless stated', async () => {
    const asked: unknown[] = [];
    const { startReplay } = server.application.commands;
    server.application.commands.startReplay = async (ctx, once) => {
      asked.push(once.query);
      return startReplay(ctx, once);
    };
    const filter = {
      webhook_id: anId(900),
      source: 'github',
      state: 'held',
      event_type: 'push',
      external_id: 'guid',
      flags: ['replay_suspect'],
      from: '2026-11-01T00:00:00.000Z',
      to: '2026-11-02T00:00:00.000Z',
    };
    const { status, data, location } = await start({ filter, rate_per_second: 100, reason: 'resumed' });
    expect(status).to.equal(202);
    expect(location).to.equal(`/webhooks/replays/${String(data['id'])}`);
    expect(data).to.deep.include({
      state: 'running',
      total: 2,
      done: 0,
      failed: 0,
      filter,
      rate_per_second: 100,
    });
    expect((await start({ filter: {} })).data).to.deep.include({ filter: {}, rate_per_second: 10 });
    expect(asked).to.deep.equal([
      {
        filter: {
          webhookId: anId(900),
          source: 'github',
          state: 'held',
          eventType: 'push',
          externalId: 'guid',
          flags: ['replay_suspect'],
          from: Date.parse('2026-11-01'),
          to: Date.parse('2026-11-02'),
        },
        ratePerSecond: 100,
        reason: 'resumed',
      },
      { filter: {}, ratePerSecond: 10, reason: undefined },
    ]);
  });

  it('are made once for a key, and its repeats get the same answer', async () => {
    const keyed = (key: string, path: string, body?: unknown) =>
      ask('POST', path, body, { 'idempotency-key': key });
    const one = `/webhooks/deliveries/${anId(1)}/replay`;
    for (const [path, body, other] of [
      [one, { reason: 'lost' }, { reason: 'other' }],
      ['/webhooks/replays', { filter: { state: 'held' }, reason: 'x' }, { filter: {}, reason: 'x' }],
      ['/webhooks/replays', { filter: { from: '2026-11-01' } }, { filter: { from: '2026-11-02' } }],
    ] as const) {
      const key = `key of ${JSON.stringify(body)}`.replaceAll(' ', '-');
      const first = await keyed(key, path, body);
      const again = await keyed(key, path, body);
      expect([first.status, first.isRepeat]).to.deep.equal([202, false]);
      expect(again).to.deep.equal({ ...first, isRepeat: true });
      expect(await keyed(key, path, other)).to.include({ status: 422, code: 'idempotency-mismatch' });
      expect((await ask('POST', path, body)).location).to.not.equal(first.location);
    }
    expect(await keyed('two words', '/webhooks/replays', { filter: {} })).to.include({ status: 400 });
    expect(await keyed('k', '/webhooks/replays', { filter: { source: 'stripe' } })).to.include({
      status: 422,
    });
    expect(await keyed('k', '/webhooks/replays', { filter: {} })).to.include({
      status: 202,
      isRepeat: false,
    });
  });

  it('are refused while as many run as may', async () => {
    server.application.commands.startReplay = async () => left({ kind: 'too-many-replays', most: 5 });
    expect(await start({ filter: {} })).to.include({ status: 409, code: 'conflict' });
  });

  it('are only counted in a dry run', async () => {
    server.application.commands.startReplay = () => expect.fail('begun');
    const { status, data } = await start({ filter: { source: 'stripe' }, dry_run: true });
    expect(status).to.equal(200);
    expect(data).to.deep.equal({ count: 10_001, limit: 10_000 });
  });

  it('do not begin by filters that are wrong, each of which is told, or that match too many', async () => {
    const wrong = await start({
      filter: {
        webhook_id: 'x',
        source: 'fax',
        state: 'spooled',
        event_type: '',
        flags: [],
        from: 5,
        colour: 1,
      },
      rate_per_second: 101,
      dry_run: 'yes',
      reason: '',
      speed: 1,
    });
    expect(wrong.status).to.equal(422);
    expect(wrong.errors?.map(({ pointer }) => pointer).toSorted()).to.deep.equal([
      '/dry_run',
      '/filter/colour',
      '/filter/event_type',
      '/filter/flags',
      '/filter/from',
      '/filter/source',
      '/filter/state',
      '/filter/webhook_id',
      '/rate_per_second',
      '/reason',
      '/speed',
    ]);
    const pointers = async (body: unknown) => (await start(body)).errors?.map(({ pointer }) => pointer);
    expect(await pointers({})).to.deep.equal(['/filter']);
    expect(await pointers({ filter: { from: '2026-11-02', to: '2026-11-01' } })).to.deep.equal([
      '/filter/to',
    ]);
    expect(await pointers({ filter: { event_type: 'a*b*' } })).to.deep.equal(['/filter/event_type']);
    expect(await pointers({ filter: { source: 'stripe' } })).to.deep.equal(['/filter']);
  });

  it('are listed, read and cancelled', async () => {
    const { location } = await start({ filter: {} });
    const path = location ?? '';
    expect((await ask('GET', path)).data).to.include({ state: 'running' });
    expect((await ask('DELETE', path)).data).to.include({ state: 'cancelled' });
    expect((await ask('DELETE', path)).data).to.include({ state: 'cancelled' });
    const listed = (await ask('GET', '/webhooks/replays?limit=1')).data as unknown as readonly Fields[];
    expect(listed.map(({ state }) => state)).to.deep.equal(['cancelled']);
    expect((await ask('GET', `/webhooks/replays/${anId(77)}`)).status).to.equal(404);
  });

  it('are their tenant’s, read by readers and begun by administration', async () => {
    const { location } = await start({ filter: {} });
    const path = location ?? '';
    const other = { 'x-management-company-id': 'uk_company_2' };
    expect((await ask('GET', path, undefined, other)).status).to.equal(404);
    expect((await ask('DELETE', path, undefined, other)).status).to.equal(404);
    expect((await ask('POST', `/webhooks/deliveries/${anId(1)}/replay`, {}, other)).status).to.equal(404);
    const reader = { authorization: 'Bearer webhooks:read' };
    expect((await ask('GET', path, undefined, reader)).status).to.equal(200);
    expect((await ask('DELETE', path, undefined, reader)).status).to.equal(403);
    expect((await ask('POST', '/webhooks/replays', { filter: {} }, reader)).status).to.equal(403);
    expect((await ask('POST', `/webhooks/${anId(900)}/test`, { headers: [] }, reader)).status).to.equal(403);
  });
});

describe('trying requests over HTTP', () => {
  let server: RunningServer;
  beforeEach(async () => {
    server = await startHttpServer();
  });
  afterEach(() => server.http.close(0));

  const path = `/webhooks/${anId(900)}/test`;
  const trial = async (body: unknown, at = path) => {
    const answer = await server.ask('POST', at, { body });
    const { data = {}, errors = [] } = (await answer.json()) as {
      readonly data?: Fields;
      readonly errors?: readonly Pointed[];
    };
    return { status: answer.status, data, pointers: errors.map(({ pointer }) => pointer).toSorted() };
  };

  it('pass the sample on unchanged', async () => {
    let asked: unknown;
    const { tryDelivery } = server.application.queries;
    server.application.queries.tryDelivery = async (ctx, query) => {
      asked = query;
      return tryDelivery(ctx, query);
    };
    const headers = [
      ['X-A', '1'],
      ['X-A', '2'],
    ];
    await trial({
      headers,
      method: 'PUT',
      token: 'whk_1',
      query: 'a=1',
      body_base64: '/wA=',
      client_address: '192.0.2.1',
      received_at: '2026-11-26T12:00:00Z',
    });
    expect(asked).to.deep.equal({
      id: anId(900),
      sample: {
        method: 'PUT',
        token: 'whk_1',
        rawHeaders: headers,
        query: 'a=1',
        body: Buffer.from([255, 0]),
        clientAddress: '192.0.2.1',
        receivedAt: new Date('2026-11-26T12:00:00Z'),
      },
      wrong: [],
    });
    const spelled = [
      ['X-A', ' 1\t'],
      ['X-Type', 'оплата é'],
      ['X-Blank', ' '.repeat(200_000)],
    ];
    await trial({ headers: spelled, body: '' });
    // As HTTP delivers them: trimmed, and UTF-8 bytes decoded as Latin-1.
    expect(asked).to.deep.nested.include({
      'sample.rawHeaders': [
        ['X-A', '1'],
        ['X-Type', Buffer.from('оплата é').toString('latin1')],
        ['X-Blank', ''],
      ],
    });
    await trial({ headers: [], body: 'ü' });
    expect(asked).to.deep.nested.include({ 'sample.method': 'POST', 'sample.body': Buffer.from('ü') });
  });

  it('report the check that failed, the answer its sender would get, and why', async () => {
    const { data } = await trial({ headers: [], client_address: '192.0.2.1' });
    expect(data).to.deep.include({
      accepted: false,
      failed_check: 'address',
      status: 403,
      reason: 'address-refused',
      checks: [
        { check: 'method', outcome: 'passed' },
        { check: 'token', outcome: 'passed' },
        { check: 'status', outcome: 'passed' },
        { check: 'address', outcome: 'failed' },
        { check: 'encoding', outcome: 'not_reached' },
        { check: 'size', outcome: 'not_reached' },
        { check: 'authenticity', outcome: 'not_reached' },
      ],
    });
    expect((await trial({ headers: [], method: 'GET' })).data).to.include({ status: 405 });
    const large = { headers: [], body: 'x'.repeat(5_000) };
    expect((await trial(large)).data).to.deep.include({ status: 413, detail: { limit_bytes: 4_096 } });
  });

  it('tell what a request that passes would become', async () => {
    server.application.queries.tryDelivery = async () =>
      right({
        source: 'github',
        outcome: right({
          state: 'held',
          verification: { method: 'hmac-sha256', level: 'signed', secretVersion: 2, signedTimestamp: 0 },
          eventType: 'push',
          externalId: 'guid',
          dedupeKey: 'id:guid',
          flags: [],
          firstId: anId(4),
        }),
      });
    expect((await trial({ headers: [] })).data).to.deep.include({
      accepted: true,
      failed_check: null,
      state: 'held',
      verification: {
        method: 'hmac-sha256',
        level: 'signed',
        secret_version: 2,
        signed_at: '1970-01-01T00:00:00.000Z',
      },
      dedupe_key: 'id:guid',
      is_duplicate: true,
      first_delivery_id: anId(4),
    });
  });

  it('refuse what is no request, and tell all of it', async () => {
    const wrong = await trial({
      headers: [['a b', '1'], ['x', 'a\r\nb'], ['x'], ['x', 'a\ud800']],
      method: '',
      body: 5,
      body_base64: '/w',
      client_address: '',
      received_at: 'now',
      secret: 1,
    });
    expect(wrong.status).to.equal(422);
    expect(wrong.pointers).to.deep.equal([
      '/body',
      '/body_base64',
      '/client_address',
      '/headers/0',
      '/headers/1',
      '/headers/2',
      '/headers/3',
      '/method',
      '/received_at',
      '/secret',
    ]);
    expect((await trial({ headers: [], body: '', body_base64: '' })).pointers).to.deep.equal([
      '/body_base64',
    ]);
    expect((await trial({})).pointers).to.deep.equal(['/headers']);
  });

  it('tell what is missing for this webhook with all else that is wrong', async () => {
    const told = async (body: object) => (await trial(body, `/webhooks/${anId(904)}/test`)).pointers;
    expect(await told({ headers: [] })).to.deep.equal(['/token']);
    expect(await told({ method: 5, x: 1 })).to.deep.equal(['/headers', '/method', '/token', '/x']);
    expect(await told({ headers: [], token: 5 })).to.deep.equal(['/token']);
    expect((await trial({}, `/webhooks/${anId(905)}/test`)).pointers).to.deep.equal(['/headers']);
    expect((await trial({ headers: [] }, `/webhooks/${anId(905)}/test`)).status).to.equal(404);
  });
});
