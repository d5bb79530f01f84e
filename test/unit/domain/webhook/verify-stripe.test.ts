import { createHmac } from 'node:crypto';
import { expect } from 'chai';
import Stripe from 'stripe';
import { aDelivery, aSecret, DELIVERED_AT, DELIVERED_SECOND } from '../../../support/a-delivery.ts';
import { verdict, verified } from '../../../support/authenticity.ts';

const stripe = new Stripe('sk_test_nothing');
const SECRET = 'whsec_test_secret_of_this_endpoint';
const BODY = '{"id":"evt_1","object":"event","type":"charge.succeeded","note":"Ünïcode 🚀"}';

const v1 = (t: number | string, body: string | Uint8Array = BODY, secret = SECRET): string =>
  createHmac('sha256', secret).update(`${t}.`).update(body).digest('hex');
const header = (t: number | string, body: string | Uint8Array = BODY, secret = SECRET): string =>
  `t=${t},v1=${v1(t, body, secret)}`;
const judged = (value: string, body: string | Uint8Array = BODY, now = DELIVERED_AT): string =>
  verdict('stripe', aDelivery({ 'Stripe-Signature': value }, body), [aSecret(SECRET)], { now });
const byStripe = (value: string, body: string | Buffer = BODY, now = DELIVERED_AT): string => {
  try {
    stripe.webhooks.signature?.verifyHeader(body, value, SECRET, 300, undefined, now);
    return 'accepted';
  } catch {
    return 'refused';
  }
};
const now = DELIVERED_SECOND;

describe('a delivery of Stripe', () => {
  it("is accepted when Stripe's own package has signed it, and says when it was signed", () => {
    const value = stripe.webhooks.generateTestHeaderString({ payload: BODY, secret: SECRET, timestamp: now });
    const delivery = aDelivery({ 'Stripe-Signature': value }, BODY);
    expect(verified('stripe', delivery, [aSecret(SECRET, { version: 3 })])).to.deep.equal({
      _tag: 'Right',
      right: { method: 'hmac-sha256', level: 'signed', secretVersion: 3, signedTimestamp: now * 1000 },
    });
  });

  const good: readonly (readonly [string, string])[] = [
    ['made 300 s ago', header(now - 300)],
    ['made 300 s ahead', header(now + 300)],
    [
      'beside one of another secret, as while a secret is rolled',
      `t=${now},v1=${v1(now, BODY, 'other')},v1=${v1(now)}`,
    ],
    ['in front of one of another secret', `t=${now},v1=${v1(now)},v1=${v1(now, BODY, 'other')}`],
    ['beside a v0 that is wrong', `t=${now},v1=${v1(now)},v0=${'0'.repeat(64)}`],
    ['before its time', `v1=${v1(now)},t=${now}`],
    ['beside a scheme nobody knows yet', `t=${now},v2=abc=,v1=${v1(now)}`],
    ['beside schemes of other forms', `t=${now},v2-ed=x,v3=,v1=${v1(now)}`],
    ['beside a v1 that is no digest', `t=${now},v1=zz,v1=${v1(now)}`],
    ['beside schemes of no known form', `t=${now},V1=x,2=y,=z,v1=${v1(now)}`],
    ['beside what is no scheme', `t=${now},x,v1=${v1(now)}`],
    ['with a comma at the end', `t=${now},v1=${v1(now)},`],
  ];
  for (const [name, value] of good)
    it(`is accepted with a signature ${name}`, () => expect(judged(value)).to.equal('accepted'));

  const hex = v1(now);
  const refused: readonly (readonly [string, string, string])[] = [
    ['made 301 s ago', header(now - 301), 'timestamp-too-old'],
    ['made 301 s ahead', header(now + 301), 'timestamp-in-future'],
    ['made a year ahead', header(now + 31_536_000), 'timestamp-in-future'],
    ['made in 1970', header(0), 'timestamp-too-old'],
    ['of another secret', header(now, BODY, 'whsec_another_secret'), 'signature-mismatch'],
    ['of the secret without whsec_', header(now, BODY, SECRET.slice(6)), 'signature-mismatch'],
    ['of another body', header(now, `${BODY}\n`), 'signature-mismatch'],
    ['of another time', `t=${now},v1=${v1(now - 1)}`, 'signature-mismatch'],
    ['of v0 alone', `t=${now},v0=${hex}`, 'no-supported-signature'],
    ['of v2 alone', `t=${now},v2=${hex}`, 'no-supported-signature'],
    ['of V1', `t=${now},V1=${hex}`, 'no-supported-signature'],
    ['without a time', `v1=${hex}`, 'timestamp-missing'],
    ['without a signature', `t=${now}`, 'no-supported-signature'],
    ['with two times, the last right', `t=${now - 900},t=${now},v1=${hex}`, 'malformed-signature'],
    ['with two times, the first right', `t=${now},t=${now - 900},v1=${hex}`, 'malformed-signature'],
    ['with one time twice', `t=${now},t=${now},v1=${hex}`, 'malformed-signature'],
    ['with letters behind the time', header(`${now}abc`), 'timestamp-malformed'],
    ['with a time in hex', header(`0x${now.toString(16)}`), 'timestamp-malformed'],
    ['with a zero before the time', header(`0${now}`), 'timestamp-malformed'],
    ['with a sign before the time', header(`+${now}`), 'timestamp-malformed'],
    ['with a negative time', header(-now), 'timestamp-malformed'],
    ['with a time in milliseconds', header(now * 1000), 'timestamp-malformed'],
    ['with a fraction of a second', header(`${now}.5`), 'timestamp-malformed'],
    ['with a time in other digits', header('١٧٩٥'), 'timestamp-malformed'],
    ['in upper case', `t=${now},v1=${hex.toUpperCase()}`, 'malformed-signature'],
    ['in base64', `t=${now},v1=${Buffer.from(hex, 'hex').toString('base64')}`, 'malformed-signature'],
    ['cut by a digit', `t=${now},v1=${hex.slice(0, -1)}`, 'malformed-signature'],
    ['with "zz" behind it', `t=${now},v1=${hex}zz`, 'malformed-signature'],
    ['that is empty', `t=${now},v1=`, 'malformed-signature'],
    ['with a blank behind the comma', `t=${now}, v1=${hex}`, 'malformed-signature'],
    ['with a blank before the comma', `t=${now} ,v1=${hex}`, 'malformed-signature'],
    ['written twice by a proxy', `${header(now)}, ${header(now)}`, 'malformed-signature'],
    [
      'of 33 entries',
      `t=${now},${Array.from({ length: 32 }, () => `v1=${hex}`).join()}`,
      'malformed-signature',
    ],
    ['like nothing known', 'hello', 'malformed-signature'],
  ];
  for (const [name, value, reason] of refused)
    it(`is refused with a signature ${name}`, () =>
      expect(verdict('stripe', aDelivery({ 'Stripe-Signature': value }, BODY), [aSecret(SECRET)])).to.equal(
        reason,
      ));

  it('is refused without the header, with two of them, and with an empty body', () => {
    const twice = [
      ['Stripe-Signature', header(now)],
      ['stripe-signature', header(now)],
    ] as const;
    expect(verdict('stripe', aDelivery({}, BODY), [aSecret(SECRET)])).to.equal('header-missing');
    expect(verdict('stripe', aDelivery(twice, BODY), [aSecret(SECRET)])).to.equal('header-repeated');
    expect(judged(header(now, ''), '')).to.equal('empty-body');
  });

  it('is not proved by an empty secret, with which anybody could sign', () => {
    const delivery = aDelivery({ 'Stripe-Signature': header(now, BODY, '') }, BODY);
    expect(verdict('stripe', delivery, [aSecret('')])).to.equal('secret-unusable');
  });

  it('is called too old only when it was genuine: a forged one is a mismatch', () => {
    expect(judged(header(now - 900, BODY, 'forged by a stranger'))).to.equal('signature-mismatch');
  });

  it('may be signed for test and for live mode with secrets of their own', () => {
    const secrets = [
      aSecret(SECRET, { version: 2 }),
      aSecret('whsec_of_test_mode', { version: 1, state: 'previous' }),
    ];
    const delivery = aDelivery({ 'Stripe-Signature': header(now, BODY, 'whsec_of_test_mode') }, BODY);
    expect(verified('stripe', delivery, secrets)).to.have.nested.property('right.secretVersion', 1);
  });
});

