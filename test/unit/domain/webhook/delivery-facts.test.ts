import { createHash } from 'node:crypto';
import { expect } from 'chai';
import type { AuthenticityLevel } from '../../../../src/domain/webhook/proof/authenticity.ts';
import { deliveryFacts, type DeliveryFacts } from '../../../../src/domain/webhook/delivery/delivery-facts.ts';
import {
  sourceServices,
  type SourceService,
} from '../../../../src/domain/webhook/scheme/signature-scheme.ts';
import { aDelivery } from '../../../support/a-delivery.ts';
import { aScheme } from '../../../support/a-scheme.ts';

type Headers = Parameters<typeof aDelivery>[0];
const JSON_TYPE = { 'Content-Type': 'application/json' };
const FORM = { 'Content-Type': 'application/x-www-form-urlencoded' };
const DAY = 24 * 3_600_000;

const factsOf = (source: SourceService, headers: Headers, body: unknown): DeliveryFacts =>
  deliveryFacts(
    source,
    undefined,
    'signed',
    aDelivery(headers, typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body)),
  );
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

describe('what a delivery is about', () => {
  it('is unknown where nothing says so', () => {
    expect(factsOf('twilio', FORM, 'AccountSid=AC1').eventType).to.equal(undefined);
    expect(factsOf('discord', JSON_TYPE, { id: '1' }).eventType).to.equal(undefined);
  });

  type Expected = Partial<Pick<DeliveryFacts, 'eventType' | 'action' | 'externalId'>> & {
    readonly key: string;
  };
  const cases: readonly (readonly [string, SourceService, Headers, unknown, Expected])[] = [
    [
      'an event of GitHub',
      'github',
      { ...JSON_TYPE, 'X-GitHub-Event': 'issues', 'X-GitHub-Delivery': 'guid-1' },
      { action: 'opened', id: 5 },
      { eventType: 'issues', action: 'opened', externalId: 'guid-1', key: 'id:guid-1' },
    ],
    [
      'the ping of GitHub',
      'github',
      { ...JSON_TYPE, 'X-GitHub-Event': 'ping', 'X-GitHub-Delivery': 'guid-2' },
      { zen: 'x', hook_id: 1 },
      { eventType: 'ping', externalId: 'guid-2', key: 'id:guid-2' },
    ],
    [
      'an event of GitHub in a form',
      'github',
      { ...FORM, 'X-GitHub-Event': 'issues', 'X-GitHub-Delivery': 'g' },
      `payload=${encodeURIComponent('{"action":"closed"}')}`,
      { eventType: 'issues', action: 'closed', externalId: 'g', key: 'id:g' },
    ],
    [
      'an event of Stripe',
      'stripe',
      JSON_TYPE,
      { id: 'evt_1', object: 'event', type: 'charge.succeeded' },
      { eventType: 'charge.succeeded', externalId: 'evt_1', key: 'id:["","evt_1"]' },
    ],
    [
      'an event of an account connected to Stripe',
      'stripe',
      JSON_TYPE,
      { id: 'evt_1', type: 'a', account: 'acct_1' },
      { eventType: 'a', externalId: 'evt_1', key: 'id:["acct_1","evt_1"]' },
    ],
    [
      'an update of Telegram',
      'telegram',
      JSON_TYPE,
      { update_id: 77, edited_message: { text: 'hi' } },
      { eventType: 'edited_message', externalId: '77', key: 'id:77' },
    ],
    [
      'an update of Telegram from a relay that writes out what is not there',
      'telegram',
      JSON_TYPE,
      { update_id: 78, message: null, edited_message: null, callback_query: { id: '1' } },
      { eventType: 'callback_query', externalId: '78', key: 'id:78' },
    ],
    [
      'a standard webhook',
      'standard_webhooks',
      { ...JSON_TYPE, 'webhook-id': 'msg_1' },
      { type: 'user.created' },
      { eventType: 'user.created', externalId: 'msg_1', key: 'id:msg_1' },
    ],
    [
      'a webhook of Svix',
      'svix',
      { ...JSON_TYPE, 'svix-id': 'msg_2' },
      { eventType: 'a.b' },
      { eventType: 'a.b', externalId: 'msg_2', key: 'id:msg_2' },
    ],
    [
      "a webhook of Svix as its documentation's example writes it",
      'svix',
      { ...JSON_TYPE, 'svix-id': 'msg_loFOjxBNrRLzqYUf' },
      { event_type: 'ping', data: { success: true } },
      { eventType: 'ping', externalId: 'msg_loFOjxBNrRLzqYUf', key: 'id:msg_loFOjxBNrRLzqYUf' },
    ],
    [
      'a webhook of Svix under the standard names',
      'svix',
      { ...JSON_TYPE, 'webhook-id': 'msg_3' },
      {},
      { externalId: 'msg_3', key: 'id:msg_3' },
    ],
    [
      'an event of Slack',
      'slack',
      JSON_TYPE,
      { type: 'event_callback', event_id: 'Ev1', event: { type: 'message', subtype: 'bot_message' } },
      { eventType: 'message', action: 'bot_message', externalId: 'Ev1', key: 'id:Ev1' },
    ],
    [
      'a click in Slack',
      'slack',
      FORM,
      `payload=${encodeURIComponent('{"type":"block_actions"}')}`,
      {
        eventType: 'block_actions',
        key: `sha256:${sha256(`payload=${encodeURIComponent('{"type":"block_actions"}')}`)}`,
      },
    ],
    [
      'a command of Slack',
      'slack',
      FORM,
      'command=%2Fgo&text=a+b',
      { eventType: 'slash_command', action: '/go', key: `sha256:${sha256('command=%2Fgo&text=a+b')}` },
    ],
    [
      'an event of GitLab',
      'gitlab',
      { ...JSON_TYPE, 'X-Gitlab-Event': 'Issue Hook', 'Idempotency-Key': 'k', 'X-Gitlab-Event-UUID': 'u' },
      { object_attributes: { action: 'open' } },
      { eventType: 'Issue Hook', action: 'open', externalId: 'k', key: 'id:k' },
    ],
    [
      'an event of an older GitLab',
      'gitlab',
      { 'X-Gitlab-Event': 'Push Hook', 'X-Gitlab-Event-UUID': 'u' },
      {},
      { eventType: 'Push Hook', externalId: 'u', key: `sha256:${sha256('{}')} id:u` },
    ],
    [
      'a signed event of GitLab',
      'gitlab_signing',
      { 'X-Gitlab-Event': 'Push Hook', 'webhook-id': 'w' },
      {},
      { eventType: 'Push Hook', externalId: 'w', key: 'id:w' },
    ],
    [
      'an event of Shopify',
      'shopify',
      { 'X-Shopify-Topic': 'orders/create', 'X-Shopify-Webhook-Id': 's' },
      {},
      { eventType: 'orders/create', externalId: 's', key: 'id:s' },
    ],
    [
      'an event of Bitbucket',
      'bitbucket',
      { 'X-Event-Key': 'repo:push', 'X-Request-UUID': 'r' },
      {},
      { eventType: 'repo:push', externalId: 'r', key: 'id:r' },
    ],
    [
      'a message of Twilio',
      'twilio',
      { ...FORM, 'I-Twilio-Idempotency-Token': 't' },
      'MessageSid=SM1&MessageStatus=sent',
      { eventType: 'message', action: 'sent', externalId: 't', key: 'id:t' },
    ],
    [
      'a call of Twilio without its token',
      'twilio',
      FORM,
      'CallSid=CA1&CallStatus=ringing',
      {
        eventType: 'call',
        action: 'ringing',
        externalId: 'CA1',
        key: `sha256:${sha256('CallSidCA1CallStatusringing')}`,
      },
    ],
    [
      'an interaction of Discord',
      'discord',
      JSON_TYPE,
      { id: '9', type: 2, data: { name: 'roll' } },
      { eventType: 'application_command', action: 'roll', externalId: '9', key: 'id:9' },
    ],
  ];
  for (const [name, source, headers, body, { key, ...rest }] of cases)
    it(`is read from ${name}`, () => {
      const facts = factsOf(source, headers, body);
      expect(facts).to.deep.include({
        eventType: undefined,
        action: undefined,
        externalId: undefined,
        ...rest,
      });
      expect(facts.dedupe.key).to.equal(key);
    });

  it('is flagged when the same body may come under an invented id, where ids are not signed', () => {
    const withId: readonly (readonly [SourceService, Headers, number | undefined])[] = [
      ['github', { 'X-GitHub-Delivery': 'x' }, DAY],
      ['gitlab', { 'Idempotency-Key': 'x' }, DAY],
      ['shopify', { 'X-Shopify-Webhook-Id': 'x' }, DAY],
      ['bitbucket', { 'X-Request-UUID': 'x' }, DAY],
      ['twilio', { 'I-Twilio-Idempotency-Token': 'x' }, DAY],
      ['standard_webhooks', { 'webhook-id': 'x' }, undefined],
      ['stripe', {}, undefined],
    ];
    for (const [source, headers, within] of withId)
      expect(factsOf(source, headers, { id: 'e' }).dedupe.flagSameBodyWithinMs, source).to.equal(within);
  });

  const unusable: readonly (readonly [string, Headers])[] = [
    ['missing', {}],
    ['empty', { 'X-GitHub-Delivery': '' }],
    ['of 256 bytes', { 'X-GitHub-Delivery': 'x'.repeat(256) }],
    ['of fewer characters and more bytes', { 'X-GitHub-Delivery': 'é'.repeat(128) }],
    ['with a control character', { 'X-GitHub-Delivery': 'a\u0001b' }],
    [
      'sent twice',
      [
        ['X-GitHub-Delivery', 'a'],
        ['x-github-delivery', 'b'],
      ],
    ],
  ];
  for (const [name, headers] of unusable)
    it(`is told apart by the hash of the body when the id is ${name}`, () => {
      const facts = factsOf('github', headers, '{}');
      expect(facts.dedupe).to.deep.equal({
        key: `sha256:${sha256('{}')}`,
        withinMs: undefined,
        flagSameBodyWithinMs: DAY,
      });
      expect(facts.externalId).to.equal(undefined);
      expect(facts.flags).to.deep.equal(['id-unusable']);
    });

  it('is told apart by the hash for ten minutes only where a token proves it', () => {
    const facts = deliveryFacts('gitlab', undefined, 'token', aDelivery({}, '{}'));
    expect(facts.dedupe).to.deep.equal({
      key: `sha256:${sha256('{}')}`,
      withinMs: 600_000,
      flagSameBodyWithinMs: DAY,
    });
  });

  it('needs no id from Slack and Discord, whose commands have none', () => {
    for (const source of ['slack', 'discord'] as const)
      expect(factsOf(source, JSON_TYPE, '{}').flags, source).to.deep.equal([]);
    expect(factsOf('github', JSON_TYPE, '{}').flags).to.deep.equal(['id-unusable']);
  });

  it('has an equal body flagged for a day where the sender’s proof does not cover the id', () => {
    const flags = sourceServices.filter(
      (source) => factsOf(source, JSON_TYPE, '{}').dedupe.flagSameBodyWithinMs === DAY,
    );
    expect(flags).to.have.members(['github', 'gitlab', 'shopify', 'bitbucket', 'twilio']);
  });

  it('is one and the same for all that a signature of Twilio proves', () => {
    const keyOf = (body: string, headers: Headers = FORM) => factsOf('twilio', headers, body).dedupe.key;
    // What is verified is the bytes if their hash is in the query, and if they are not a form.
    const hashed = aDelivery(FORM, 'b=1&a=2', { query: `bodySHA256=${sha256('b=1&a=2')}` });
    for (const delivery of [hashed, aDelivery(JSON_TYPE, '{"b":"1+1"}')]) {
      const { provenSha256, bodySha256 } = deliveryFacts('twilio', undefined, 'signed', delivery);
      expect(provenSha256).to.equal(bodySha256);
    }
    const key = keyOf('A=1&B=b+c');
    for (const same of ['B=b%20c&A=1', 'B=b+c&A=1&', '%41=1&B=b+c', 'A=1&A=1&B=b+c', 'A=1Bb+c'])
      expect(keyOf(same), same).to.equal(key);
    expect(keyOf('A=1&B=c+b')).to.not.equal(key);
    expect(keyOf('{"A":1}', JSON_TYPE)).to.equal(`sha256:${sha256('{"A":1}')}`);
    expect(keyOf('A=%ff')).to.equal(`sha256:${sha256('A=%ff')}`);
    expect(factsOf('github', FORM, 'B=2&A=1').provenSha256).to.equal(sha256('B=2&A=1'));
  });

  it('is told apart by event and body where GitLab gives several events the id of their push', () => {
    const facts = factsOf('gitlab', { 'X-Gitlab-Event-UUID': 'e' }, '{}');
    expect(facts.dedupe).to.deep.equal({
      key: `sha256:${sha256('{}')} id:e`,
      withinMs: undefined,
      flagSameBodyWithinMs: DAY,
    });
    expect(facts).to.deep.include({ externalId: 'e', flags: [] });
    const keyed = factsOf('gitlab', { 'X-Gitlab-Event-UUID': 'e', 'Idempotency-Key': 'k' }, '{}');
    expect(keyed).to.deep.include({ externalId: 'k' });
    expect(keyed.dedupe.key).to.equal('id:k');
  });

  it('takes an id of 255 bytes', () => {
    expect(factsOf('github', { 'X-GitHub-Delivery': 'x'.repeat(255) }, '{}').dedupe.key).to.have.lengthOf(
      258,
    );
  });

  it('takes a whole number that a double cannot hold by the digits that were sent', () => {
    for (const id of ['9007199254740992', '9007199254740993', '-12345678901234567890', '1'.repeat(255)])
      expect(factsOf('telegram', JSON_TYPE, `{"update_id":${id},"message":{}}`)).to.deep.include({
        externalId: id,
        dedupe: { key: `id:${id}`, withinMs: undefined, flagSameBodyWithinMs: undefined },
        flags: [],
      });
    const bulk = 'x'.repeat(300_000);
    const large = factsOf('telegram', JSON_TYPE, `{"bulk":"${bulk}","update_id":9007199254740993}`);
    expect(large).to.include({ externalId: '9007199254740993' });
  });

  it('takes of two members with one name the last, also by its digits', () => {
    const twice = '{"update_id":9007199254740993,"update_id":9007199254740995}';
    expect(factsOf('telegram', JSON_TYPE, twice).externalId).to.equal('9007199254740995');
  });

  it('takes no fractional number for an id, and no text that a row cannot store', () => {
    for (const id of ['1.5', '1e400', '1e20', '1'.repeat(256), '"\\u0000"', '"\\ud800"', 'null', '{}', '""'])
      expect(factsOf('telegram', JSON_TYPE, `{"update_id":${id},"message":{}}`).dedupe.key).to.match(
        /^sha256:/,
      );
  });

  it('never mistakes an id for a hash', () => {
    const hash = sha256('{}');
    const keys = [factsOf('github', { 'X-GitHub-Delivery': hash }, '{}'), factsOf('github', {}, '{}')];
    expect(new Set(keys.map((facts) => facts.dedupe.key)).size).to.equal(2);
  });

  it('is not read from what an object inherits', () => {
    const custom = aScheme({
      kind: 'none',
      id_path: '__proto__.constructor.name',
      event_type_path: 'list.length',
    });
    const facts = deliveryFacts('custom', custom, 'none', aDelivery(JSON_TYPE, '{"list":[1,2]}'));
    expect([facts.externalId, facts.eventType]).to.deep.equal([undefined, undefined]);
  });

  it('is unknown, and only flagged, when a body that claims to be JSON is not', () => {
    for (const body of ['{"id":', 'not json', Buffer.from([0x7b, 0xff]), '']) {
      const facts = factsOf('stripe', JSON_TYPE, body);
      expect(facts.flags).to.deep.equal(['body-unreadable', 'id-unusable']);
      expect(facts.eventType).to.equal(undefined);
    }
  });

  it('is read from the upper levels of a body too large to be made into a tree', () => {
    const bulk = Array.from({ length: 30_000 }, (_, i) => ({ id: `inner-${i}`, type: 'inner' }));
    const facts = factsOf('stripe', JSON_TYPE, { bulk, id: 'evt_big', type: 'big.one', data: { bulk } });
    expect(facts).to.deep.include({ eventType: 'big.one', externalId: 'evt_big', flags: [] });
    expect(facts.content).to.include({ kind: 'opaque', reason: 'large' });
    const form = `payload=${encodeURIComponent(JSON.stringify({ bulk, action: 'opened' }))}`;
    expect(factsOf('github', { ...FORM, 'X-GitHub-Event': 'issues' }, form)).to.include({
      eventType: 'issues',
      action: 'opened',
    });
  });
});

