import { expect } from 'chai';
import { randomUUID } from 'node:crypto';
import type { Gateway } from '../support/gateway.ts';
import {
  hmac,
  keptOf,
  registerWebhook,
  send,
  startForSenders,
  type Registered,
  type SentHeaders,
} from '../support/sending-webhook.ts';
import type { Data } from '../support/wire.ts';

type Case = readonly [forwarded: string | readonly string[] | undefined, client: string | null];

/** The sender and two of our proxies are at 127.0.0.1, in 10.0.0.0/8 and in 2001:db8:ffff::/48. */
const cases: readonly Case[] = [
  [undefined, '127.0.0.1'],
  ['203.0.113.7', '203.0.113.7'],
  ['  203.0.113.7\t', '203.0.113.7'],
  ['203.0.113.7, 10.0.0.1', '203.0.113.7'],
  ['203.0.113.7, 10.0.0.1, 2001:db8:ffff::2', '203.0.113.7'],
  ['192.0.2.1, 203.0.113.7', '203.0.113.7'],
  ['192.0.2.1, 203.0.113.7, 10.9.9.9', '203.0.113.7'],
  ['192.0.2.1,198.51.100.1,203.0.113.7', '203.0.113.7'],
  [['192.0.2.1', '203.0.113.7'], '203.0.113.7'],
  [['203.0.113.7', '10.0.0.1'], '203.0.113.7'],
  ['10.0.0.1', '10.0.0.1'],
  ['nonsense, 203.0.113.7', '203.0.113.7'],
  ['203.0.113.7:4711', '203.0.113.7'],
  ['::ffff:203.0.113.7', '203.0.113.7'],
  ['::FFFF:CB00:7107', '203.0.113.7'],
  ['203.0.113.7, ::ffff:10.0.0.1', '203.0.113.7'],
  ['[::ffff:203.0.113.7]:443', '203.0.113.7'],
  ['2001:DB8:0:0:0:0:0:7', '2001:db8::7'],
  ['[2001:db8::7]:443', '2001:db8::7'],
  ['[2001:db8::7]', '2001:db8::7'],
  ['203.0.113.7, nonsense', null],
  ['203.0.113.7, ', null],
  ['', null],
  ['unknown', null],
  ['_hidden', null],
  ['203.0.113', null],
  ['203.0.113.07', null],
  ['0xcb.0.113.7', null],
  ['3405803783', null],
  ['203.0.113.256', null],
  ['203.0.113.7/32', null],
  ['203.0.113.7:70000', null],
  ['203.0.113.7:', null],
  ['[203.0.113.7]', null],
  ['2001:db8::7%eth0', null],
  ['[2001:db8::7%eth0]', null],
  ['for=203.0.113.7', null],
  ['"203.0.113.7"', null],
  ['127.0.0.1', '127.0.0.1'],
  ['::1', '::1'],
  [',203.0.113.7', '203.0.113.7'],
  ['203.0.113.7:0', '203.0.113.7'],
  ['203.0.113.7\t,\t10.0.0.1:9', '203.0.113.7'],
  [['203.0.113.7, 10.0.0.1', '', '10.0.0.2'], null],
  ['203.0.113.7,,10.0.0.1', null],
  ['203.0.113.7 10.0.0.1', null],
  ['203.0.113.7;10.0.0.1', null],
  ['localhost', null],
  ['203.0.113.7:08', null],
  [':80', null],
  ['203.0.113.7.', null],
  ['203.0.113.7.1', null],
  ['+203.0.113.7', null],
  ['203.0.113.-7', null],
  ['1e2.0.113.7', null],
  ['[2001:db8::7', null],
  ['2001:db8::7]', null],
  ['[2001:db8::7]443', null],
  ['[2001:db8::7]:', null],
  ['[[2001:db8::7]]', null],
  ['2001:db8:::7', null],
  ['2001:db8::7::', null],
  ['1:2:3:4:5:6:7', null],
  ['1:2:3:4:5:6:7:8:9', null],
  ['2001:db8::12345', null],
  ['2001:db8::g', null],
  ['::ffff:203.0.113.07', null],
  ['::ffff:203.0.113', null],
  [`${'0'.repeat(200)}203.0.113.7`, null],
];

