import { expect } from 'chai';
import { generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import { tapEvents, type TappedEvent } from '../support/event-tap.ts';
import type { Gateway } from '../support/gateway.ts';
import {
  keptOf,
  registerWebhook,
  send,
  startForSenders,
  type Registered,
  type SentHeaders,
} from '../support/sending-webhook.ts';
import {
  bitbucket,
  custom,
  github,
  gitlab,
  shopify,
  slack,
  standard,
  stripe,
  telegram,
  token,
  twilio,
  TWILIO_URL,
  type Sender,
} from '../support/signing-senders.ts';
import type { Data } from '../support/wire.ts';

const SECRET = `whsec_${Buffer.alloc(32, 9).toString('base64')}`;
const TOO_LONG = 'x'.repeat(256);
const FORM = 'application/x-www-form-urlencoded';

type Case = {
  readonly source: string;
  readonly fields?: { readonly [field: string]: unknown };
  readonly sender: Sender;
  /** Body, headers, and whether it is a new event, a repeat, or new and suspicious. */
  readonly sent: readonly (readonly [body: string, headers: SentHeaders, is: 'new' | 'repeat' | 'suspect'])[];
};

const { publicKey, privateKey } = generateKeyPairSync('ed25519');
const DISCORD_KEY = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32).toString('hex');
const discord: Sender = (_, body) => {
  const t = String(Math.floor(Date.now() / 1000));
  const signature = sign(null, Buffer.from(t + body), privateKey).toString('hex');
  return { body, headers: { 'x-signature-timestamp': t, 'x-signature-ed25519': signature } };
};
/** Svix accepts both names of its headers. */
const svix: Sender = (hook, body, more) => {
  const { headers } = standard(hook, body, more);
  const renamed = Object.entries(headers).map(([name, value]) => [name.replace('webhook-', 'svix-'), value]);
  return { body, headers: Object.fromEntries(renamed) };
};

const unproven: Sender = (_, body, headers = {}) => ({ body, headers });
const given = { secret_key: SECRET };
const scheme = (more: object) => ({ scheme: { kind: 'hmac', signature_header: 'x-sig', ...more } });
const byHeader = (source: string, sender: Sender, name: string, fields = {}): Case => ({
  source,
  sender,
  fields,
  sent: [
    ['{"n":1}', { [name]: 'a' }, 'new'],
    ['{"n":1}', { [name]: 'a' }, 'repeat'],
    ['{"n":2}', { [name]: 'a' }, 'repeat'],
    ['{"n":1}', { [name]: 'A' }, 'suspect'],
    ['{"n":3}', { [name]: 'b' }, 'new'],
    ['{"n":4}', {}, 'new'],
    ['{"n":4}', {}, 'repeat'],
    ['{"n":5}', { [name]: TOO_LONG }, 'new'],
    ['{"n":5}', { [name]: `${TOO_LONG}y` }, 'repeat'],
    ['{"n":6}', { [name]: ['c', 'd'] }, 'new'],
    ['{"n":6}', { [name]: '' }, 'repeat'],
    ['{"n":7}', { [name]: TOO_LONG.slice(1) }, 'new'],
    ['{"n":8}', { [name]: TOO_LONG.slice(1) }, 'repeat'],
    ['{"n":3}', {}, 'suspect'],
    ['{"n":3}', {}, 'repeat'],
    ['{"n":4}', { [name]: 'd' }, 'suspect'],
  ],
});

