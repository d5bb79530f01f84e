import { expect } from 'chai';
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { tapEvents, type TappedEvent } from '../support/event-tap.ts';
import { startGateway, whenAvailable, type Gateway } from '../support/gateway.ts';
import { eventually, until } from '../support/until.ts';
import { githubHeaders, plantWebhook, type PlantedWebhook } from '../support/planted-webhook.ts';
import type { Data } from '../support/wire.ts';

type Fields = { readonly [field: string]: unknown };
type Body = string | Uint8Array<ArrayBuffer>;

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

describe('Seeing and replaying what webhooks delivered', () => {
  let gateway: Gateway;
  let events: () => Promise<readonly TappedEvent[]>;
  let hook: PlantedWebhook;
  let tenant: string;
  let tenants = 0;
  before(async () => {
    gateway = await startGateway({ RATE_LIMIT_WEBHOOKS_PER_MINUTE: '0' });
    events = await tapEvents(gateway);
  });
  after(() => gateway.stop());
  beforeEach(async () => {
    tenant = `tenant-${(tenants += 1)}`;
    hook = await plantWebhook(gateway, { tenant, columns: { max_body_bytes: 26_214_400 } });
  });

  const deliver = async (body: Body, to = hook, headers: { readonly [name: string]: string } = {}) => {
    const request = { method: 'POST', headers: { ...githubHeaders(to.secret, body), ...headers }, body };
    const once = async (): Promise<number> => {
      const answer = await fetch(to.url(), request);
      await answer.arrayBuffer();
      return answer.status;
    };
    // Retried as senders do: a database that stalls for a moment counts as unavailable.
    return until(once, (status) => status !== 503);
  };
  const administrator = () => gateway.administrator(tenant);
  const asked = async (method: 'GET' | 'POST' | 'DELETE', path: string, body?: unknown) => {
    const api = await administrator();
    const headers = method === 'POST' ? { 'idempotency-key': randomUUID() } : {};
    const { status, body: answer } = await whenAvailable(() =>
      api.ask<Data<Fields & readonly Fields[]>>(method, path, {
        headers,
        ...(body !== undefined && { body }),
      }),
    );
    return { status, data: answer.data };
  };
  const received = async (webhook = hook) =>
    (await events()).filter(({ data }) => data['webhook_id'] === webhook.id);
  const replayed = async () => (await received()).filter(({ data }) => data['replay'] !== null);
  const listed = async () => (await asked('GET', `/webhooks/${hook.id}/deliveries`)).data;
  const ended = (path: string) =>
    eventually('the end of the replay', async () => {
      const { data } = await asked('GET', path);
      return data['state'] === 'running' ? undefined : data;
    });
  const bodyOf = async (id: string) => {
    const answer = await (await administrator()).open('GET', `/webhooks/deliveries/${id}/body`);
    return { status: answer.status, headers: answer.headers, bytes: Buffer.from(await answer.arrayBuffer()) };
  };

  it('returns and replays exactly the same bytes: large numbers, non-text, large bodies, and multipart', async () => {
    const bodies: readonly Body[] = [
      '{"n":12345678901234567890,"ratio":1.0,"s":"\\u0041"}',
      new Uint8Array([0, 255, 0xc3, 0x28, 13, 10]),
      JSON.stringify({ long: 'ы'.repeat(200_000) }),
      new Uint8Array(randomBytes(5 * 1024 * 1024 + 3)),
    ];
    for (const body of bodies) expect(await deliver(body)).to.equal(200);
    const deliveries = (await listed()).toReversed();
    for (const [index, delivery] of deliveries.entries()) {
      const sent = Buffer.from(bodies[index] ?? '');
      const { status, headers, bytes } = await bodyOf(String(delivery['id']));
      expect(status).to.equal(200);
      expect(sha256(bytes), `body ${index}`).to.equal(sha256(sent));
      expect(headers.get('content-disposition')).to.match(/^attachment/);
      expect(headers.get('x-content-type-options')).to.equal('nosniff');
    }
    const { status, data } = await asked('POST', '/webhooks/replays', {
      filter: { webhook_id: hook.id },
      rate_per_second: 100,
    });
    expect([status, data['total']]).to.deep.equal([202, 4]);
    expect(await ended(`/webhooks/replays/${String(data['id'])}`)).to.include({ state: 'done', done: 4 });
    const all = await gateway.sql<{ text: string }>(
      'select messages as text from tapped_events where messages like $1 order by id',
      [`%${hook.id}%`],
    );
    const payloads = all.map(({ text }) => text.slice(text.indexOf('"flags":')));
    expect(payloads.slice(4)).to.deep.equal(payloads.slice(0, 4));
    expect(payloads[4]).to.contain('"payload":{"n":12345678901234567890,"ratio":1.0,"s":"\\u0041"}');
  });

  it('shows nothing of a secret, and nothing at all to another tenant', async () => {
    await deliver('{}', hook, { authorization: 'Bearer planted', cookie: 'planted' });
    const [delivery] = await listed();
    const id = String(delivery?.['id']);
    const { data } = await asked('GET', `/webhooks/deliveries/${id}`);
    expect(data).to.deep.include({ id, state: 'accepted', event_type: 'issues', source: 'github' });
    expect(data['repeats']).to.deep.include({ times: 0, other_bodies: 0 });
    const text = JSON.stringify(data);
    for (const name of ['planted', 'x-hub-signature', 'cookie', 'authorization', hook.secret])
      expect(text.includes(name), name).to.equal(false);
    const stranger = await gateway.administrator('stranger');
    for (const [method, path] of [
      ['GET', `/webhooks/deliveries/${id}`],
      ['GET', `/webhooks/${hook.id}/deliveries`],
      ['GET', `/webhooks/${hook.id}/rejections`],
      ['POST', `/webhooks/deliveries/${id}/replay`],
      ['POST', `/webhooks/${hook.id}/test`],
    ] as const) {
      const body = path.endsWith('test') ? { headers: [] } : method === 'POST' ? {} : undefined;
      expect((await stranger.ask(method, path, body === undefined ? {} : { body })).status, path).to.equal(
        404,
      );
    }
  });

  it('publishes by a replay what arrived while the webhook was paused', async () => {
    await gateway.sql(`update webhook_configs set status = 'paused', is_active = false where id = $1`, [
      hook.id,
    ]);
    for (const n of [1, 2, 3]) expect(await deliver(`{"n":${n}}`)).to.equal(200);
    expect(await received()).to.deep.equal([]);
    const filter = { webhook_id: hook.id, state: 'held' };
    expect((await asked('POST', '/webhooks/replays', { filter, dry_run: true })).data).to.include({
      count: 3,
    });
    const { data } = await asked('POST', '/webhooks/replays', {
      filter,
      reason: 'resumed',
      rate_per_second: 50,
    });
    await ended(`/webhooks/replays/${String(data['id'])}`);
    expect((await replayed()).map((event) => event.data['payload'])).to.deep.equal([
      { n: 1 },
      { n: 2 },
      { n: 3 },
    ]);
    expect((await asked('POST', '/webhooks/replays', { filter, dry_run: true })).data).to.include({
      count: 0,
    });
  });

  it('publishes by itself what a webhook held, once it is active again', async () => {
    const status = (to: string) =>
      gateway.sql('update webhook_configs set status = $2, is_active = $3 where id = $1', [
        hook.id,
        to,
        to === 'active',
      ]);
    await status('paused');
    for (let n = 0; n < 25; n += 1) expect(await deliver(`{"n":${n}}`)).to.equal(200);
    expect(await received()).to.deep.equal([]);
    await status('active');
    const all = await eventually('all that was held', async () => {
      const events = await received();
      return events.length < 25 ? undefined : events;
    });
    expect(all.map((event) => event.data['payload'])).to.deep.equal(
      Array.from({ length: 25 }, (_, n) => ({ n })),
    );
    const deliveries = await listed();
    for (const { id, state } of deliveries) {
      const event = all.find(({ subject }) => subject === id);
      expect([state, event?.id, event?.data['replay']]).to.deep.equal(['accepted', id, null]);
    }
  });

  it('continues after kill -9, and sends no delivery twice', async () => {
    for (let n = 0; n < 60; n += 1) expect(await deliver(`{"n":${n}}`)).to.equal(200);
    const filter = { webhook_id: hook.id };
    const { data } = await asked('POST', '/webhooks/replays', { filter, rate_per_second: 10 });
    const path = `/webhooks/replays/${String(data['id'])}`;
    await eventually('some of it', async () => ((await replayed()).length >= 10 ? true : undefined));
    await gateway.restart('kill');
    expect((await replayed()).length).to.be.lessThan(60);
    expect(await ended(path)).to.include({ state: 'done', total: 60, done: 60, failed: 0 });
    const sent = await replayed();
    expect(new Set(sent.map(({ id }) => id)).size).to.equal(60);
    expect(sent.map((event) => event.data['payload'])).to.deep.equal(
      Array.from({ length: 60 }, (_, n) => ({ n })),
    );
  });

  it('is made once for a key, however often it is requested', async () => {
    expect(await deliver('{"n":1}')).to.equal(200);
    const [delivery] = await listed();
    const api = await administrator();
    const ask = () =>
      api.ask<Data<Fields>>('POST', `/webhooks/deliveries/${String(delivery?.['id'])}/replay`, {
        body: { reason: 'lost' },
        headers: { 'idempotency-key': `replay-${hook.id}` },
      });
    const again = () => until(ask, ({ status }) => status !== 503);
    const statuses = (await Promise.all(Array.from({ length: 6 }, again))).map(({ status }) => status);
    expect(statuses).to.include(202);
    for (const status of statuses) expect(status).to.be.oneOf([202, 409]);
    const repeat = await whenAvailable(ask);
    expect([repeat.status, repeat.headers.get('idempotency-replayed')]).to.deep.equal([202, 'true']);
    expect((await replayed()).map(({ id }) => id)).to.deep.equal([repeat.body.data['event_id']]);
  });

  it('stops when it is cancelled', async () => {
    for (let n = 0; n < 20; n += 1) await deliver(`{"n":${n}}`);
    const filter = { webhook_id: hook.id };
    const { data } = await asked('POST', '/webhooks/replays', { filter, rate_per_second: 5 });
    const path = `/webhooks/replays/${String(data['id'])}`;
    await eventually('the first of it', async () => ((await replayed()).length > 0 ? true : undefined));
    const cancelled = await asked('DELETE', path);
    expect(cancelled.data).to.include({ state: 'cancelled' });
    const sent = (await replayed()).length;
    expect(cancelled.data['done']).to.equal(sent);
    expect(sent).to.be.lessThan(20);
  });

  it('tells which check a sample request fails, and why a real one was refused', async () => {
    const body = '{"n":1}';
    const headers = (secret: string) =>
      Object.entries(githubHeaders(secret, body, { 'x-github-delivery': 'guid-1' }));
    const trial = async (secret: string) =>
      (await asked('POST', `/webhooks/${hook.id}/test`, { headers: headers(secret), body })).data;
    expect(await trial('wrong')).to.deep.include({
      accepted: false,
      failed_check: 'authenticity',
      status: 401,
      reason: 'signature-mismatch',
    });
    expect(await trial(hook.secret)).to.deep.include({
      accepted: true,
      state: 'accepted',
      event_type: 'issues',
      dedupe_key: 'id:guid-1',
      is_duplicate: false,
    });
    expect(await listed()).to.deep.equal([]);
    expect(await deliver(body, hook, { 'x-github-delivery': 'guid-1' })).to.equal(200);
    const [first] = await listed();
    expect(await trial(hook.secret)).to.include({ is_duplicate: true, first_delivery_id: first?.['id'] });
    expect(await deliver(body, { ...hook, secret: 'wrong' })).to.equal(401);
    const rejection = await eventually('the refusal', async () => {
      const { data } = await asked('GET', `/webhooks/${hook.id}/rejections?reason=signature-mismatch`);
      return data[0];
    });
    expect(rejection).to.include({ method: 'POST', size: body.length, sha256: sha256(Buffer.from(body)) });
  });
});