describe('Addresses of senders', () => {
  let gateway: Gateway;
  before(async () => {
    gateway = await startForSenders({
      TRUSTED_PROXIES: '127.0.0.1,10.0.0.0/8,2001:db8:ffff::/48',
    });
  });
  after(() => gateway.stop());

  const deliver = (hook: Registered, forwarded: Case[0], more: SentHeaders = {}) => {
    const body = `{"n":"${randomUUID()}"}`;
    const signature = `sha256=${hmac(hook.secret, body)}`;
    const headers = { 'x-hub-signature-256': signature, 'x-forwarded-for': forwarded, ...more };
    return send(hook.url, { body, headers });
  };
  const listed = (...ip_allowlist: readonly string[]) => registerWebhook(gateway, 'github', { ip_allowlist });
  const statuses = async (hook: Registered, forwarded: readonly string[]) => {
    const all = [];
    for (const one of forwarded) all.push((await deliver(hook, one)).status);
    return all;
  };

  it('are read from the right, from what trusted proxies wrote', async () => {
    const hook = await registerWebhook(gateway, 'github', {
      ip_allowlist: ['203.0.113.8'],
      ip_mode: 'observe',
    });
    for (const [forwarded] of cases) expect((await deliver(hook, forwarded)).status).to.equal(200);
    const kept = (await keptOf(hook)).toReversed();
    expect(kept.map(({ client_address }, n) => [cases[n]?.[0], client_address])).to.deep.equal(cases);
    for (const { flags } of kept) expect(flags).to.include('address_not_listed');
  });

  it('decide where an allowlist is enforced; an undetermined address is refused', async () => {
    const v4 = await listed('203.0.113.0/25');
    const v6 = await listed('2001:db8::/64');
    const both = await listed('203.0.113.7/32', '::ffff:203.0.113.9', '2001:db8::7');
    const unknown = [...new Set(cases.filter(([, client]) => client === null).map(([sent]) => String(sent)))];
    for (const hook of [v4, v6, both])
      expect(new Set(await statuses(hook, unknown))).to.deep.equal(new Set([403]));
    const asked = [
      '203.0.113.7',
      '203.0.113.127',
      '203.0.113.128',
      '::ffff:203.0.113.9',
      '2001:db8::7',
      '2001:db8::ffff:ffff:ffff:ffff',
      '2001:db8:0:1::',
      '::203.0.113.7',
      '64:ff9b::203.0.113.7',
      '203.0.113.7, 192.0.2.1',
    ];
    expect(await statuses(v4, asked)).to.deep.equal([200, 200, 403, 200, 403, 403, 403, 403, 403, 403]);
    expect(await statuses(v6, asked)).to.deep.equal([403, 403, 403, 403, 200, 200, 403, 403, 403, 403]);
    expect(await statuses(both, asked)).to.deep.equal([200, 403, 403, 200, 200, 403, 403, 403, 403, 403]);
    const refused = await deliver(v4, '192.0.2.1');
    expect([refused.status, refused.text]).to.deep.equal([403, '{"ok":false,"error":"forbidden"}']);
  });

  it('are compared with the lists that senders publish', async () => {
    const github = await listed('github');
    const telegram = await listed('telegram', '192.0.2.0/24');
    const asked = [
      '140.82.112.1',
      '::ffff:192.30.252.9',
      '2a0a:a440::1',
      '149.154.160.1',
      '91.108.7.255',
      '192.0.2.9',
    ];
    expect(await statuses(github, asked)).to.deep.equal([200, 200, 200, 403, 403, 403]);
    expect(await statuses(telegram, asked)).to.deep.equal([403, 403, 403, 200, 200, 200]);
  });

  it('are checked against the first list that a webhook is given, unless it says otherwise', async () => {
    const change = async (hook: Registered, body: object) => {
      const headers = { 'if-match': '*' };
      const answer = await hook.api.ask<Data<{ ip_mode: string }>>('PATCH', `/webhooks/${hook.id}`, {
        body,
        headers,
      });
      return [answer.body.data.ip_mode, (await deliver(hook, '203.0.113.7')).status];
    };
    const list = { ip_allowlist: ['192.0.2.1'] };
    const hook = await registerWebhook(gateway, 'github');
    expect(await change(hook, list)).to.deep.equal(['enforce', 403]);
    expect(await change(hook, { ip_mode: 'off' })).to.deep.equal(['off', 200]);
    expect(await change(hook, list)).to.deep.equal(['off', 200]);
    expect(await change(hook, { ip_mode: null })).to.deep.equal(['enforce', 403]);
    expect(await change(hook, { ip_mode: null, ip_allowlist: null })).to.deep.equal(['off', 200]);
    expect(await change(hook, { ...list, ip_mode: 'off' })).to.deep.equal(['off', 200]);
    const observing = await registerWebhook(gateway, 'github', { ip_mode: 'observe' });
    expect(await change(observing, list)).to.deep.equal(['observe', 200]);
  });

  it('are never taken from any other header', async () => {
    const hook = await listed('203.0.113.7');
    for (const name of ['forwarded', 'x-real-ip', 'x-client-ip', 'true-client-ip', 'cf-connecting-ip']) {
      const value = name === 'forwarded' ? 'for=203.0.113.7' : '203.0.113.7';
      expect((await deliver(hook, undefined, { [name]: value })).status, name).to.equal(403);
    }
  });

  it('are those of the connection where no proxy is trusted', async () => {
    await gateway.restart('stop', { TRUSTED_PROXIES: '' });
    const moved = (hook: Registered) => ({
      ...hook,
      url: hook.url.replace(/:\d+/, `:${new URL(gateway.service().url).port}`),
    });
    const here = await listed('127.0.0.0/8');
    const there = await listed('203.0.113.7');
    expect((await deliver(moved(here), '203.0.113.7')).status).to.equal(200);
    expect((await deliver(moved(there), '203.0.113.7')).status).to.equal(403);
    expect((await keptOf(here))[0]?.client_address).to.equal('127.0.0.1');
  });
});
