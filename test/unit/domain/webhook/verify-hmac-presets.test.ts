import { createHmac } from 'node:crypto';
import { createRequire } from 'node:module';
import { expect } from 'chai';
import { aDelivery, aSecret, DELIVERED_AT, DELIVERED_SECOND } from '../../../support/a-delivery.ts';
import { verdict, verified } from '../../../support/authenticity.ts';

const SECRET = '8f742231b10e8888abcd99yyyzzz85a5';
const BODY = 'token=x&team_id=T1&text=%C3%9Cn%C3%AF';
const now = DELIVERED_SECOND;
const hmac = (
  text: string | Uint8Array,
  encoding: 'hex' | 'base64',
  secret = SECRET,
  algorithm = 'sha256',
): string => createHmac(algorithm, secret).update(text).digest(encoding);

type VerifySlack = (options: {
  readonly signingSecret: string;
  readonly body: string;
  readonly headers: Record<string, unknown>;
  readonly nowMilliseconds: number;
}) => void;
// The package does not export this function, and its main file starts a server framework.
const require = createRequire(import.meta.url);
const bolt = require('@slack/bolt/dist/receivers/verify-request.js') as {
  readonly verifySlackRequest: VerifySlack;
};

const slackV0 = (t: number | string, body: string | Uint8Array = BODY, secret = SECRET): string =>
  `v0=${createHmac('sha256', secret).update(`v0:${t}:`).update(body).digest('hex')}`;
const slackHeaders = (t: number | string, signature: string): Record<string, string> => ({
  'X-Slack-Request-Timestamp': String(t),
  'X-Slack-Signature': signature,
});

describe('a delivery of Slack', () => {
  const judged = (t: number | string, signature: string, body: string | Uint8Array = BODY): string =>
    verdict('slack', aDelivery(slackHeaders(t, signature), body), [aSecret(SECRET)]);
  const byBolt = (t: number, signature: string): string => {
    const headers = { 'x-slack-request-timestamp': t, 'x-slack-signature': signature };
    try {
      bolt.verifySlackRequest({ signingSecret: SECRET, body: BODY, headers, nowMilliseconds: DELIVERED_AT });
      return 'accepted';
    } catch {
      return 'refused';
    }
  };

  it("is accepted where Slack's own framework accepts it, and says when it was signed", () => {
    expect(byBolt(now, slackV0(now))).to.equal('accepted');
    const delivery = aDelivery(slackHeaders(now, slackV0(now)), BODY);
    expect(verified('slack', delivery, [aSecret(SECRET)])).to.have.deep.property('right', {
      method: 'hmac-sha256',
      level: 'signed',
      secretVersion: 1,
      signedTimestamp: now * 1000,
    });
  });

  it("is accepted with the vector of Slack's documentation", () => {
    const body =
      'token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c';
    const signature = 'v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503';
    const delivery = aDelivery(slackHeaders(1_531_420_618, signature), body);
    expect(verdict('slack', delivery, [aSecret(SECRET)], { now: 1_531_420_618_000 })).to.equal('accepted');
  });

  it('is accepted up to five minutes to either side, and no further', () => {
    for (const [shift, expected] of [
      [-300, 'accepted'],
      [300, 'accepted'],
      [-301, 'timestamp-too-old'],
      [301, 'timestamp-in-future'],
      [31_536_000, 'timestamp-in-future'],
    ] as const)
      expect(judged(now + shift, slackV0(now + shift)), String(shift)).to.equal(expected);
  });

  it("where Slack's framework does not bound the future, we do", () => {
    expect(byBolt(now + 31_536_000, slackV0(now + 31_536_000))).to.equal('accepted');
    expect(judged(now + 31_536_000, slackV0(now + 31_536_000))).to.equal('timestamp-in-future');
  });

  const good = slackV0(now);
  const refused: readonly (readonly [string, number | string, string, string])[] = [
    ['another secret', now, slackV0(now, BODY, 'another secret of theirs'), 'signature-mismatch'],
    ['another body', now, slackV0(now, `${BODY}&a=1`), 'signature-mismatch'],
    ['another time', now - 1, good, 'signature-mismatch'],
    ['version v1', now, good.replace('v0', 'v1'), 'no-supported-signature'],
    ['no version', now, good.slice(3), 'no-supported-signature'],
    ['upper case', now, `v0=${good.slice(3).toUpperCase()}`, 'malformed-signature'],
    ['garbage behind it', now, `${good}zz`, 'malformed-signature'],
    ['a second part', now, `${good}=x`, 'malformed-signature'],
    ['a cut digest', now, good.slice(0, -2), 'malformed-signature'],
    ['a time with letters', `${now}abc`, slackV0(`${now}abc`), 'timestamp-malformed'],
    ['a time in milliseconds', now * 1000, slackV0(now * 1000), 'timestamp-malformed'],
  ];
  for (const [name, t, signature, reason] of refused)
    it(`is refused with ${name}`, () => expect(judged(t, signature)).to.equal(reason));

  it('is refused without its time, and with two of them', () => {
    const by = (headers: Parameters<typeof aDelivery>[0]): string =>
      verdict('slack', aDelivery(headers, BODY), [aSecret(SECRET)]);
    expect(by({ 'X-Slack-Signature': good })).to.equal('timestamp-missing');
    expect(by({ 'X-Slack-Request-Timestamp': String(now) })).to.equal('header-missing');
    expect(
      by([...Object.entries(slackHeaders(now, good)), ['x-slack-request-timestamp', String(now)]]),
    ).to.equal('header-repeated');
  });

  it('is signed over bytes, whatever they are', () => {
    const bytes = Buffer.from([0xff, 0x00, 0xfe]);
    expect(judged(now, slackV0(now, bytes), bytes)).to.equal('accepted');
    expect(judged(now, slackV0(now, bytes.toString('utf8')), bytes)).to.equal('signature-mismatch');
  });
});

