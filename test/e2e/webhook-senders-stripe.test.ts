import { expect } from 'chai';
import Stripe from 'stripe';
import type { Gateway } from '../support/gateway.ts';
import {
  expectAccepted,
  expectRefusals,
  hmac,
  keptOf,
  otherwise,
  registerWebhook,
  startForSenders,
  type Registered,
} from '../support/sending-webhook.ts';

const stripe = new Stripe('sk_test_nothing');
const SECRET = 'whsec_secret_of_this_endpoint';
const event = (id: string, more: object = {}) =>
  JSON.stringify({ id, object: 'event', type: 'charge.succeeded', note: 'Ünïcode 🚀', ...more });
const BODY = event('evt_refused');
const seconds = (shift = 0): number => Math.floor(Date.now() / 1000) + shift;
const v1 = (t: number | string, body: string | Uint8Array = BODY, secret = SECRET): string =>
  hmac(secret, Buffer.concat([Buffer.from(`${t}.`), Buffer.from(body)]));
const by = (signature: string | readonly string[] | undefined, body: string | Uint8Array = BODY) => ({
  body,
  headers: { 'content-type': 'application/json; charset=utf-8', 'stripe-signature': signature },
});
const header = (t: number | string, body: string | Uint8Array = BODY, secret = SECRET): string =>
  `t=${t},v1=${v1(t, body, secret)}`;
const made = (payload: string, shift = 0, secret = SECRET) =>
  by(stripe.webhooks.generateTestHeaderString({ payload, secret, timestamp: seconds(shift) }), payload);