describe('what a custom delivery is about', () => {
  const factsBy = (fields: object, level: AuthenticityLevel, headers: Headers, body: string): DeliveryFacts =>
    deliveryFacts('custom', aScheme(fields), level, aDelivery(headers, body));
  const hmac = { kind: 'hmac', signature_header: 'x-s' };
  const body = '{"a":{"id":7,"kind":"x"}}';

  it('is taken from where the scheme says, the header before the path', () => {
    const fields = {
      ...hmac,
      id_header: 'X-Id',
      id_path: 'a.id',
      event_type_header: 'X-Type',
      event_type_path: 'a.kind',
    };
    const both = factsBy(fields, 'signed', { 'X-Id': 'h', 'X-Type': 't' }, body);
    expect(both).to.deep.include({ eventType: 't', externalId: 'h' });
    expect(both.dedupe).to.deep.equal({ key: 'id:h', withinMs: undefined, flagSameBodyWithinMs: DAY });
    const inBody = factsBy(fields, 'signed', {}, body);
    expect(inBody).to.deep.include({ eventType: 'x', externalId: '7' });
    // Somebody may have omitted the header.
    expect(inBody.dedupe.flagSameBodyWithinMs).to.equal(DAY);
  });

  it('has an id that cannot be invented when the signature covers it', () => {
    const flagged = (fields: object, level: AuthenticityLevel = 'signed') =>
      factsBy({ ...fields, id_header: 'X-Id' }, level, { 'X-Id': 'h' }, body).dedupe.flagSameBodyWithinMs;
    for (const kind of ['hmac', 'ed25519']) {
      const scheme = { kind, signature_header: 'x-s' };
      expect(flagged({ ...scheme, template: '{id}.{body}' }), kind).to.equal(undefined);
      expect(flagged(scheme), kind).to.equal(DAY);
    }
    expect(flagged({ kind: 'token', token_header: 'x-t' }, 'token')).to.equal(DAY);
  });

  it('is told apart by its body alone where no time is signed, and by the time of an Ed25519 sender', () => {
    const key = (fields: object, time: string): string =>
      factsBy(fields, 'signed', { 'X-Time': time }, body).dedupe.key;
    expect(key(hmac, '1')).to.equal(key(hmac, '2'));
    const timed = { template: '{timestamp}.{body}', timestamp: { header: 'X-Time' } };
    const ed25519 = { kind: 'ed25519', signature_header: 'x-s', ...timed };
    expect(key(ed25519, '1')).to.not.equal(key(ed25519, '2'));
  });

  it('is flagged when the id is not there that its scheme promises', () => {
    const flags = (fields: object) => factsBy({ ...hmac, ...fields }, 'signed', {}, '{}').flags;
    expect(flags({ id_header: 'X-Id' })).to.deep.equal(['id-unusable']);
    expect(flags({ id_path: 'a.id' })).to.deep.equal(['id-unusable']);
    expect(flags({})).to.deep.equal([]);
  });

  it('is its body where the scheme is not known any more', () => {
    const facts = deliveryFacts('custom', undefined, 'signed', aDelivery(JSON_TYPE, body));
    expect(facts).to.deep.include({ eventType: undefined, externalId: undefined, flags: [] });
    expect(facts.dedupe.key).to.match(/^sha256:/);
    expect(facts.handshake).to.equal(undefined);
  });

  it('is flagged for no empty body that nothing signs: the notifications of Google have no other', () => {
    const google = {
      kind: 'token',
      token_header: 'X-Goog-Channel-Token',
      id_header: 'X-Goog-Message-Number',
      event_type_header: 'X-Goog-Resource-State',
    };
    const headers = { 'X-Goog-Message-Number': '10', 'X-Goog-Resource-State': 'exists' };
    const facts = factsBy(google, 'token', headers, '');
    expect(facts).to.deep.include({
      externalId: '10',
      eventType: 'exists',
      dedupe: { key: 'id:10', withinMs: undefined, flagSameBodyWithinMs: undefined },
      flags: [],
    });
    expect(factsBy(google, 'token', headers, ' ').dedupe.flagSameBodyWithinMs).to.equal(DAY);
    const signed = factsBy({ ...hmac, id_header: 'X-Id' }, 'signed', { 'X-Id': 'h' }, '');
    expect(signed.dedupe.flagSameBodyWithinMs, 'one signature proves it for ever').to.equal(DAY);
  });

  it('is identified by time and body without an id, whatever its list of signatures', () => {
    const fields = {
      ...hmac,
      template: '{timestamp}.{body}',
      timestamp: { header: 'X-Time' },
      list_separator: ' ',
    };
    const key = (time: string, signature: string, of = body): string =>
      factsBy(fields, 'signed', { 'X-Time': time, 'x-s': signature }, of).dedupe.key;
    expect(key('1', 'a')).to.equal(key('1', 'a b'));
    expect(new Set([key('1', 'a'), key('2', 'a'), key('1', 'a', `${body} `)]).size).to.equal(3);
  });

  it('is told apart by its id and its body where nothing proves it: the id is anybody’s to take', () => {
    const key = (fields: object, level: AuthenticityLevel, of: string, headers: Headers = {}): string =>
      factsBy({ kind: 'none', ...fields }, level, headers, of).dedupe.key;
    for (const level of ['none', 'address-only'] as const) {
      const byHeader = (id: string, of = body): string =>
        key({ id_header: 'X-Id' }, level, of, { 'X-Id': id });
      expect(byHeader('h')).to.equal(`sha256:${sha256(body)} id:h`);
      expect(new Set([byHeader('h'), byHeader('h', '{}'), byHeader('i')]).size).to.equal(3);
      const byPath = (of: string): string => key({ id_path: 'a.id' }, level, of);
      expect(byPath(body)).to.equal(`sha256:${sha256(body)} id:7`);
      expect(byPath('{"a":{"id":7}}')).to.not.equal(byPath(body));
    }
    const known = factsBy({ kind: 'none', id_path: 'a.id' }, 'none', {}, body);
    expect(known).to.deep.include({ externalId: '7', flags: [] });
    expect(known.dedupe.withinMs).to.equal(undefined);
  });

  it('is told apart by its body for ten minutes when only a token proves it', () => {
    const fields = { kind: 'token', token_header: 'x-t' };
    expect(factsBy(fields, 'token', {}, body).dedupe).to.deep.equal({
      key: `sha256:${sha256(body)}`,
      withinMs: 600_000,
      flagSameBodyWithinMs: undefined,
    });
    expect(factsBy(fields, 'token', {}, body).flags).to.deep.equal([]);
  });
});