describe('a delivery of Shopify', () => {
  const judged = (signature: string, body = BODY): string =>
    verdict('shopify', aDelivery({ 'X-Shopify-Hmac-SHA256': signature }, body), [aSecret(SECRET)]);
  const good = hmac(BODY, 'base64');

  it('is accepted with the digest of its body in base64', () => expect(judged(good)).to.equal('accepted'));

  const refused: readonly (readonly [string, string, string])[] = [
    ['another secret', hmac(BODY, 'base64', 'another secret of theirs'), 'signature-mismatch'],
    ['another body', hmac(`${BODY} `, 'base64'), 'signature-mismatch'],
    ['hex', hmac(BODY, 'hex'), 'malformed-signature'],
    ['no padding', good.replace('=', ''), 'malformed-signature'],
    ['double padding', `${good}=`, 'malformed-signature'],
    ['a blank inside', `${good.slice(0, 10)} ${good.slice(10)}`, 'malformed-signature'],
    ['SHA-1', hmac(BODY, 'base64', SECRET, 'sha1'), 'malformed-signature'],
    ['two joined', `${good}, ${good}`, 'malformed-signature'],
    ['a megabyte of it', good.repeat(20_000), 'malformed-signature'],
  ];
  for (const [name, signature, reason] of refused)
    it(`is refused with ${name}`, () => expect(judged(signature)).to.equal(reason));
});

describe('a delivery of Bitbucket', () => {
  const judged = (signature: string): string =>
    verdict('bitbucket', aDelivery({ 'X-Hub-Signature': signature }, BODY), [aSecret(SECRET)]);

  it('is accepted with SHA-256 under the name that GitHub has for SHA-1', () => {
    expect(judged(`sha256=${hmac(BODY, 'hex')}`)).to.equal('accepted');
  });

  it('is refused with SHA-1, and with the header of GitHub', () => {
    expect(judged(`sha1=${hmac(BODY, 'hex', SECRET, 'sha1')}`)).to.equal('no-supported-signature');
    const asGithub = aDelivery({ 'X-Hub-Signature-256': `sha256=${hmac(BODY, 'hex')}` }, BODY);
    expect(verdict('bitbucket', asGithub, [aSecret(SECRET)])).to.equal('header-missing');
  });
});
