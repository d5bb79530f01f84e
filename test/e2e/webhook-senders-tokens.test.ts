import type { Update } from '@grammyjs/types';
import { expect } from 'chai';
import { randomUUID } from 'node:crypto';
import type { Gateway } from '../support/gateway.ts';
import {
  expectAccepted,
  expectRefusals,
  hmac,
  keptOf,
  otherwise,
  registerWebhook,
  send,
  startForSenders,
} from '../support/sending-webhook.ts';

const user = { id: 5, is_bot: false, first_name: 'Ünï' };
const chat = { id: 5, type: 'private' as const, first_name: 'Ünï' };
const message = { message_id: 1, date: 1_795_694_400, chat, from: user, text: '/start 🚀' };
const updates: readonly Update[] = [
  { update_id: 1, message },
  { update_id: 2, edited_message: { ...message, edit_date: 1_795_694_401 } },
  { update_id: 3, callback_query: { id: '7', from: user, chat_instance: '9', data: 'x' } },
  { update_id: 4, inline_query: { id: '8', from: user, query: 'q', offset: '' } },
  { update_id: 5, poll_answer: { poll_id: '1', user, option_ids: [0] } as never },
];
const json = { 'content-type': 'application/json' };

describe('Deliveries proven by a token', () => {
  let gateway: Gateway;
  before(async () => (gateway = await startForSenders()));
  after(() => gateway.stop());

  it('of Telegram are accepted with every update that grammY knows, and answered with nothing', async () => {
    const hook = await registerWebhook(gateway, 'telegram');
    const headers = { ...json, 'x-telegram-bot-api-secret-token': hook.secret };
    for (const update of updates) {
      const answer = await send(hook.url, { headers, body: JSON.stringify(update) });
      expect([answer.status, answer.text, answer.header('content-type')]).to.deep.equal([200, '', undefined]);
    }
    const again = await send(hook.url, { headers, body: JSON.stringify(updates[0]) });
    expect([again.status, again.text]).to.deep.equal([200, '']);
    const odd = await send(hook.url, { headers, body: 'no update at all' });
    expect([odd.status, odd.text]).to.deep.equal([200, '']);
    const kept = (await keptOf(hook)).toReversed();
    expect(kept.map(({ event_type, external_id }) => [event_type, external_id])).to.deep.equal([
      ['message', '1'],
      ['edited_message', '2'],
      ['callback_query', '3'],
      ['inline_query', '4'],
      ['poll_answer', '5'],
      [null, null],
    ]);
    expect(kept[0]?.verification).to.include({ method: 'token', level: 'token' });
  });

  for (const [source, name, empty] of [
    ['telegram', 'x-telegram-bot-api-secret-token', 'empty-body'],
    ['gitlab', 'x-gitlab-token', undefined],
  ] as const)
    it(`of ${source} are refused with any other token`, async () => {
      const hook = await registerWebhook(gateway, source);
      const { secret } = hook;
      const by = (value: string | readonly string[] | undefined, body = '{"update_id":9}') => ({
        body,
        headers: { ...json, [name]: value },
      });
      await expectRefusals(hook, [
        ['none', 'header-missing', by(undefined)],
        ['an empty one', 'header-missing', by('')],
        ['two', 'header-repeated', by([secret, secret])],
        ['a wrong one before it', 'header-repeated', by(['x', secret])],
        ['two joined', 'token-mismatch', by(`${secret}, ${secret}`)],
        ['cut', 'token-mismatch', by(secret.slice(0, -1))],
        ['longer', 'token-mismatch', by(`${secret}x`)],
        ['one letter changed', 'token-mismatch', by(otherwise(secret))],
        [
          'other case',
          'token-mismatch',
          by(secret === secret.toUpperCase() ? secret.toLowerCase() : secret.toUpperCase()),
        ],
        ['in base64', 'token-mismatch', by(Buffer.from(secret).toString('base64'))],
        ['its hash', 'token-mismatch', by(hmac('', secret))],
        ['that of another webhook', 'token-mismatch', by((await registerWebhook(gateway, source)).secret)],
        ['the token of the address', 'token-mismatch', by(hook.webhook_token)],
        ['after Bearer', 'token-mismatch', by(`Bearer ${secret}`)],
        ['in another header', 'header-missing', { body: '{}', headers: { ...json, 'x-token': secret } }],
        ['in the query', 'header-missing', { body: '{}', headers: json, query: `${name}=${secret}` }],
        ...(empty === undefined ? [] : [['an empty body', empty, by(secret, '')] as const]),
      ]);
      const denied = await send(hook.url, { ...by(secret), method: 'PUT' });
      expect([denied.status, denied.header('allow')]).to.deep.equal([405, 'POST']);
    });

  it('of GitLab are identified by the header that it counts them with', async () => {
    const hook = await registerWebhook(gateway, 'gitlab');
    const headers = { ...json, 'x-gitlab-token': hook.secret, 'x-gitlab-event': 'Push Hook' };
    const [key, event] = [randomUUID(), randomUUID()];
    await expectAccepted(hook, [
      ['with a key', { body: '{"a":1}', headers: { ...headers, 'idempotency-key': key } }],
      ['again', { body: '{"a":1}', headers: { ...headers, 'idempotency-key': key } }],
      ['an older GitLab', { body: '{"a":2}', headers: { ...headers, 'x-gitlab-event-uuid': event } }],
      ['with neither', { body: '{"a":3}', headers }],
    ]);
    const kept = (await keptOf(hook)).toReversed();
    expect(kept.map(({ external_id, event_type }) => [external_id, event_type])).to.deep.equal([
      [key, 'Push Hook'],
      [event, 'Push Hook'],
      [null, 'Push Hook'],
    ]);
  });

  it('of custom senders are accepted in a header, as Basic, as Bearer, or without any if configured so', async () => {
    const custom = (scheme: object, fields = {}) => registerWebhook(gateway, 'custom', { scheme, ...fields });
    const own = await custom({ kind: 'token', token_header: 'X-Own-Token', prefix: 'Token ' });
    const basic = await custom({ kind: 'basic' }, { secret_key: 'user:pass:with:colons and ü' });
    const bearer = await custom({ kind: 'bearer' });
    const open = await custom({ kind: 'none' });
    const fenced = await custom({ kind: 'none' }, { ip_allowlist: ['198.18.0.0/15'] });
    const by = (headers: { readonly [name: string]: string | readonly string[] }, body = '{}') => ({
      body,
      headers,
    });
    const encoded = Buffer.from(basic.secret).toString('base64');
    await expectAccepted(own, [['in its header', by({ 'x-own-token': `Token ${own.secret}` })]]);
    await expectAccepted(basic, [
      ['Basic', by({ authorization: `Basic ${encoded}` })],
      ['basic', by({ authorization: `basic  ${encoded}` }, '{"n":2}')],
    ]);
    await expectAccepted(bearer, [['Bearer', by({ authorization: `BEARER ${bearer.secret}` })]]);
    await expectAccepted(open, [['nothing', by({})]]);
    await expectAccepted(fenced, [['an address', by({})]]);
    const levels = [];
    for (const hook of [own, basic, bearer, open, fenced])
      levels.push((await keptOf(hook))[0]?.verification.level);
    expect(levels).to.deep.equal(['token', 'token', 'token', 'none', 'address-only']);
    await expectRefusals(own, [
      ['without its prefix', 'malformed-token', by({ 'x-own-token': own.secret })],
      ['the prefix alone', 'malformed-token', by({ 'x-own-token': 'Token' })],
      ['another prefix', 'malformed-token', by({ 'x-own-token': `token ${own.secret}` })],
    ]);
    await expectRefusals(basic, [
      ['no header', 'header-missing', by({})],
      [
        'another password',
        'token-mismatch',
        by({ authorization: `Basic ${Buffer.from('user:x').toString('base64')}` }),
      ],
      ['not encoded', 'malformed-token', by({ authorization: `Basic ${basic.secret.replace('ü', 'u')}` })],
      ['without padding', 'malformed-token', by({ authorization: `Basic ${encoded.replace(/=+$/, '')}x` })],
      ['as Bearer', 'malformed-token', by({ authorization: `Bearer ${encoded}` })],
    ]);
    await expectRefusals(bearer, [
      ['no header', 'header-missing', by({})],
      ['the name alone', 'malformed-token', by({ authorization: 'Bearer' })],
      ['another', 'token-mismatch', by({ authorization: `Bearer ${bearer.secret}x` })],
      ['without a name', 'malformed-token', by({ authorization: bearer.secret })],
      ['Basic', 'malformed-token', by({ authorization: `Basic ${bearer.secret}` })],
      [
        'twice',
        'header-repeated',
        by({ authorization: [`Bearer ${bearer.secret}`, `Bearer ${bearer.secret}`] }),
      ],
    ]);
  });
});
