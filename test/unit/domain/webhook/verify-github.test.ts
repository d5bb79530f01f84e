import { createHmac } from 'node:crypto';
import { expect } from 'chai';
import * as octokit from '@octokit/webhooks-methods';
import { aDelivery, aSecret, DELIVERED_AT } from '../../../support/a-delivery.ts';
import { verdict, verified } from '../../../support/authenticity.ts';

const SECRET = "It's a Secret to Everybody";
const HEADER = 'X-Hub-Signature-256';
const BODY = '{"zen":"Design for failure.","hook_id":1,"note":"Ünïcode 🚀 \\u00e9"}';

const hexOf = (body: string | Uint8Array, secret = SECRET, algorithm = 'sha256'): string =>
  createHmac(algorithm, secret).update(body).digest('hex');
const signed = (body: string | Uint8Array): string => `sha256=${hexOf(body)}`;
const github = (value: string, body: string | Uint8Array = BODY): string =>
  verdict('github', aDelivery({ [HEADER]: value }, body), [aSecret(SECRET)]);

describe('a delivery of GitHub', () => {
  it('is accepted with the digest of the documentation', () => {
    const documented = 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17';
    expect(github(documented, 'Hello, World!')).to.equal('accepted');
  });

  it("is accepted when GitHub's own package has signed it, and says how", async () => {
    const delivery = aDelivery({ [HEADER]: await octokit.sign(SECRET, BODY) }, BODY);
    expect(verified('github', delivery, [aSecret(SECRET, { version: 7 })])).to.deep.equal({
      _tag: 'Right',
      right: { method: 'hmac-sha256', level: 'signed', secretVersion: 7 },
    });
  });

  const good = signed(BODY);
  const hex = good.slice('sha256='.length);
  const refused: readonly (readonly [string, string, string])[] = [
    ['made with another secret', `sha256=${hexOf(BODY, 'another secret of theirs')}`, 'signature-mismatch'],
    ['of another body', signed(`${BODY} `), 'signature-mismatch'],
    [
      'with the last digit changed',
      good.slice(0, -1) + (good.endsWith('0') ? '1' : '0'),
      'signature-mismatch',
    ],
    ['cut by one digit', good.slice(0, -1), 'malformed-signature'],
    ['cut by one byte', good.slice(0, -2), 'malformed-signature'],
    ['cut to its prefix', 'sha256=', 'malformed-signature'],
    ['with "zz" behind it', `${good}zz`, 'malformed-signature'],
    ['with a space behind it', `${good} `, 'malformed-signature'],
    ['with a line end behind it', `${good}\n`, 'malformed-signature'],
    ['in upper case', `sha256=${hex.toUpperCase()}`, 'malformed-signature'],
    ['in base64', `sha256=${Buffer.from(hex, 'hex').toString('base64')}`, 'malformed-signature'],
    ['without its prefix', hex, 'no-supported-signature'],
    ['with its prefix in upper case', `SHA256=${hex}`, 'no-supported-signature'],
    ['written twice', `${good}, ${good}`, 'malformed-signature'],
    ['made with SHA-1', `sha1=${hexOf(BODY, SECRET, 'sha1')}`, 'no-supported-signature'],
    [
      'made with SHA-1 under the name of SHA-256',
      `sha256=${hexOf(BODY, SECRET, 'sha1')}`,
      'malformed-signature',
    ],
    ['that is empty', '', 'header-missing'],
  ];
  for (const [name, value, reason] of refused)
    it(`is refused with a signature ${name}`, () => expect(github(value)).to.equal(reason));

  it('is refused with a changed body', () => {
    expect(github(good, BODY.replace('Design', 'Resign'))).to.equal('signature-mismatch');
    expect(github(good, BODY.slice(0, -1))).to.equal('signature-mismatch');
    expect(github(good, JSON.stringify(JSON.parse(BODY)))).to.equal('signature-mismatch');
  });

  it('is refused with the SHA-1 header alone, which GitHub still sends', () => {
    const delivery = aDelivery({ 'X-Hub-Signature': `sha1=${hexOf(BODY, SECRET, 'sha1')}` }, BODY);
    expect(verdict('github', delivery, [aSecret(SECRET)])).to.equal('header-missing');
  });

  it('is refused with its signature sent twice, in any case of the names', () => {
    const delivery = aDelivery(
      [
        [HEADER, good],
        [HEADER.toLowerCase(), good],
      ],
      BODY,
    );
    expect(verdict('github', delivery, [aSecret(SECRET)])).to.equal('header-repeated');
  });

  it('is refused when its body is empty, even signed', () => {
    expect(github(signed(''), '')).to.equal('empty-body');
  });

  it('is refused without a secret, or with one of another kind', () => {
    const delivery = aDelivery({ [HEADER]: good }, BODY);
    expect(verdict('github', delivery, [])).to.equal('secret-missing');
    expect(verdict('github', delivery, [aSecret(SECRET, { kind: 'token' })])).to.equal('secret-missing');
    const ofNothing = aDelivery({ [HEADER]: `sha256=${hexOf(BODY, '')}` }, BODY);
    expect(verdict('github', ofNothing, [aSecret('')])).to.equal('secret-unusable');
  });
});