describe("where Stripe's package and we differ", () => {
  const differing: readonly (readonly [string, string, string | Buffer])[] = [
    ['a time in the future, which it never refuses', header(now + 31_536_000), BODY],
    ['digits and letters as a time', `t=${now}abc,v1=${v1(now)}`, BODY],
    ['two times, of which it takes the last', `t=${now - 900},t=${now},v1=${v1(now)}`, BODY],
    ['a header sent twice and joined', `${header(now)},${header(now)}`, BODY],
    ['an empty Buffer for a body', header(now, ''), Buffer.alloc(0)],
    ['a byte order mark put in front after signing', header(now), Buffer.from(`\ufeff${BODY}`)],
    [
      'a signature over U+FFFD for bytes that are no UTF-8',
      header(now, Buffer.from([0x7b, 0xff, 0x7d]).toString('utf8')),
      Buffer.from([0x7b, 0xff, 0x7d]),
    ],
  ];
  for (const [name, value, body] of differing)
    it(`it accepts and we refuse ${name}`, () => {
      expect(byStripe(value, body)).to.equal('accepted');
      expect(judged(value, body)).to.not.equal('accepted');
    });

  it('both ignore what is no v1 and no time', () => {
    for (const list of [`x,t=${now},v1=${v1(now)}`, `t=${now},v1=${v1(now)},`, `t=${now},V1=,v1=${v1(now)}`])
      expect([byStripe(list, BODY), judged(list)], list).to.deep.equal(['accepted', 'accepted']);
  });

  const raw: readonly (readonly [string, Buffer])[] = [
    ['bytes that are no UTF-8, signed as sent', Buffer.from([0x7b, 0xff, 0x7d])],
    ['a byte order mark that was signed', Buffer.from(`\ufeff${BODY}`)],
  ];
  for (const [name, body] of raw)
    it(`it refuses and we accept ${name}`, () => {
      expect(byStripe(header(now, body), body)).to.equal('refused');
      expect(judged(header(now, body), body)).to.equal('accepted');
    });
});