describe('a handshake', () => {
  it('of Slack is answered with its challenge as plain text', () => {
    const facts = factsOf('slack', JSON_TYPE, {
      type: 'url_verification',
      challenge: '3eZbrw1a',
      token: 't',
    });
    expect(facts.handshake).to.deep.equal({
      status: 200,
      contentType: 'text/plain; charset=utf-8',
      body: '3eZbrw1a',
    });
  });

  it('of Discord is answered with type 1, the one of its webhook events with 204', () => {
    expect(factsOf('discord', JSON_TYPE, { id: '1', type: 1 }).handshake).to.deep.equal({
      status: 200,
      contentType: 'application/json',
      body: '{"type":1}',
    });
    for (const event of [undefined, null])
      expect(factsOf('discord', JSON_TYPE, { version: 1, type: 0, event }).handshake).to.include({
        status: 204,
        body: '',
      });
  });

  it('of a custom sender is answered with the value that its rule points at', () => {
    const handshake = { match_path: 'kind', match_value: '1', respond_path: 'nested.token' };
    const custom = aScheme({ kind: 'none', handshake });
    const answer = (body: object) =>
      deliveryFacts('custom', custom, 'none', aDelivery(JSON_TYPE, JSON.stringify(body))).handshake;
    expect(answer({ kind: 1, nested: { token: 'abc' } })).to.include({ body: 'abc' });
    for (const other of [
      { kind: 2, nested: { token: 'abc' } },
      { kind: 1 },
      { kind: 1, nested: { token: {} } },
    ])
      expect(answer(other)).to.equal(undefined);
  });

  it('is not what the rule of another sender points at, left over from when the webhook was a custom one', () => {
    const handshake = { match_path: 'kind', match_value: '1', respond_path: 'token' };
    const leftOver = aScheme({ kind: 'none', handshake });
    const delivery = aDelivery(JSON_TYPE, JSON.stringify({ kind: 1, token: 'abc' }));
    expect(deliveryFacts('custom', leftOver, 'none', delivery).handshake).to.include({ body: 'abc' });
    expect(deliveryFacts('github', leftOver, 'none', delivery).handshake).to.equal(undefined);
  });

  it('of a custom sender is answered with the digits that were sent, however many', () => {
    const handshake = { match_path: 'a', match_value: '9007199254740993', respond_path: 'b' };
    const custom = aScheme({ kind: 'none', handshake });
    const body = '{"a":9007199254740993,"b":[],"b":12345678901234567890}';
    const facts = deliveryFacts('custom', custom, 'none', aDelivery(JSON_TYPE, body));
    expect(facts.handshake).to.include({ body: '12345678901234567890' });
  });

  const ordinary: readonly (readonly [string, SourceService, object])[] = [
    ['the ping of GitHub', 'github', { zen: 'x', type: 'url_verification', challenge: 'x' }],
    ['an event of Slack with a challenge in it', 'slack', { type: 'event_callback', challenge: 'x' }],
    ['a challenge that is no text', 'slack', { type: 'url_verification', challenge: { a: 1 } }],
    ['an empty challenge', 'slack', { type: 'url_verification', challenge: '' }],
    ['a challenge of 1025 characters', 'slack', { type: 'url_verification', challenge: 'x'.repeat(1025) }],
    ['a command of Discord', 'discord', { id: '1', type: 2 }],
    ['a webhook event of Discord', 'discord', { type: 1, event: { type: 'APPLICATION_AUTHORIZED' } }],
    ['the type of Discord as a text', 'discord', { type: '1' }],
  ];
  for (const [name, source, body] of ordinary)
    it(`is not ${name}`, () => expect(factsOf(source, JSON_TYPE, body).handshake).to.equal(undefined));
});
