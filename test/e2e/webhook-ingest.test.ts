import { expect } from 'chai';
import { createHmac, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { tapEvents, type TappedEvent } from '../support/event-tap.ts';
import { startGateway, type Gateway } from '../support/gateway.ts';
import { eventually, until } from '../support/until.ts';
import { githubHeaders, plantWebhook, type PlantedWebhook } from '../support/planted-webhook.ts';
import { rawExchange } from '../support/raw-http.ts';

type Row = { readonly [column: string]: unknown };
type Headers = { readonly [name: string]: string };
type Body = string | Uint8Array<ArrayBuffer>;

const BODY = '{"action":"opened","number":12345678901234567890,"ratio":1.0}';

describe('Deliveries of webhooks', () => {
  let gateway: Gateway;
  let events: () => Promise<readonly TappedEvent[]>;
  let hook: PlantedWebhook;
  let tenants = 0;
  before(async () => {
    gateway = await startGateway();
    events = await tapEvents(gateway);
  });
  after(() => gateway.stop());
  beforeEach(async () => {
    // Each test has its own tenant and thus its own rate limit.
    hook = await plantWebhook(gateway, { tenant: `tenant-${(tenants += 1)}` });
  });

  const sendOnce = async (to: PlantedWebhook, body: Body, headers: Headers) => {
    const answer = await fetch(to.url(), { method: 'POST', headers, body });
    return { status: answer.status, headers: answer.headers, text: await answer.text() };
  };
  // Retries as senders do: a database that stalls for a moment counts as unavailable.
  const send = (to: PlantedWebhook, body: Body, headers: Headers) =>
    until(
      () => sendOnce(to, body, headers),
      ({ status }) => status !== 503,
    );
  const deliver = (body: Body, headers: Headers = {}, to = hook) =>
    send(to, body, { ...githubHeaders(to.secret, body), ...headers });
  const deliverOnce = (body: Body) => sendOnce(hook, body, githubHeaders(hook.secret, body));
  const received = async (webhook = hook) =>
    (await events()).filter(({ data }) => data['webhook_id'] === webhook.id);
  const rows = (table: string, webhook = hook) =>
    gateway.sql<Row>(`select * from ${table} where webhook_id = $1`, [webhook.id]);
  const reasons = (count: number, webhook = hook) =>
    eventually('the refusals in their log', async () => {
      const all = await rows('webhook_rejections', webhook);
      return all.length < count ? undefined : all.map(({ reason }) => String(reason)).toSorted();
    });

  it('are durable and queued for the bus when their sender gets 200', async () => {
    const { status, text } = await deliver(BODY);
    expect([status, text]).to.deep.equal([200, '{"ok":true}']);
    const [row] = await rows('webhook_deliveries');
    expect(row).to.deep.include({ state: 'accepted', raw_body: Buffer.from(BODY), event_type: 'issues' });
    const [event] = await received();
    expect(event?.data).to.deep.include({ source: 'github', event_type: 'issues', size: BODY.length });
    const [tapped] = await gateway.sql<{ messages: string }>(
      'select messages from tapped_events where messages like $1',
      [`%${hook.id}%`],
    );
    expect(tapped?.messages).to.contain(`"payload":${BODY}`);
  });

  it('are accepted at the address and with the secret shown when their webhook was created', async () => {
    type Created = { readonly id: string; readonly webhook_token: string; readonly secret_key: string };
    const api = await gateway.administrator(`tenant-${tenants}`);
    const created = await api.post<{ readonly data: Created }>('/webhooks', {
      webhook_name: 'of the forge',
      source_service: 'github',
    });
    expect(created.status, created.text).to.equal(201);
    const { id, webhook_token: token, secret_key: secret } = created.body.data;
    const to = { id, token, secret, url: () => `${gateway.service().url}/webhooks/in/${token}` };
    expect((await deliver(BODY, {}, to)).status).to.equal(200);
    expect(await received(to)).to.have.length(1);
    const rotated = await api.post<{ readonly data: Created }>(`/webhooks/${id}/secrets`, {});
    expect((await deliver(BODY, {}, to)).status, rotated.text).to.equal(200);
    const renewed = { ...to, secret: rotated.body.data.secret_key };
    expect((await deliver(BODY, {}, renewed)).status).to.equal(200);
  });

  it('get 503 while nobody can open the secret that verifies them', async () => {
    await gateway.sql("update webhook_secrets set secret_key = 'broken' where webhook_id = $1", [hook.id]);
    const { status, headers, text } = await deliverOnce(BODY);
    expect([status, text]).to.deep.equal([503, '{"ok":false,"error":"unavailable"}']);
    expect(Number(headers.get('retry-after'))).to.be.within(5, 30);
    expect(await reasons(1)).to.deep.equal(['secret-unreadable']);
  });

  it('get 503 when their scheme was written by a newer version and this one does not know it', async () => {
    const scheme = { kind: 'hmac', signatureHeader: 'x-sig', algorithm: 'sha3', encoding: 'hex' };
    for (const plan of [
      { columns: { source_service: 'zendesk' } },
      { source: 'custom', scheme: { kind: 'jwt', rejectEmptyBody: false } },
      { source: 'custom', scheme },
    ] as const) {
      hook = await plantWebhook(gateway, { tenant: `tenant-${tenants}`, ...plan });
      const { status, headers, text } = await deliverOnce(BODY);
      expect([status, text]).to.deep.equal([503, '{"ok":false,"error":"unavailable"}']);
      expect(Number(headers.get('retry-after'))).to.be.within(5, 30);
      expect(await reasons(1)).to.deep.equal(['proof-unknown']);
    }
  });

  for (const [size, bytes] of [
    ['small', 100],
    ['large', 1_500_000],
  ] as const)
    it(`get 503 while the privilege to store a ${size} one is revoked`, async () => {
      const columns = { max_body_bytes: 2_000_000 };
      const roomy = await plantWebhook(gateway, { tenant: `tenant-${tenants}`, columns });
      const body = `{"action":"opened","padding":"${'x'.repeat(bytes)}"}`;
      const headers = githubHeaders(roomy.secret, body);
      const before = gateway.service().output().length;
      await gateway.sql('revoke insert on webhook_deliveries from integration_system');
      try {
        const { status, text, headers: answered } = await sendOnce(roomy, body, headers);
        expect([status, text]).to.deep.equal([503, '{"ok":false,"error":"unavailable"}']);
        expect(answered.get('retry-after')).to.match(/^\d+$/);
        await eventually('the line with the cause', async () => {
          const lines = gateway.service().output().slice(before);
          return lines.includes('permission denied for table webhook_deliveries') || undefined;
        });
      } finally {
        await gateway.sql('grant insert on webhook_deliveries to integration_system');
      }
      expect(await send(roomy, body, headers)).to.include({ status: 200 });
      expect(await rows('webhook_deliveries', roomy)).to.have.lengthOf(1);
    });

  it('get 503, as administration does, while the privilege to read webhooks is revoked', async () => {
    const api = await gateway.administrator(`tenant-${tenants}`);
    const roles = 'integration_app, integration_system';
    await gateway.sql(`revoke select on webhook_configs from ${roles}`);
    try {
      expect(await deliverOnce(BODY)).to.include({ status: 503, text: '{"ok":false,"error":"unavailable"}' });
      const list = await api.askOnce<{ readonly code: string }>('GET', '/webhooks');
      expect([list.status, list.body.code]).to.deep.equal([503, 'unavailable']);
    } finally {
      await gateway.sql(`grant select on webhook_configs to ${roles}`);
    }
    expect(await deliver(BODY)).to.include({ status: 200 });
  });

  it('are also accepted with their token in a header', async () => {
    const to = { ...hook, url: () => `${gateway.service().url}/webhooks/in` };
    const statuses = [];
    for (const headers of [
      { authorization: `Bearer ${hook.token}` },
      { 'x-webhook-token': hook.token },
      {},
      { authorization: hook.token },
    ])
      statuses.push((await deliver(BODY, headers, to)).status);
    expect(statuses).to.deep.equal([200, 200, 404, 404]);
  });

  it('are refused with one answer whatever is wrong with the proof, and the owner learns the reason', async () => {
    const good = githubHeaders(hook.secret, BODY);
    const signature = good['x-hub-signature-256'];
    const { 'x-hub-signature-256': _, ...unsigned } = good;
    const answers = [
      await send(hook, BODY, unsigned),
      await send(hook, BODY, githubHeaders('another secret', BODY)),
      await send(hook, `${BODY} `, good),
      await send(hook, BODY, { ...unsigned, 'x-hub-signature-256': signature.toUpperCase() }),
      await send(hook, '', githubHeaders(hook.secret, '')),
    ];
    const doubled = await rawDelivery(hook, [`x-hub-signature-256: ${signature}`, ...lines(good)], BODY);
    expect(doubled).to.match(/^HTTP\/1\.1 401 /);
    const texts = new Set(answers.map(({ status, text }) => `${status} ${text}`));
    expect([...texts]).to.deep.equal(['401 {"ok":false,"error":"unauthenticated"}']);
    expect(doubled.endsWith('\r\n\r\n{"ok":false,"error":"unauthenticated"}')).to.equal(true);
    expect(await reasons(6)).to.deep.equal([
      'empty-body',
      'header-missing',
      'header-repeated',
      'no-supported-signature',
      'signature-mismatch',
      'signature-mismatch',
    ]);
    expect(await rows('webhook_deliveries')).to.deep.equal([]);
  });

  it('depend on the state of their webhook: unknown, archived, disabled, paused, or with other types', async () => {
    const of = (columns: Row) => plantWebhook(gateway, { tenant: `tenant-${tenants}`, columns });
    const archived = await of({ status: 'archived', is_active: false });
    const disabled = await of({ status: 'disabled', is_active: false });
    const paused = await of({ status: 'paused', is_active: false });
    const selective = await of({ event_types: '["push"]' });
    const unknown = { ...hook, url: () => `${gateway.service().url}/webhooks/in/whk_${'a'.repeat(49)}` };
    const statuses = [];
    for (const to of [unknown, archived, disabled, paused, selective])
      statuses.push((await deliver(BODY, {}, to)).status);
    expect(statuses).to.deep.equal([404, 410, 403, 200, 200]);
    expect((await rows('webhook_deliveries', paused)).map(({ state }) => state)).to.deep.equal(['held']);
    expect((await rows('webhook_deliveries', selective)).map(({ state }) => state)).to.deep.equal([
      'filtered',
    ]);
    expect([...(await received(paused)), ...(await received(selective))]).to.deep.equal([]);
  });

  it('are checked against the addresses that their webhook allows, or only flagged', async () => {
    const of = (columns: Row) => plantWebhook(gateway, { tenant: `tenant-${tenants}`, columns });
    const elsewhere = { ip_allowlist: '["192.0.2.0/24", "telegram"]' };
    const enforced = await of({ ...elsewhere, ip_mode: 'enforce' });
    const observed = await of({ ...elsewhere, ip_mode: 'observe' });
    const here = await of({ ip_allowlist: '["127.0.0.0/8"]', ip_mode: 'enforce' });
    const statuses = [];
    // No proxy is trusted here, so the forwarded address is ignored.
    for (const to of [enforced, observed, here])
      statuses.push((await deliver(BODY, { 'x-forwarded-for': '192.0.2.7' }, to)).status);
    expect(statuses).to.deep.equal([403, 200, 200]);
    const [noted] = await rows('webhook_deliveries', observed);
    expect(noted).to.deep.include({ client_ip: '127.0.0.1', flags: ['address_not_listed'] });
    expect(await reasons(1, enforced)).to.deep.equal(['address-refused']);
  });

  it('are accepted by POST only', async () => {
    for (const method of ['GET', 'HEAD', 'PUT', 'DELETE', 'PATCH']) {
      const answer = await fetch(hook.url(), { method });
      expect([answer.status, answer.headers.get('allow')], method).to.deep.equal([405, 'POST']);
    }
  });

  describe('with a bad body', () => {
    const LIMIT = 2_000;
    beforeEach(async () => {
      hook = await plantWebhook(gateway, { tenant: `tenant-${tenants}`, columns: { max_body_bytes: LIMIT } });
    });
    const ofSize = (size: number) => Buffer.from(`"${'x'.repeat(size - 2)}"`);
    const chunkedLines = (body: Uint8Array) => [
      'transfer-encoding: chunked',
      ...lines(githubHeaders(hook.secret, body)),
    ];
    const chunked = (body: Uint8Array) =>
      rawExchange(
        gateway.service().url,
        head(hook, chunkedLines(body)),
        `${body.length.toString(16)}\r\n`,
        body,
        '\r\n0\r\n\r\n',
      );

    it('accept the limit and refuse one byte more, by length and in chunks', async () => {
      expect((await deliver(ofSize(LIMIT))).status).to.equal(200);
      expect(await chunked(ofSize(LIMIT))).to.match(/^HTTP\/1\.1 200 /);
      expect((await deliver(ofSize(LIMIT + 1))).status).to.equal(413);
      expect(await chunked(ofSize(LIMIT + 1))).to.match(/^HTTP\/1\.1 413 /);
      expect(await rows('webhook_deliveries')).to.have.length(2);
      expect(await reasons(2)).to.deep.equal(['too-large', 'too-large']);
    });

    it('accept one byte that is not JSON, and pass it on unchanged', async () => {
      expect((await deliver('{')).status).to.equal(200);
      const [event] = await received();
      expect(event?.data).to.deep.include({
        payload_base64: Buffer.from('{').toString('base64'),
        flags: ['body_unreadable'],
      });
    });

    it('refuse a compressed body without reading it', async () => {
      const zipped = new Uint8Array(gzipSync(BODY));
      expect((await deliver(zipped, { 'content-encoding': 'gzip' })).status).to.equal(415);
      expect((await deliver(BODY, { 'content-encoding': 'identity' })).status).to.equal(200);
      const inTransit = ['transfer-encoding: gzip, chunked', ...lines(githubHeaders(hook.secret, zipped))];
      const chunk = [`${zipped.length.toString(16)}\r\n`, zipped, '\r\n0\r\n\r\n'];
      expect(await rawExchange(gateway.service().url, head(hook, inTransit), ...chunk)).to.match(
        /^HTTP\/1\.1 415 /,
      );
    });

    it('wait five seconds for a body that trickles in', async () => {
      const socket = connect(Number(new URL(gateway.service().url).port), '127.0.0.1');
      const answer = once(socket, 'data');
      socket.write(head(hook, ['content-length: 100', ...lines(githubHeaders(hook.secret, BODY))]));
      const drip = setInterval(() => socket.write('x'), 200);
      const began = performance.now();
      const [bytes] = (await answer) as [Buffer];
      clearInterval(drip);
      socket.destroy();
      expect(bytes.toString()).to.match(/^HTTP\/1\.1 408 /);
      expect(performance.now() - began).to.be.within(4_500, 8_000);
      expect(await reasons(1)).to.deep.equal(['too-slow']);
    });

    it('acknowledge nothing when the body breaks off half-way', async () => {
      const socket = connect(Number(new URL(gateway.service().url).port), '127.0.0.1');
      socket.write(
        head(hook, [`content-length: ${BODY.length}`, ...lines(githubHeaders(hook.secret, BODY))]),
      );
      socket.write(BODY.slice(0, 20), () => socket.destroy());
      expect(await reasons(1)).to.deep.equal(['broken-off']);
      expect(await rows('webhook_deliveries')).to.deep.equal([]);
    });
  });

  it('are answered in the form that each sender expects', async () => {
    const tenant = `tenant-${tenants}`;
    const secret = 'a-token-of-telegram';
    const telegram = await plantWebhook(gateway, { tenant, source: 'telegram', secret });
    const update = '{"update_id":1,"message":{"text":"hi"}}';
    const headers = { 'content-type': 'application/json', 'x-telegram-bot-api-secret-token': secret };
    const answered = await send(telegram, update, headers);
    expect([answered.status, answered.text, answered.headers.get('content-type')]).to.deep.equal([
      200,
      '',
      null,
    ]);
    const slack = await plantWebhook(gateway, { tenant, source: 'slack' });
    const challenge = '{"type":"url_verification","challenge":"3eZbrw1a"}';
    const shaken = await send(slack, challenge, slackHeaders(slack.secret, challenge));
    expect([shaken.status, shaken.text]).to.deep.equal([200, '3eZbrw1a']);
    expect((await rows('webhook_deliveries', slack)).map(({ state }) => state)).to.deep.equal(['handshake']);
    expect(await received(slack)).to.deep.equal([]);
    const refused = await send(slack, challenge, slackHeaders('wrong', challenge));
    expect([refused.status, refused.headers.get('x-slack-no-retry')]).to.deep.equal([401, '1']);
  });

  it('are counted in the totals of their webhook', async () => {
    const headers = { 'x-github-delivery': 'the same' };
    expect((await deliver(BODY, headers)).status).to.equal(200);
    expect((await deliver(BODY, headers)).status).to.equal(200);
    expect((await send(hook, BODY, githubHeaders('wrong', BODY))).status).to.equal(401);
    const totals = await eventually('the totals', async () => {
      const [row] = await gateway.sql<Row>('select * from webhook_configs where id = $1', [hook.id]);
      return row?.['total_received'] === '3' ? row : undefined;
    });
    expect(totals).to.include({ total_successful: '2', total_failed: '1' });
    const [secret] = await rows('webhook_secrets');
    expect(secret).to.include({ match_count: '2' });
    expect(await received()).to.have.length(1);
  });

  it('never reveal their token or secret in a log, a metric or a row', async () => {
    await deliver(BODY);
    await send(hook, BODY, {
      ...githubHeaders('wrong', BODY),
      cookie: hook.secret,
      authorization: hook.token,
    });
    await fetch(`${hook.url()}?token=${hook.token}`, { method: 'POST' });
    await fetch(`${hook.url()}/more`, { method: 'POST' });
    await fetch(hook.url());
    await reasons(2);
    const metrics = await (await fetch(`${gateway.service().url}/metrics`)).text();
    expect(metrics).to.match(
      /integration_webhook_requests_total\{source="github",outcome="accepted",reason="none"\} [1-9]/,
    );
    const tables = [
      'webhook_deliveries',
      'webhook_rejections',
      'tapped_events',
      'webhook_configs',
      'integration_logs',
    ];
    const stored = [];
    for (const table of tables)
      stored.push(await gateway.sql<Row>(`select row_to_json(t)::text as text from ${table} t`));
    const everything = `${gateway.output()} ${metrics} ${JSON.stringify(stored)}`;
    for (const planted of [hook.token, hook.token.slice(12, 40), hook.secret])
      expect(everything.includes(planted), planted).to.equal(false);
  });
});

describe('Floods of deliveries', () => {
  let gateway: Gateway;
  let events: () => Promise<readonly TappedEvent[]>;
  before(async () => {
    gateway = await startGateway();
    events = await tapEvents(gateway);
  });
  after(() => gateway.stop());

  /** The number of requests answered with 503. These have used up the rate too, so as many of the last are refused. */
  let unavailable = 0;
  beforeEach(() => (unavailable = 0));
  const sendOnce = async (to: PlantedWebhook, headers: Headers, body: string) => {
    const answer = await fetch(to.url(), { method: 'POST', headers, body });
    await answer.arrayBuffer();
    if (answer.status === 503) unavailable += 1;
    return answer;
  };
  // Retries as senders do: an overloaded machine may answer 503.
  const send = (to: PlantedWebhook, headers: Headers, body: string) =>
    until(
      () => sendOnce(to, headers, body),
      ({ status }) => status !== 503,
    );
  const deliver = (to: PlantedWebhook, n: number, secret = to.secret) => {
    const body = `{"n":${n}}`;
    return send(to, githubHeaders(secret, body), body);
  };
  const many = async (count: number, one: (n: number) => Promise<Response>) => {
    const statuses: number[] = [];
    for (let at = 0; at < count; at += 50)
      statuses.push(
        ...(await Promise.all(Array.from({ length: Math.min(50, count - at) }, (_, n) => one(at + n)))).map(
          ({ status }) => status,
        ),
      );
    return Map.groupBy(statuses, (status) => status);
  };

  it('with a wrong signature leave the tenant its 200 a minute; the 201st is told when to retry', async () => {
    const hook = await plantWebhook(gateway, { tenant: 'flooded' });
    const bad = await many(1_000, (n) => deliver(hook, n, 'wrong'));
    expect([...bad.keys()]).to.have.members([401, 429]);
    expect(bad.get(401)).to.have.length.within(300, 400);
    unavailable = 0;
    const good = await many(200, (n) => deliver(hook, n));
    expect(good.get(429) ?? []).to.have.length.at.most(unavailable);
    expect([...good.keys()].filter((status) => status !== 429)).to.deep.equal([200]);
    const next = await deliver(hook, 201);
    expect(next.status).to.equal(429);
    const wait = next.headers.get('retry-after');
    expect(Number(wait)).to.be.within(1, 60);
    expect(next.headers.get('ratelimit')).to.equal(`"tenant-webhook-minute";r=0;t=${wait}`);
    expect(next.headers.get('ratelimit-limit')).to.equal('200');
    const notices = await eventually('the notice for listeners', async () => {
      const told = (await events()).filter(({ type }) => type === 'integration.rate_limit.exceeded');
      return told.length === 0 ? undefined : told;
    });
    expect(notices).to.have.length(1);
    expect(notices[0]).to.include({ managementcompanyid: 'flooded', subject: hook.id });
    expect(notices[0]?.data).to.include({
      service_name: 'tenant:webhook',
      window_type: 'minute',
      limit: 200,
      used: 200,
    });
    const rejections = await gateway.sql('select reason from webhook_rejections where webhook_id = $1', [
      hook.id,
    ]);
    expect(rejections.length).to.be.within(60, 130);
    const gitlab = await plantWebhook(gateway, { tenant: 'flooded', source: 'gitlab', secret: 'of gitlab' });
    const answer = await fetch(gitlab.url(), {
      method: 'POST',
      headers: { 'x-gitlab-token': 'of gitlab', 'content-type': 'application/json' },
      body: '{}',
    });
    expect(answer.status).to.equal(503);
  });

  it('of ten deliveries sent 200 times each at once store ten, and publish each once', async () => {
    // One tenant for each, whose rate limit the 200 requests use up.
    const hooks = await Promise.all(
      Array.from({ length: 10 }, (_, n) => plantWebhook(gateway, { tenant: `repeating-${n}` })),
    );
    const statuses = await Promise.all(
      hooks.flatMap((hook) => {
        const headers = githubHeaders(hook.secret, BODY);
        return Array.from({ length: 200 }, async () => (await send(hook, headers, BODY)).status);
      }),
    );
    const isOverRate = (status: number): boolean => status === 429;
    expect(statuses.filter(isOverRate).length).to.be.at.most(unavailable);
    expect(statuses.filter((status) => !isOverRate(status)).every((status) => status === 200)).to.equal(true);
    for (const hook of hooks) {
      const published = (await events()).filter(({ data }) => data['webhook_id'] === hook.id);
      expect(published).to.have.length(1);
    }
  });

  it('above the rate are stored, and published within the next minute, if their webhook spools', async () => {
    const hook = await plantWebhook(gateway, { tenant: 'spooling', columns: { overflow: 'spool' } });
    const answers = await many(205, (n) => deliver(hook, n));
    expect([...answers.keys()]).to.deep.equal([200]);
    const published = async () =>
      (await events()).filter(({ data }) => data['webhook_id'] === hook.id).map(({ id }) => id);
    expect(await published()).to.have.length.within(200 - unavailable, 204);
    await eventually(
      'the rest on the bus',
      async () => ((await published()).length === 205 ? true : undefined),
      75_000,
    );
    expect(new Set(await published()).size).to.equal(205);
    const states = await gateway.sql<Row>(
      `select state, count(*)::int as n from webhook_deliveries where webhook_id = $1 group by 1`,
      [hook.id],
    );
    expect(states).to.deep.equal([{ state: 'accepted', n: 205 }]);
  });
});

const lines = (headers: Headers): readonly string[] =>
  Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
const head = (to: PlantedWebhook, headers: readonly string[]): string =>
  [
    'POST ' + new URL(to.url()).pathname + ' HTTP/1.1',
    'host: x',
    'connection: close',
    ...headers,
    '',
    '',
  ].join('\r\n');
const rawDelivery = (to: PlantedWebhook, headers: readonly string[], body: string): Promise<string> =>
  rawExchange(to.url(), head(to, [`content-length: ${Buffer.byteLength(body)}`, ...headers]), body);

const slackHeaders = (secret: string, body: string): Headers => {
  const at = String(Math.floor(Date.now() / 1000));
  const signature = createHmac('sha256', secret).update(`v0:${at}:${body}`).digest('hex');
  return {
    'content-type': 'application/json',
    'x-slack-request-timestamp': at,
    'x-slack-signature': `v0=${signature}`,
    'x-request-id': randomUUID(),
  };
};
