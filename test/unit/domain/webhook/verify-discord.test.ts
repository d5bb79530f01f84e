import { generateKeyPairSync, sign } from 'node:crypto';
import { expect } from 'chai';
import { verifyKey } from 'discord-interactions';
import { aDelivery, aSecret, DELIVERED_SECOND } from '../../../support/a-delivery.ts';
import { verdict, verified } from '../../../support/authenticity.ts';

const pair = generateKeyPairSync('ed25519');
const stranger = generateKeyPairSync('ed25519');
const PUBLIC_KEY = pair.publicKey.export({ format: 'der', type: 'spki' }).subarray(-32).toString('hex');
const BODY = '{"id":"9","type":2,"data":{"name":"Ünï"}}';
const now = DELIVERED_SECOND;

const signed = (t: number | string = now, body: string | Uint8Array = BODY, key = pair.privateKey): string =>
  sign(null, Buffer.concat([Buffer.from(String(t)), Buffer.from(body)]), key).toString('hex');
const judged = (signature: string, t: number | string = now, body: string | Uint8Array = BODY): string =>
  verdict(
    'discord',
    aDelivery({ 'X-Signature-Ed25519': signature, 'X-Signature-Timestamp': String(t) }, body),
    [aSecret(PUBLIC_KEY, { kind: 'public_key' })],
  );

describe('a delivery of Discord', () => {
  it("is accepted where Discord's own package accepts it, and says when it was signed", async () => {
    expect(await verifyKey(BODY, signed(), String(now), PUBLIC_KEY)).to.equal(true);
    const headers = { 'X-Signature-Ed25519': signed(), 'X-Signature-Timestamp': String(now) };
    const secrets = [aSecret(PUBLIC_KEY, { kind: 'public_key', version: 2 })];
    expect(verified('discord', aDelivery(headers, BODY), secrets)).to.have.deep.property('right', {
      method: 'ed25519',
      level: 'signed',
      secretVersion: 2,
      signedTimestamp: now * 1000,
    });
  });

  it('is accepted as bytes that are no text', () => {
    const bytes = Buffer.from([0xff, 0xfe, 0x00]);
    expect(judged(signed(now, bytes), now, bytes)).to.equal('accepted');
  });

  const good = signed();
  const flipped = (good.startsWith('0') ? '1' : '0') + good.slice(1);
  const refused: readonly (readonly [string, string, string, (number | string)?])[] = [
    ['the key of a stranger', signed(now, BODY, stranger.privateKey), 'signature-mismatch'],
    ['another body', signed(now, `${BODY} `), 'signature-mismatch'],
    ['another time', good, 'signature-mismatch', now - 1],
    ['one digit changed', flipped, 'signature-mismatch'],
    ['nothing but zeros', '0'.repeat(128), 'signature-mismatch'],
    ['made 301 s ago', signed(now - 301), 'timestamp-too-old', now - 301],
    ['made 301 s ahead', signed(now + 301), 'timestamp-in-future', now + 301],
    ['a time with letters', signed(`${now}abc`), 'timestamp-malformed', `${now}abc`],
    ['upper case', good.toUpperCase(), 'malformed-signature'],
    ['a digit too few', good.slice(0, -1), 'malformed-signature'],
    ['a digit too many', `${good}0`, 'malformed-signature'],
    ['a byte too few', good.slice(0, -2), 'malformed-signature'],
    ['letters that are no hex', `zz${good.slice(2)}`, 'malformed-signature'],
    ['base64', Buffer.from(good, 'hex').toString('base64'), 'malformed-signature'],
  ];
  for (const [name, signature, reason, t] of refused)
    it(`is refused with ${name}`, () => expect(judged(signature, t)).to.equal(reason));

  it('is refused with a signature whose scalar was raised by the order of the group', () => {
    const order = 2n ** 252n + 27_742_317_777_372_353_535_851_937_790_883_648_493n;
    const bytes = Buffer.from(good, 'hex');
    const s = BigInt(
      `0x${Buffer.from(bytes.subarray(32))
        .toReversed()
        .reduce((hex, b) => hex + b.toString(16).padStart(2, '0'), '')}`,
    );
    const raised = Buffer.from((s + order).toString(16).padStart(64, '0'), 'hex').reverse();
    expect(judged(Buffer.concat([bytes.subarray(0, 32), raised]).toString('hex'))).to.equal(
      'signature-mismatch',
    );
  });

  it('is refused without either header', () => {
    const by = (headers: Record<string, string>): string =>
      verdict('discord', aDelivery(headers, BODY), [aSecret(PUBLIC_KEY, { kind: 'public_key' })]);
    expect(by({ 'X-Signature-Timestamp': String(now) })).to.equal('header-missing');
    expect(by({ 'X-Signature-Ed25519': good })).to.equal('timestamp-missing');
  });

  it("differs from Discord's package in the case of hex, in stray digits, and in what is old", async () => {
    const byPackage = (signature: string, t: number): Promise<boolean> =>
      verifyKey(BODY, signature, String(t), PUBLIC_KEY);
    expect(await byPackage(good.toUpperCase(), now)).to.equal(true);
    expect(await byPackage(signed(1), 1)).to.equal(true);
    expect(judged(signed(1), 1)).to.equal('timestamp-too-old');
    const endsInZero = Array.from({ length: 4_000 }, (_, i) => now - 200 + (i % 300))
      .map((t, i) => ({ t, body: `${BODY}${' '.repeat(i % 50)}` }))
      .map(({ t, body }) => ({ t, body, signature: signed(t, body) }))
      .find(({ signature }) => signature.at(-2) === '0');
    if (endsInZero === undefined) throw new Error('no signature ends in a small byte');
    const odd = endsInZero.signature.slice(0, -2) + endsInZero.signature.slice(-1);
    expect(await verifyKey(endsInZero.body, odd, String(endsInZero.t), PUBLIC_KEY)).to.equal(true);
    expect(judged(odd, endsInZero.t, endsInZero.body)).to.equal('malformed-signature');
  });
});