const cases: { readonly [name: string]: Case } = {
  github: byHeader('github', github, 'x-github-delivery'),
  'gitlab by its key': byHeader('gitlab', gitlab, 'idempotency-key'),
  // All events of one push, or of one request to its API, have the same value.
  'an older gitlab by event and body': {
    source: 'gitlab',
    sender: gitlab,
    sent: [
      ['{"ref":"refs/heads/a"}', { 'x-gitlab-event-uuid': 'e' }, 'new'],
      ['{"ref":"refs/heads/b"}', { 'x-gitlab-event-uuid': 'e' }, 'new'],
      ['{"ref":"refs/heads/a"}', { 'x-gitlab-event-uuid': 'e' }, 'repeat'],
      ['{"ref":"refs/heads/b"}', { 'x-gitlab-event-uuid': 'e' }, 'repeat'],
      ['{"ref":"refs/heads/a"}', { 'x-gitlab-event-uuid': 'f' }, 'suspect'],
      ['{"ref":"refs/heads/c"}', { 'x-gitlab-event-uuid': 'e', 'idempotency-key': 'k' }, 'new'],
      ['{"ref":"refs/heads/d"}', { 'x-gitlab-event-uuid': 'e', 'idempotency-key': 'k' }, 'repeat'],
    ],
  },
  shopify: byHeader('shopify', shopify, 'x-shopify-webhook-id', given),
  bitbucket: byHeader('bitbucket', bitbucket, 'x-request-uuid'),
  'custom by a header': byHeader('custom', custom, 'x-id', scheme({ id_header: 'x-id' })),
  stripe: {
    source: 'stripe',
    fields: given,
    sender: stripe,
    sent: [
      ['{"id":"evt_1"}', {}, 'new'],
      ['{"id":"evt_1"}', {}, 'repeat'],
      ['{"id":"evt_1","pending_webhooks":2}', {}, 'repeat'],
      ['{"id":"evt_1","account":"acct_1"}', {}, 'new'],
      ['{"id":"evt_1","account":"acct_1","x":1}', {}, 'repeat'],
      ['{"id":"evt_1","account":""}', {}, 'repeat'],
      ['{"id":"evt_2"}', {}, 'new'],
      ['{"no":"id"}', {}, 'new'],
      ['{"no":"id"}', {}, 'repeat'],
    ],
  },
  telegram: {
    source: 'telegram',
    sender: telegram,
    sent: [
      ['{"update_id":10}', {}, 'new'],
      ['{"update_id":10,"message":{}}', {}, 'repeat'],
      ['{"update_id":9}', {}, 'new'],
      ['{"update_id":1e1}', {}, 'repeat'],
      ['{"update_id":9007199254740993}', {}, 'new'],
      ['{"update_id":9007199254740992}', {}, 'new'],
      ['{"update_id":9007199254740993,"message":{}}', {}, 'repeat'],
      ['{}', {}, 'new'],
      ['{}', {}, 'repeat'],
    ],
  },
  'standard webhooks': {
    source: 'standard_webhooks',
    fields: given,
    sender: standard,
    sent: [
      ['{"n":1}', { 'webhook-id': 'msg_1' }, 'new'],
      ['{"n":2}', { 'webhook-id': 'msg_1' }, 'repeat'],
      ['{"n":1}', { 'webhook-id': 'msg_2' }, 'new'],
      ['{"n":3}', { 'webhook-id': TOO_LONG }, 'new'],
      ['{"n":3}', { 'webhook-id': `${TOO_LONG}y` }, 'repeat'],
    ],
  },
  'svix under either name': {
    source: 'svix',
    fields: given,
    sender: (hook, body, more) => (body.includes('svix') ? svix : standard)(hook, body, more),
    sent: [
      ['{"n":1}', { 'webhook-id': 'msg_1' }, 'new'],
      ['{"by":"svix"}', { 'webhook-id': 'msg_1' }, 'repeat'],
      ['{"by":"svix"}', { 'webhook-id': 'msg_2' }, 'new'],
      ['{"n":1}', { 'webhook-id': 'msg_2' }, 'repeat'],
    ],
  },
  'gitlab by its signing token': {
    source: 'gitlab_signing',
    fields: given,
    sender: standard,
    sent: [
      ['{"n":1}', { 'webhook-id': 'a', 'idempotency-key': 'a', 'x-gitlab-event-uuid': 'e' }, 'new'],
      ['{"n":1}', { 'webhook-id': 'a', 'idempotency-key': 'b', 'x-gitlab-event-uuid': 'e' }, 'repeat'],
      ['{"n":1}', { 'webhook-id': 'b', 'idempotency-key': 'a', 'x-gitlab-event-uuid': 'e' }, 'new'],
    ],
  },
  twilio: {
    source: 'twilio',
    fields: { ...given, public_url: TWILIO_URL },
    sender: twilio,
    sent: [
      ['A=1&MessageSid=SM1', { 'i-twilio-idempotency-token': 'a' }, 'new'],
      ['A=1&MessageSid=SM1', { 'i-twilio-idempotency-token': 'a' }, 'repeat'],
      ['A=2&MessageSid=SM2', { 'i-twilio-idempotency-token': 'a' }, 'repeat'],
      ['A=1&MessageSid=SM1', { 'i-twilio-idempotency-token': 'b' }, 'suspect'],
      ['A=1&MessageSid=SM1', {}, 'suspect'],
      ['A=1&MessageSid=SM1', {}, 'repeat'],
      // The form's fields are signed, in whatever order and encoding.
      ['MessageSid=SM1&A=1', {}, 'repeat'],
      ['%41=1&MessageSid=%53M1', {}, 'repeat'],
      ['MessageSid=SM1&A=1', { 'i-twilio-idempotency-token': 'c' }, 'suspect'],
      ['MessageSid=SM1&A=3', {}, 'new'],
    ],
  },
  discord: {
    source: 'discord',
    fields: { public_key: DISCORD_KEY },
    sender: discord,
    sent: [
      ['{"id":"1","type":2}', {}, 'new'],
      ['{"id":"1","type":2}', {}, 'repeat'],
      ['{"id":"1","type":3}', {}, 'repeat'],
      ['{"id":"2","type":2}', {}, 'new'],
      ['{"type":2}', {}, 'new'],
      ['{"type":2}', {}, 'repeat'],
    ],
  },
  slack: {
    source: 'slack',
    fields: given,
    sender: slack,
    sent: [
      ['{"type":"event_callback","event_id":"Ev1"}', {}, 'new'],
      ['{"type":"event_callback","event_id":"Ev1"}', { 'x-slack-retry-num': '1' }, 'repeat'],
      ['{"type":"event_callback","event_id":"Ev1"}', { 'content-type': FORM }, 'repeat'],
      ['{"type":"event_callback","event_id":"Ev1"}', { 'content-type': 'image/png' }, 'repeat'],
      ['{"type":"event_callback","event_id":"Ev2"}', {}, 'new'],
      ['payload=%7B%22type%22%3A%22a%22%7D', { 'content-type': FORM }, 'new'],
      ['payload=%7B%22type%22%3A%22a%22%7D', { 'content-type': FORM }, 'repeat'],
    ],
  },
  'custom by a path': {
    source: 'custom',
    fields: scheme({ id_path: 'data.id' }),
    sender: custom,
    sent: [
      ['{"data":{"id":7}}', {}, 'new'],
      ['{"data":{"id":"7"},"again":true}', {}, 'repeat'],
      ['{"data":{"id":12345678901234567890}}', {}, 'new'],
      ['{"data":{"id":12345678901234567891}}', {}, 'new'],
      ['{"again":true,"data":{"id":12345678901234567890}}', {}, 'repeat'],
      ['{"data":{}}', {}, 'new'],
      ['{"data":{}}', {}, 'repeat'],
    ],
  },
  'custom by a field of a form': {
    source: 'custom',
    fields: scheme({ id_path: 'no' }),
    sender: custom,
    sent: [
      ['no=7&n=1', { 'content-type': FORM }, 'new'],
      ['no=7&n=2', { 'content-type': FORM }, 'repeat'],
      // The content type is not signed.
      ['no=7&n=1', { 'content-type': 'text/plain' }, 'repeat'],
      ['no=7&n=1', { 'content-type': 'application/json' }, 'repeat'],
      ['no=7&n=1', {}, 'repeat'],
      ['no=8&n=1', {}, 'new'],
      ['no=8&n=1', { 'content-type': FORM }, 'repeat'],
    ],
  },
  'custom without an id': {
    source: 'custom',
    fields: scheme({}),
    sender: custom,
    sent: [
      ['{"a":1}', {}, 'new'],
      ['{"a":1}', {}, 'repeat'],
      ['{"a":1} ', {}, 'new'],
      ['', {}, 'new'],
      ['', {}, 'repeat'],
    ],
  },
  'nothing proven, by a header': {
    source: 'custom',
    fields: { scheme: { kind: 'none', id_header: 'x-id' } },
    sender: unproven,
    sent: [
      ['{"n":1}', { 'x-id': '1' }, 'new'],
      ['{"n":1}', { 'x-id': '1' }, 'repeat'],
      // Anybody who knows the address may have used the id before the genuine sender.
      ['{"n":2}', { 'x-id': '1' }, 'new'],
      ['{"n":2}', { 'x-id': '1' }, 'repeat'],
      ['{"n":1}', { 'x-id': '2' }, 'suspect'],
    ],
  },
  'nothing proven but an address, by a path': {
    source: 'custom',
    fields: { scheme: { kind: 'none', id_path: 'id' }, ip_allowlist: ['198.18.0.0/15'] },
    sender: unproven,
    sent: [
      ['{"id":1}', {}, 'new'],
      ['{"id":1}', {}, 'repeat'],
      ['{"id":1,"n":2}', {}, 'new'],
      ['{"id":1,"n":2}', {}, 'repeat'],
    ],
  },
  'a static token, by a path': {
    source: 'custom',
    fields: { scheme: { kind: 'token', token_header: 'x-own', id_path: 'id' } },
    sender: token,
    sent: [
      ['{"id":1}', {}, 'new'],
      ['{"id":1,"n":2}', {}, 'repeat'],
    ],
  },
  'a static token': {
    source: 'custom',
    fields: { scheme: { kind: 'token', token_header: 'x-own' } },
    sender: token,
    sent: [
      ['{"a":1}', {}, 'new'],
      ['{"a":1}', {}, 'repeat'],
      ['{"a":2}', {}, 'new'],
    ],
  },
};

