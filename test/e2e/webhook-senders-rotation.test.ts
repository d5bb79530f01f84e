import { expect } from 'chai';
import { randomUUID } from 'node:crypto';
import type { Gateway } from '../support/gateway.ts';
import {
  expectAccepted,
  expectRefusals,
  keptOf,
  registerWebhook,
  send,
  startForSenders,
  type Registered,
} from '../support/sending-webhook.ts';
import { sendPastLoss } from '../support/send-past-loss.ts';
import { github, standard, stripe, telegram, type Sender } from '../support/signing-senders.ts';
import type { Data } from '../support/wire.ts';

type Rotated = { readonly secret_key?: string; readonly webhook_url: string; readonly webhook_token: string };

const ROUNDS = 25;
const AT_ONCE = 8;
const secretOf = (n: number) => `whsec_${Buffer.alloc(32, n).toString('base64')}`;

describe('Webhooks that change while deliveries come', () => {
  let gateway: Gateway;
  before(async () => (gateway = await startForSenders()));
  after(() => gateway.stop());

  const rotate = async (hook: Registered, body: object = {}): Promise<Registered> => {
    const answer = await hook.api.post<Data<Rotated>>(`/webhooks/${hook.id}/secrets`, body);
    expect(answer.status, answer.text).to.equal(201);
    return {
      ...hook,
      secret: answer.body.data.secret_key ?? String((body as { secret_key?: string }).secret_key),
    };
  };
  const move = async (hook: Registered, body: object = {}): Promise<Registered> => {
    const answer = await hook.api.post<Data<Rotated>>(`/webhooks/${hook.id}/token`, body);
    expect(answer.status, answer.text).to.equal(201);
    return { ...hook, url: answer.body.data.webhook_url, webhook_token: answer.body.data.webhook_token };
  };
  const patch = async (hook: Registered, body: object): Promise<void> => {
    const answer = await hook.api.ask('PATCH', `/webhooks/${hook.id}`, {
      body,
      headers: { 'if-match': '*' },
    });
    expect(answer.status, answer.text).to.equal(200);
  };
  let made = 0;
  const next = (sender: Sender, hook: Registered) => {
    const id = String((made += 1));
    return sender(hook, `{"id":"${id}","update_id":${id}}`, sender === standard ? { 'webhook-id': id } : {});
  };
  const statusOf = async (sender: Sender, hook: Registered): Promise<number> =>
    (await sendPastLoss(gateway.service(), hook.url, next(sender, hook))).status;

  for (const [source, sender, fields, change] of [
    ['github', github, {}, () => ({})],
    ['telegram', telegram, {}, () => ({})],
    ['standard_webhooks', standard, {}, () => ({})],
    ['stripe', stripe, { secret_key: secretOf(1) }, (n: number) => ({ secret_key: secretOf(n + 2) })],
  ] as const)
    it(`accept ${source} under steady load across rotations of secret and address without one refusal`, async () => {
      let newest = await registerWebhook(gateway, source, fields);
      const first = newest;
      const statuses: number[] = [];
      const load = Array.from({ length: AT_ONCE }, async (_, worker) => {
        for (let round = 0; round < ROUNDS; round += 1)
          // Every other worker still uses the old values, like a sender that is being reconfigured.
          statuses.push(
            await statusOf(
              sender,
              worker % 2 === 0 ? { ...newest, url: newest.url } : { ...first, url: newest.url },
            ),
          );
      });
      const changes = (async () => {
        for (let n = 0; n < 3; n += 1) newest = await rotate(newest, change(n));
        newest = await move(newest);
      })();
      await Promise.all([...load, changes]);
      expect(statuses).to.have.length(ROUNDS * AT_ONCE);
      expect(new Set(statuses)).to.deep.equal(new Set([200]));
      expect(await statusOf(sender, { ...first, secret: newest.secret })).to.equal(200);
      expect(await statusOf(sender, first)).to.equal(200);
    });

  it('refuse old values at once when no overlap was requested, and report that they ended', async () => {
    const old = await registerWebhook(gateway, 'github');
    const fresh = await rotate(old, { overlap_seconds: 0 });
    await expectAccepted(fresh, [['the new secret', next(github, fresh)]]);
    await expectRefusals(fresh, [
      ['the old secret', 'matched-expired-secret', next(github, old)],
      ['none of both', 'signature-mismatch', next(github, { ...old, secret: 'neither of them' })],
    ]);
    const moved = await move(fresh, { overlap_seconds: 0 });
    expect([await statusOf(github, fresh), await statusOf(github, moved)]).to.deep.equal([404, 200]);
    const twice = await move(await move(moved));
    expect([
      await statusOf(github, { ...twice, url: moved.url }),
      await statusOf(github, twice),
    ]).to.deep.equal([404, 200]);
  });

  it('follow their state from the next delivery on', async () => {
    const hook = await registerWebhook(gateway, 'github');
    const seen = [];
    for (const body of [
      { status: 'paused' },
      { status: 'disabled' },
      { is_active: true },
      { event_types: ['push', 'issues.closed'] },
      { event_types: null, max_body_bytes: 10 },
      { max_body_bytes: null, ip_allowlist: ['192.0.2.1'], ip_mode: 'enforce' },
      { ip_mode: 'observe' },
      { ip_mode: 'off', status: 'archived' },
      { status: 'active' },
    ]) {
      await patch(hook, body);
      seen.push(await statusOf(github, hook));
    }
    expect(seen).to.deep.equal([200, 403, 200, 200, 413, 403, 200, 410, 200]);
    const [first, ...others] = (await keptOf(hook)).map(({ state }) => state).toReversed();
    expect(first).to.be.oneOf(['held', 'accepted']);
    expect(others).to.deep.equal(['accepted', 'filtered', 'accepted', 'accepted']);
    const remove = (purge: string) =>
      hook.api.ask('DELETE', `/webhooks/${hook.id}${purge}`, { headers: { 'if-match': '*' } });
    expect([(await remove('')).status, await statusOf(github, hook)]).to.deep.equal([204, 410]);
    expect([(await remove('?purge=true')).status, await statusOf(github, hook)]).to.deep.equal([204, 404]);
  });

  it('accept the types that are listed, with their action or without', async () => {
    const hook = await registerWebhook(gateway, 'github', { event_types: ['push', 'issues.closed'] });
    for (const [type, action] of [
      ['push', undefined],
      ['issues', 'closed'],
      ['issues', 'opened'],
      ['PUSH', undefined],
      [undefined, 'closed'],
    ] as const) {
      const headers = { 'x-github-event': type, 'x-github-delivery': randomUUID() };
      expect((await send(hook.url, github(hook, JSON.stringify({ action }), headers))).status).to.equal(200);
    }
    expect((await keptOf(hook)).map(({ state }) => state).toReversed()).to.deep.equal([
      'accepted',
      'accepted',
      'filtered',
      'filtered',
      'filtered',
    ]);
  });

  it('accept a repeat of what they filtered after its type was allowed', async () => {
    const hook = await registerWebhook(gateway, 'github', { event_types: ['push'] });
    const headers = { 'x-github-event': 'issues', 'x-github-delivery': randomUUID() };
    const again = async (): Promise<number> =>
      (await send(hook.url, github(hook, '{"action":"opened"}', headers))).status;
    expect([await again(), await again()]).to.deep.equal([200, 200]);
    await patch(hook, { event_types: ['push', 'issues'] });
    expect([await again(), await again()]).to.deep.equal([200, 200]);
    expect((await keptOf(hook)).map(({ state, flags }) => [state, ...flags])).to.deep.equal([
      ['accepted'],
      ['filtered'],
    ]);
  });

  it('accept the types that a wildcard covers', async () => {
    const hook = await registerWebhook(gateway, 'stripe', {
      secret_key: 'whsec_0123456789abcdef',
      event_types: ['invoice.*', 'customer.*.deleted'],
    });
    const types = [
      'invoice.paid',
      'invoiceitem.created',
      'customer.subscription.deleted',
      'customer.deleted',
    ];
    for (const type of types) {
      const body = JSON.stringify({ id: `evt_${randomUUID()}`, type });
      expect((await send(hook.url, stripe(hook, body))).status).to.equal(200);
    }
    expect((await keptOf(hook)).map(({ state }) => state).toReversed()).to.deep.equal([
      'accepted',
      'filtered',
      'accepted',
      'filtered',
    ]);
  });
});