describe("where GitHub's package and we differ", () => {
  const byOctokit = async (body: Buffer, signature: string): Promise<boolean> =>
    octokit.verify(SECRET, body.toString('utf8'), signature);

  it('bytes that are no UTF-8, signed as sent, are accepted: the bytes are the protocol', async () => {
    const body = Buffer.from([0x7b, 0xff, 0xfe, 0x7d]);
    expect(github(signed(body), body)).to.equal('accepted');
    expect(await byOctokit(body, signed(body))).to.equal(false);
  });

  it('a signature over the text with U+FFFD in place of those bytes is refused', async () => {
    const body = Buffer.from([0x7b, 0xff, 0xfe, 0x7d]);
    const overText = signed(body.toString('utf8'));
    expect(github(overText, body)).to.equal('signature-mismatch');
    expect(await byOctokit(body, overText)).to.equal(true);
  });

  it('a byte order mark is a part of the body: signed with it accepted, put in front of it refused', () => {
    const withMark = Buffer.from(`\ufeff${BODY}`);
    expect(github(signed(withMark), withMark)).to.equal('accepted');
    expect(github(signed(BODY), withMark)).to.equal('signature-mismatch');
  });
});

describe('the secrets of a webhook', () => {
  const HOUR = 3_600_000;
  const current = aSecret('the current secret, long enough', { version: 2 });
  const previous = aSecret('the previous secret, long enough', {
    version: 1,
    state: 'previous',
    validUntil: DELIVERED_AT + 1,
  });
  const by = (secret: string) => aDelivery({ [HEADER]: `sha256=${hexOf(BODY, secret)}` }, BODY);

  it('are all tried while they are active, and the one that matched is named', () => {
    for (const secret of [current, previous])
      for (const order of [
        [current, previous],
        [previous, current],
      ])
        expect(verified('github', by(secret.value), order)).to.have.nested.property(
          'right.secretVersion',
          secret.version,
        );
  });

  it('end to the millisecond, and the log then says how long ago', () => {
    const at = (now: number) => verified('github', by(previous.value), [current, previous], { now });
    expect(at(DELIVERED_AT)).to.have.property('_tag', 'Right');
    expect(at(DELIVERED_AT + 1)).to.deep.equal({
      _tag: 'Left',
      left: { kind: 'matched-expired-secret', hours: 0, secretVersion: 1 },
    });
    expect(at(DELIVERED_AT + 1 + 2 * HOUR)).to.have.nested.property('left.hours', 2);
  });

  it('may be the same text twice: then the current one has matched', () => {
    const twin = { ...previous, value: current.value, version: 3 };
    expect(verified('github', by(current.value), [twin, current])).to.have.nested.property(
      'right.secretVersion',
      current.version,
    );
  });

  it('count as missing when all have expired and none has signed', () => {
    const ended = { ...previous, validUntil: DELIVERED_AT };
    expect(verdict('github', by('a secret of nobody here'), [ended])).to.equal('secret-missing');
  });
});