describe('Repeated deliveries', () => {
  let gateway: Gateway;
  let events: () => Promise<readonly TappedEvent[]>;
  before(async () => {
    gateway = await startForSenders();
    events = await tapEvents(gateway);
  });
  after(() => gateway.stop());
  const published = async (hook: Registered) =>
    (await events()).filter(({ data }) => data['webhook_id'] === hook.id);

  for (const [name, { source, fields = {}, sender, sent }] of Object.entries(cases))
    it(`are answered like the first and published once: ${name}`, async () => {
      const hook = await registerWebhook(gateway, source, fields);
      const seen: string[] = [];
      let before = 0;
      for (const [body, headers] of sent) {
        const answer = await send(hook.url, sender(hook, body, headers));
        const text = source === 'telegram' || source === 'twilio' ? '' : '{"ok":true}';
        expect([answer.status, answer.text]).to.deep.equal([200, text]);
        const now = await published(hook);
        const isSuspect = JSON.stringify(now.at(-1)?.data['flags']).includes('replay_suspect');
        seen.push(now.length === before ? 'repeat' : isSuspect ? 'suspect' : 'new');
        before = now.length;
      }
      expect(sent.map(([body, headers], n) => [body, headers, seen[n]])).to.deep.equal(sent);
    });

  it('are distinguished by webhook, and by nothing else', async () => {
    const [one, two] = [await registerWebhook(gateway, 'github'), await registerWebhook(gateway, 'github')];
    const id = { 'x-github-delivery': randomUUID() };
    for (const hook of [one, two, one, two]) await send(hook.url, github(hook, '{}', id));
    expect([(await published(one)).length, (await published(two)).length]).to.deep.equal([1, 1]);
    const [first] = await published(one);
    const details = await one.api.get<{ data: { repeats: object } }>(
      `/webhooks/deliveries/${first?.subject}`,
    );
    expect(details.body.data.repeats).to.deep.include({ times: 1, other_bodies: 0 });
  });

  it('keep the first body when another one comes under the same key, also at the same moment', async () => {
    const hook = await registerWebhook(gateway, 'telegram');
    const bodies = Array.from({ length: 40 }, (_, n) => `{"update_id":77,"n":${n % 4}}`);
    const answers = await Promise.all(bodies.map((body) => send(hook.url, telegram(hook, body))));
    expect(new Set(answers.map(({ status }) => status))).to.deep.equal(new Set([200]));
    const [first, ...others] = await published(hook);
    expect(others).to.deep.equal([]);
    const path = `/webhooks/deliveries/${first?.subject}`;
    const details = await hook.api.get<{ data: { repeats: { times: number; other_bodies: number } } }>(path);
    expect(details.body.data.repeats).to.include({ times: 39, other_bodies: 30 });
    await send(hook.url, telegram(hook, '{"update_id":78}'));
    const flagged = await keptOf(hook, 'flag=other_body');
    expect(flagged.map(({ id, flags }) => [id, flags])).to.deep.equal([[first?.subject, ['other_body']]]);
    const filter = { webhook_id: hook.id, flags: ['other_body'] };
    const counted = await hook.api.post<Data<{ count: number }>>('/webhooks/replays', {
      filter,
      dry_run: true,
    });
    expect(counted.body.data).to.deep.include({ count: 1 });
  });
});