describe('Deliveries of Stripe', () => {
  let gateway: Gateway;
  let hook: Registered;
  before(async () => {
    gateway = await startForSenders();
    hook = await registerWebhook(gateway, 'stripe', { secret_key: SECRET });
  });
  after(() => gateway.stop());

  it('are accepted when signed by its own package, within five minutes in either direction', async () => {
    const rolled = event('evt_rolled');
    const future = event('evt_future');
    const t = seconds();
    const bytes = Buffer.from([0xff, 0xfe, 0x7b]);
    await expectAccepted(hook, [
      ['now', made(event('evt_now'))],
      ['295 s ago', made(event('evt_ago'), -295)],
      ['295 s ahead', made(event('evt_ahead'), 295)],
      ['of a connected account', made(event('evt_now', { account: 'acct_1' }))],
      [
        'thin',
        made('{"id":"evt_thin","object":"v2.core.event","type":"v1.x","created":"2026-11-26T10:00:00Z"}'),
      ],
      ['beside another secret', by(`t=${t},v1=${v1(t, rolled, 'other')},v1=${v1(t, rolled)},v0=00`, rolled)],
      ['bytes that are no text', by(header(t, bytes), bytes)],
      ['beside schemes of the future', by(`${header(t, future)},v2-ed=x,v3=`, future)],
    ]);
    const kept = await keptOf(hook);
    expect(kept.map(({ external_id }) => external_id).toReversed()).to.deep.equal([
      'evt_now',
      'evt_ago',
      'evt_ahead',
      'evt_now',
      'evt_thin',
      'evt_rolled',
      null,
      'evt_future',
    ]);
    expect(kept.at(-1)).to.deep.include({ event_type: 'charge.succeeded', flags: [] });
  });

  it('are refused when any part of their proof is not as Stripe writes it', async () => {
    const t = seconds();
    const good = header(t);
    const hex = v1(t);
    const latin = Buffer.from('{"id":"\xff"}', 'latin1');
    await expectRefusals(hook, [
      ['301 s ago', 'timestamp-too-old', made(BODY, -301)],
      ['an hour ago', 'timestamp-too-old', made(BODY, -3_600)],
      ['in 1970', 'timestamp-too-old', by(header(0))],
      ['310 s ahead', 'timestamp-in-future', made(BODY, 310)],
      ['a year ahead', 'timestamp-in-future', made(BODY, 31_536_000)],
      ['in milliseconds', 'timestamp-malformed', by(header(t * 1_000))],
      ['another secret', 'signature-mismatch', made(BODY, 0, 'whsec_of_another_endpoint')],
      ['the secret without whsec_', 'signature-mismatch', made(BODY, 0, SECRET.slice(6))],
      ['another time than was signed', 'signature-mismatch', by(`t=${t - 1},v1=${hex}`)],
      ['a changed body', 'signature-mismatch', by(good, BODY.replace('charge', 'refund'))],
      ['a cut body', 'signature-mismatch', by(good, BODY.slice(0, -1))],
      ['blanks in the body', 'signature-mismatch', by(good, JSON.stringify(JSON.parse(BODY), null, 1))],
      ['a byte order mark added', 'signature-mismatch', by(good, `\ufeff${BODY}`)],
      ['bytes signed as their text', 'signature-mismatch', by(header(t, latin.toString()), latin)],
      ['one digit changed', 'signature-mismatch', by(otherwise(good))],
      ['one digit cut', 'malformed-signature', by(good.slice(0, -1))],
      ['upper case', 'malformed-signature', by(`t=${t},v1=${hex.toUpperCase()}`)],
      ['garbage behind it', 'malformed-signature', by(`${good}zz`)],
      ['in base64', 'malformed-signature', by(`t=${t},v1=${Buffer.from(hex, 'hex').toString('base64')}`)],
      ['blanks behind the comma', 'malformed-signature', by(`t=${t}, v1=${hex}`)],
      ['a blank before the comma', 'malformed-signature', by(`t=${t} ,v1=${hex}`)],
      ['v0 alone', 'no-supported-signature', by(`t=${t},v0=${hex}`)],
      ['v2 alone', 'no-supported-signature', by(`t=${t},v2=${hex}`)],
      ['V1', 'no-supported-signature', by(`t=${t},V1=${hex}`)],
      [
        'the right v1 as v0 beside a wrong v1',
        'signature-mismatch',
        by(`t=${t},v1=${'0'.repeat(64)},v0=${hex}`),
      ],
      ['two times', 'malformed-signature', by(`t=${t - 1_000},t=${t},v1=${hex}`)],
      ['the same time twice', 'malformed-signature', by(`t=${t},t=${t},v1=${hex}`)],
      ['no time', 'timestamp-missing', by(`v1=${hex}`)],
      ['an empty time', 'timestamp-malformed', by(`t=,v1=${hex}`)],
      ['an empty signature', 'malformed-signature', by(`t=${t},v1=`)],
      ['digits and letters as time', 'timestamp-malformed', by(header(`${t}abc`))],
      ['a time with a sign', 'timestamp-malformed', by(header(`+${t}`))],
      ['a time with a point', 'timestamp-malformed', by(header(`${t}.0`))],
      ['a time with a zero before it', 'timestamp-malformed', by(header(`0${t}`))],
      ['a negative time', 'timestamp-malformed', by(header('-1'))],
      ['a time in hex', 'timestamp-malformed', by(header(`0x${t.toString(16)}`))],
      ['a time written as 1e9', 'timestamp-malformed', by(header('1e9'))],
      ['no header', 'header-missing', by(undefined)],
      ['an empty header', 'header-missing', by('')],
      ['the header twice', 'header-repeated', by([good, good])],
      ['its parts in two headers', 'header-repeated', by([`t=${t}`, `v1=${hex}`])],
      ['an empty body', 'empty-body', by(header(t, ''), '')],
      [
        'a hundred signatures',
        'malformed-signature',
        by(`t=${t}${`,v1=${'0'.repeat(64)}`.repeat(99)},v1=${hex}`),
      ],
      ['text that is no header of Stripe', 'malformed-signature', by('hello')],
      [
        'GitHub’s header',
        'header-missing',
        { body: BODY, headers: { 'x-hub-signature-256': `sha256=${hmac(SECRET, BODY)}` } },
      ],
    ]);
  });
});
