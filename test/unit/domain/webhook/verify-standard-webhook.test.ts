import { createHmac, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { expect } from 'chai';
import { Webhook as StandardWebhook } from 'standardwebhooks';
import { Webhook as SvixWebhook } from 'svix';
import type { VerificationSecret } from '../../../../src/domain/webhook/proof/authenticity.ts';
import { aDelivery, aSecret, DELIVERED_AT, DELIVERED_SECOND } from '../../../support/a-delivery.ts';
import { verdict, verified } from '../../../support/authenticity.ts';

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const OTHER = `whsec_${Buffer.alloc(32, 9).toString('base64')}`;
const ID = 'msg_p5jXN8AQM9LWM0D4loKWxJek';
const BODY = '{"test": 2432232314, "note": "Ünïcode 🚀"}';
const now = DELIVERED_SECOND;

type Parts = {
  readonly id?: string;
  readonly t?: number | string;
  readonly body?: string | Uint8Array;
  readonly secret?: string;
};
const v1 = ({ id = ID, t = now, body = BODY, secret = SECRET }: Parts = {}): string =>
  `v1,${createHmac('sha256', Buffer.from(secret.slice(6), 'base64'))
    .update(`${id}.${t}.`)
    .update(body)
    .digest('base64')}`;
const headers = (
  signature: string,
  { id = ID, t = now }: Parts = {},
  prefix = 'webhook',
): Record<string, string> => ({
  [`${prefix}-id`]: id,
  [`${prefix}-timestamp`]: String(t),
  [`${prefix}-signature`]: signature,
});
const judged = (
  signature: string,
  parts: Parts = {},
  secrets: readonly VerificationSecret[] = [aSecret(SECRET)],
): string => verdict('standard_webhooks', aDelivery(headers(signature, parts), parts.body ?? BODY), secrets);

describe('a standard webhook', () => {
  it("is accepted with the vector of the project's own suites", () => {
    const t = 1_614_265_330;
    const delivery = aDelivery(
      headers('v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=', { t }),
      '{"test": 2432232314}',
    );
    expect(verified('standard_webhooks', delivery, [aSecret(SECRET)], { now: t * 1000 })).to.deep.equal({
      _tag: 'Right',
      right: { method: 'hmac-sha256', level: 'signed', secretVersion: 1, signedTimestamp: t * 1000 },
    });
  });

  it("is accepted when the project's package has signed it, with the secret in either form", () => {
    const signature = new StandardWebhook(SECRET).sign(ID, new Date(now * 1000), BODY);
    expect(judged(signature)).to.equal('accepted');
    expect(judged(signature, {}, [aSecret(SECRET.slice(6))])).to.equal('accepted');
  });

  it('is accepted of Svix with as long a secret as its server takes', () => {
    const secret = `whsec_${Buffer.alloc(75, 9).toString('base64')}`;
    const signature = new SvixWebhook(secret).sign(ID, new Date(now * 1000), BODY);
    const delivery = aDelivery(headers(signature, {}, 'svix'), BODY);
    expect(verdict('svix', delivery, [aSecret(secret)])).to.equal('accepted');
  });

  const good: readonly (readonly [string, string, Parts?])[] = [
    ['made 300 s ago', v1({ t: now - 300 }), { t: now - 300 }],
    ['made 300 s ahead', v1({ t: now + 300 }), { t: now + 300 }],
    ['behind one of another secret', `${v1({ secret: OTHER })} ${v1()}`],
    ['before one of another secret', `${v1()} ${v1({ secret: OTHER })}`],
    ['beside versions nobody knows', `v3,abc ${v1()} v1b,xyz`],
    ['beside one in a bad form', `v1,!!! ${v1()}`],
    ['behind an entry of no version', `x ${v1()}`],
    ['before an entry of no version', `${v1()} x`],
    ['with two blanks between entries', `${v1({ secret: OTHER })}  ${v1()}`],
    ['over no body at all', v1({ body: '' }), { body: '' }],
  ];
  for (const [name, signature, parts] of good)
    it(`is accepted with a signature ${name}`, () => expect(judged(signature, parts)).to.equal('accepted'));

  const base64 = v1().slice(3);
  const refused: readonly (readonly [string, string, string, Parts?])[] = [
    ['made 301 s ago', v1({ t: now - 301 }), 'timestamp-too-old', { t: now - 301 }],
    ['made 301 s ahead', v1({ t: now + 301 }), 'timestamp-in-future', { t: now + 301 }],
    ['made a year ahead', v1({ t: now + 31_536_000 }), 'timestamp-in-future', { t: now + 31_536_000 }],
    ['of another secret', v1({ secret: OTHER }), 'signature-mismatch'],
    ['of another id', v1({ id: 'msg_other' }), 'signature-mismatch'],
    ['of another time', v1({ t: now - 1 }), 'signature-mismatch'],
    ['of another body', v1({ body: `${BODY} ` }), 'signature-mismatch'],
    [
      'of the secret as text',
      `v1,${createHmac('sha256', SECRET).update(`${ID}.${now}.${BODY}`).digest('base64')}`,
      'signature-mismatch',
    ],
    ['of an unknown version alone', `v2,${base64}`, 'no-supported-signature'],
    ['of version V1', `V1,${base64}`, 'no-supported-signature'],
    [
      'of v1a without a public key',
      `v1a,${Buffer.alloc(64, 1).toString('base64')}`,
      'no-supported-signature',
    ],
    ['without a version', base64, 'malformed-signature'],
    ['without padding', v1().slice(0, -1), 'malformed-signature'],
    [
      'in the URL-safe alphabet',
      v1({ body: 'url-safe?' }).replaceAll('+', '-').replaceAll('/', '_').replace('=', ''),
      'malformed-signature',
      { body: 'url-safe?' },
    ],
    ['in hex', `v1,${Buffer.from(base64, 'base64').toString('hex')}`, 'malformed-signature'],
    ['with garbage behind it', `${v1()}zz`, 'malformed-signature'],
    [
      'with a stray bit in its last character',
      v1().replace(/.=$/, (end) => `${String.fromCodePoint((end.codePointAt(0) ?? 0) + 1)}=`),
      'malformed-signature',
    ],
    [
      'of 16 bytes',
      `v1,${Buffer.from(base64, 'base64').subarray(0, 16).toString('base64')}`,
      'malformed-signature',
    ],
    ['that is empty', 'v1,', 'malformed-signature'],
    ['sent twice and joined by a proxy', `${v1()}, ${v1()}`, 'malformed-signature'],
    ['behind another version and joined by a proxy', `v2,x, ${v1()}`, 'malformed-signature'],
    ['of 33 entries', Array.from({ length: 33 }, () => v1()).join(' '), 'malformed-signature'],
    ['with letters behind the time', v1(), 'timestamp-malformed', { t: `${now}abc` }],
    ['over a time with letters', v1({ t: `${now}abc` }), 'timestamp-malformed', { t: `${now}abc` }],
    ['over a time with a fraction', v1({ t: `${now}.0` }), 'timestamp-malformed', { t: `${now}.0` }],
    ['over a time with a zero in front', v1({ t: `0${now}` }), 'timestamp-malformed', { t: `0${now}` }],
    ['over a negative time', v1({ t: -now }), 'timestamp-malformed', { t: -now }],
  ];
  for (const [name, signature, reason, parts] of refused)
    it(`is refused with a signature ${name}`, () => expect(judged(signature, parts)).to.equal(reason));

  it('is refused when any of its three headers is missing, empty or sent twice', () => {
    const all = headers(v1());
    for (const name of Object.keys(all)) {
      const others = Object.entries(all).filter(([other]) => other !== name);
      const reason = name === 'webhook-timestamp' ? 'timestamp-missing' : 'header-missing';
      const by = (pairs: readonly (readonly [string, string])[]): string =>
        verdict('standard_webhooks', aDelivery(pairs, BODY), [aSecret(SECRET)]);
      expect(by(others), name).to.equal(reason);
      expect(by([...others, [name, '']]), name).to.equal(reason);
      expect(by([...Object.entries(all), [name.toUpperCase(), all[name] ?? '']]), name).to.equal(
        'header-repeated',
      );
    }
  });

  it('is refused with an id that holds a full stop: it could have taken in a part of the body', () => {
    const captured = { id: 'msg_1', t: now - 900, body: `x.${now}.y` };
    const moved = { id: `msg_1.${now - 900}.x`, t: now, body: 'y' };
    expect(v1(moved)).to.equal(v1(captured));
    expect(judged(v1(captured), moved)).to.equal('malformed-id');
  });

  it('is refused when the secret does not meet the standard', () => {
    for (const secret of [
      'whsec_',
      'whsec_????',
      `whsec_${Buffer.alloc(23).toString('base64')}`,
      `whpk_${OTHER.slice(6)}`,
    ])
      expect(judged(v1(), {}, [aSecret(secret)]), secret).to.equal('secret-unusable');
  });
});

describe('a standard webhook signed with a private key', () => {
  const pair = generateKeyPairSync('ed25519');
  const rawKey = (key: KeyObject): Buffer => key.export({ format: 'der', type: 'spki' }).subarray(-32);
  const publicKey = aSecret(`whpk_${rawKey(pair.publicKey).toString('base64')}`, {
    kind: 'public_key',
    version: 5,
  });
  const v1a = (body = BODY): string =>
    `v1a,${sign(null, Buffer.from(`${ID}.${now}.${body}`), pair.privateKey).toString('base64')}`;

  it('is accepted by the public key, with or without a shared secret', () => {
    expect(verified('standard_webhooks', aDelivery(headers(v1a()), BODY), [publicKey])).to.deep.equal({
      _tag: 'Right',
      right: { method: 'ed25519', level: 'signed', secretVersion: 5, signedTimestamp: now * 1000 },
    });
    expect(judged(v1a(), {}, [aSecret(OTHER), publicKey])).to.equal('accepted');
    expect(judged(`${v1({ secret: OTHER })} ${v1a()}`, {}, [publicKey])).to.equal('accepted');
    expect(
      judged(`${v1()} v1a,${Buffer.alloc(64, 1).toString('base64')}`, {}, [aSecret(SECRET), publicKey]),
    ).to.equal('accepted');
  });

  it('is refused when anything of it was changed', () => {
    expect(judged(v1a(`${BODY} `), {}, [publicKey])).to.equal('signature-mismatch');
    expect(judged(v1a().replace('v1a', 'v1'), {}, [publicKey])).to.equal('malformed-signature');
    expect(judged(v1a().slice(0, -1), {}, [publicKey])).to.equal('malformed-signature');
    expect(judged(v1(), {}, [publicKey])).to.equal('no-supported-signature');
    expect(judged(v1(), {}, [aSecret(OTHER), publicKey])).to.equal('signature-mismatch');
  });

  it('is refused with more than four signatures, each of which would cost a pass over the body', () => {
    const many = (count: number): string =>
      [
        ...Array.from({ length: count - 1 }, (_, n) => `v1a,${Buffer.alloc(64, n + 1).toString('base64')}`),
        v1a(),
      ].join(' ');
    expect(judged(many(4), {}, [publicKey])).to.equal('accepted');
    expect(judged(many(5), {}, [publicKey])).to.equal('malformed-signature');
  });

  it('is refused when the public key was used as a shared secret', () => {
    const forged = v1({ secret: `whsec_${publicKey.value.slice(5)}` });
    expect(judged(forged, {}, [publicKey])).to.equal('no-supported-signature');
    expect(judged(`${forged} v1a,${forged.slice(3)}`, {}, [publicKey])).to.equal('no-supported-signature');
  });

  it('is refused by a key that is no key', () => {
    for (const value of ['whpk_', 'whpk_abc', `whsec_${publicKey.value.slice(5)}`, '00'.repeat(32)])
      expect(judged(v1a(), {}, [{ ...publicKey, value }]), value).to.equal('secret-unusable');
  });
});

describe('a webhook of Svix', () => {
  const bySvix = (pairs: Record<string, string>): string =>
    verdict('svix', aDelivery(pairs, BODY), [aSecret(SECRET)]);
  const signature = new SvixWebhook(SECRET).sign(ID, new Date(now * 1000), BODY);

  it('is accepted under either set of names when its own package has signed it', () => {
    expect(bySvix(headers(signature, {}, 'svix'))).to.equal('accepted');
    expect(bySvix(headers(signature, {}, 'webhook'))).to.equal('accepted');
    expect(bySvix({ ...headers(signature, {}, 'svix'), ...headers('v1,x', { id: 'other' }) })).to.equal(
      'accepted',
    );
  });

  it('is refused when the names are mixed, which its package takes', () => {
    const mixed = { ...headers(signature, {}, 'webhook'), 'svix-id': ID };
    expect(bySvix(mixed)).to.equal('timestamp-missing');
  });

  it('of GitLab has only the header names of the standard', () => {
    for (const source of ['standard_webhooks', 'gitlab_signing'] as const) {
      const by = (prefix: string): string =>
        verdict(source, aDelivery(headers(signature, {}, prefix), BODY), [aSecret(SECRET)]);
      expect(by('webhook')).to.equal('accepted');
      expect(by('svix')).to.equal('header-missing');
    }
  });
});

describe("where the standard's package and we differ", () => {
  const byPackage = (pairs: Record<string, string>, body: string | Buffer): string => {
    const clock = Date.now;
    try {
      Date.now = () => DELIVERED_AT;
      new StandardWebhook(SECRET).verify(body, pairs, { jsonParse: false });
      return 'accepted';
    } catch {
      return 'refused';
    } finally {
      Date.now = clock;
    }
  };
  const notUtf8 = Buffer.from([0x7b, 0xff, 0x7d]);

  it('it hashes text: bytes that are no UTF-8 are refused as signed and accepted as U+FFFD', () => {
    const asSent = v1({ body: notUtf8 });
    const asText = v1({ body: notUtf8.toString('utf8') });
    expect([byPackage(headers(asSent), notUtf8), judged(asSent, { body: notUtf8 })]).to.deep.equal([
      'refused',
      'accepted',
    ]);
    expect([byPackage(headers(asText), notUtf8), judged(asText, { body: notUtf8 })]).to.deep.equal([
      'accepted',
      'signature-mismatch',
    ]);
  });

  it('it takes a time with letters behind it, and a header joined from two', () => {
    const letters = headers(v1(), { t: `${now}abc` });
    const joined = headers(`${v1()}, ${v1()}`);
    expect([byPackage(letters, BODY), byPackage(joined, BODY)]).to.deep.equal(['accepted', 'accepted']);
    expect(verdict('standard_webhooks', aDelivery(letters, BODY), [aSecret(SECRET)])).to.equal(
      'timestamp-malformed',
    );
    expect(verdict('standard_webhooks', aDelivery(joined, BODY), [aSecret(SECRET)])).to.equal(
      'malformed-signature',
    );
  });

  it('both ignore entries of no version, and blanks between entries', () => {
    for (const list of [`x ${v1()}`, `${v1()} x`, `${v1({ secret: OTHER })}  ${v1()}`, `x  v2,y ${v1()}`]) {
      expect(byPackage(headers(list), BODY), list).to.equal('accepted');
      expect(judged(list), list).to.equal('accepted');
    }
  });

  it('both refuse what lies outside of the window, and take a byte order mark that was signed', () => {
    const marked = Buffer.from(`\ufeff${BODY}`);
    expect(byPackage(headers(v1({ t: now + 301 }), { t: now + 301 }), BODY)).to.equal('refused');
    expect([
      byPackage(headers(v1({ body: marked })), marked),
      judged(v1({ body: marked }), { body: marked }),
    ]).to.deep.equal(['accepted', 'accepted']);
    expect([byPackage(headers(v1()), marked), judged(v1(), { body: marked })]).to.deep.equal([
      'refused',
      'signature-mismatch',
    ]);
  });
});
