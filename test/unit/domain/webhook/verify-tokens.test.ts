import { expect } from 'chai';
import type { Update } from '@grammyjs/types';
import type { SignatureScheme } from '../../../../src/domain/webhook/scheme/signature-scheme.ts';
import { aDelivery, aSecret, type HeaderPairs } from '../../../support/a-delivery.ts';
import { aScheme } from '../../../support/a-scheme.ts';
import { verdict, verified } from '../../../support/authenticity.ts';

const TOKEN = 'Telegram_token-0123456789';
const secrets = [aSecret(TOKEN, { kind: 'token', version: 4 })];
const update: Update = {
  update_id: 10_000,
  message: {
    message_id: 1,
    date: 1_795_694_400,
    chat: { id: 5, type: 'private', first_name: 'Ünï' },
    from: { id: 5, is_bot: false, first_name: 'Ünï' },
    text: '/start 🚀',
  },
};
const BODY = JSON.stringify(update);

for (const [source, header] of [
  ['telegram', 'X-Telegram-Bot-Api-Secret-Token'],
  ['gitlab', 'X-Gitlab-Token'],
] as const)
  describe(`a delivery of ${source}`, () => {
    const judged = (value: string): string => verdict(source, aDelivery({ [header]: value }, BODY), secrets);

    it('is accepted with its token, which proves less than a signature', () => {
      expect(verified(source, aDelivery({ [header.toLowerCase()]: TOKEN }, BODY), secrets)).to.deep.equal({
        _tag: 'Right',
        right: { method: 'token', level: 'token', secretVersion: 4 },
      });
    });

    const wrong: readonly string[] = [
      `${TOKEN}x`,
      TOKEN.slice(0, -1),
      TOKEN.toLowerCase(),
      `${TOKEN} `,
      `${TOKEN}, ${TOKEN}`,
      `${TOKEN}\0`,
      Buffer.from(TOKEN).toString('base64'),
      'x',
    ];
    for (const value of wrong)
      it(`is refused with ${JSON.stringify(value)}`, () => expect(judged(value)).to.equal('token-mismatch'));

    it('is refused without a token, with an empty one, and with two', () => {
      const twice: HeaderPairs = [
        [header, TOKEN],
        [header.toUpperCase(), TOKEN],
      ];
      expect(verdict(source, aDelivery({}, BODY), secrets)).to.equal('header-missing');
      expect(judged('')).to.equal('header-missing');
      expect(verdict(source, aDelivery(twice, BODY), secrets)).to.equal('header-repeated');
    });

    it('is refused while no token is set, even an empty one that matches nothing', () => {
      const delivery = aDelivery({ [header]: TOKEN }, BODY);
      expect(verdict(source, delivery, [])).to.equal('secret-missing');
      expect(verdict(source, delivery, [aSecret('', { kind: 'token' })])).to.equal('secret-unusable');
      expect(verdict(source, delivery, [aSecret(TOKEN, { kind: 'hmac' })])).to.equal('secret-missing');
    });
  });

describe('the empty body', () => {
  it('is refused from Telegram, which never sends one', () => {
    const delivery = aDelivery({ 'X-Telegram-Bot-Api-Secret-Token': TOKEN }, '');
    expect(verdict('telegram', delivery, secrets)).to.equal('empty-body');
  });
});

describe('a custom sender with a shared secret', () => {
  const by = (scheme: SignatureScheme, value: string, secret = TOKEN): string =>
    verdict('custom', aDelivery({ Authorization: value }, BODY), [aSecret(secret, { kind: 'token' })], {
      scheme,
    });

  it('may put it behind a prefix', () => {
    const scheme = aScheme({ kind: 'token', token_header: 'Authorization', prefix: 'Token ' });
    expect(by(scheme, `Token ${TOKEN}`)).to.equal('accepted');
    expect(by(scheme, TOKEN)).to.equal('malformed-token');
    expect(by(scheme, `token ${TOKEN}`)).to.equal('malformed-token');
    expect(by(scheme, `Token  ${TOKEN}`)).to.equal('token-mismatch');
    expect(by(scheme, 'Token ')).to.equal('malformed-token');
  });

  it('may be a bearer, in any case of the word', () => {
    const scheme = aScheme({ kind: 'bearer' });
    for (const word of ['Bearer', 'bearer', 'BEARER'])
      expect(by(scheme, `${word} ${TOKEN}`)).to.equal('accepted');
    expect(by(scheme, `Bearer ${TOKEN}x`)).to.equal('token-mismatch');
    for (const value of [TOKEN, 'Bearer', `Basic ${TOKEN}`])
      expect(by(scheme, value)).to.equal('malformed-token');
  });

  it('may have a name and a password, written in base64 as it must be', () => {
    const scheme = aScheme({ kind: 'basic' });
    const secret = 'sender:pässword: of them';
    const encoded = Buffer.from(secret).toString('base64');
    expect(by(scheme, `Basic ${encoded}`, secret)).to.equal('accepted');
    expect(by(scheme, `basic ${encoded}`, secret)).to.equal('accepted');
    expect(by(scheme, `Basic ${Buffer.from('sender:other').toString('base64')}`, secret)).to.equal(
      'token-mismatch',
    );
    for (const value of [
      `Basic ${encoded}!`,
      `Basic ${encoded.replace(/=+$/, '')}`,
      `Basic ${secret}`,
      'Basic ',
    ])
      expect(by(scheme, value, secret), value).to.equal('malformed-token');
  });

  it('may write it in more than ASCII: bytes are compared', () => {
    const secret = 'ein Schlüssel mit Umlaut';
    const scheme = aScheme({ kind: 'token', token_header: 'Authorization' });
    expect(by(scheme, Buffer.from(secret, 'utf8').toString('latin1'), secret)).to.equal('accepted');
    expect(by(scheme, secret, secret)).to.equal('token-mismatch');
  });
});

describe('a custom sender without any proof', () => {
  const scheme = aScheme({ kind: 'none' });
  const delivery = aDelivery({}, BODY);

  it('is taken as such, and said to be so on each delivery', () => {
    expect(verified('custom', delivery, [], { scheme })).to.deep.equal({
      _tag: 'Right',
      right: { method: 'none', level: 'none', secretVersion: undefined },
    });
  });

  it('has its empty body refused when the scheme says so', () => {
    const strict = aScheme({ kind: 'none', reject_empty_body: true });
    expect(verdict('custom', aDelivery({}, ''), [], { scheme: strict })).to.equal('empty-body');
    expect(verdict('custom', aDelivery({}, ''), [], { scheme })).to.equal('accepted');
  });
});
