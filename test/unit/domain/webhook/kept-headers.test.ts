import { expect } from 'chai';
import type { SignatureScheme } from '../../../../src/domain/webhook/scheme/signature-scheme.ts';
import { keptHeaders } from '../../../../src/domain/webhook/delivery/kept-headers.ts';
import type { HeaderPairs } from '../../../support/a-delivery.ts';
import { aScheme } from '../../../support/a-scheme.ts';

const kept = (rawHeaders: HeaderPairs, scheme?: SignatureScheme) => keptHeaders({ rawHeaders }, scheme);
const hmac = { kind: 'hmac', signature_header: 'X-Sig' };

describe('the headers that are kept of a delivery', () => {
  it('are those that describe the delivery, in any case, without credentials, cookies or unknown ones', () => {
    const sent: HeaderPairs = [
      ['Content-Type', 'application/json'],
      ['X-GITHUB-EVENT', 'push'],
      ['x-github-delivery', 'guid-1'],
      ['X-Hub-Signature-256', 'sha256=PLANTED'],
      ['X-Gitlab-Token', 'PLANTED'],
      ['Authorization', 'Bearer PLANTED'],
      ['Cookie', 'session=PLANTED'],
      ['X-Forwarded-For', '203.0.113.7'],
    ];
    expect(kept(sent)).to.deep.equal({
      'content-type': 'application/json',
      'x-github-event': 'push',
      'x-github-delivery': 'guid-1',
    });
  });

  it('contain no credential that was put where none belongs', () => {
    const sent: HeaderPairs = [
      ['User-Agent', 'poster/1 (https://u:PLANTED@example.com/?token=PLANTED)'],
      ['X-GitHub-Delivery', 'Bearer PLANTED-0123456789'],
      ['Content-Type', 'text/plain; charset=utf-8; key=PLANTED'],
    ];
    expect(kept(sent)).to.deep.equal({
      'content-type': 'text/plain; charset=utf-8; key=[redacted]',
      'user-agent': 'poster/1 (https://[redacted]@example.com/?token=[redacted]',
      'x-github-delivery': '[redacted]',
    });
  });

  it('are cut at 512 characters, and left out when they are empty', () => {
    expect(kept([['User-Agent', 'x'.repeat(513)]])).to.deep.equal({ 'user-agent': 'x'.repeat(512) });
    expect(kept([['User-Agent', '']])).to.deep.equal({});
  });

  it('are decoded as UTF-8, as senders write them, and kept unchanged when they are not UTF-8', () => {
    const latin1 = (text: string) => Buffer.from(text).toString('latin1');
    expect(
      kept([
        ['X-Gitlab-Event', latin1('Событие 🚀')],
        ['X-Gitlab-Instance', 'Caf\u00e9'],
        ['User-Agent', latin1(`${'x'.repeat(511)}🚀`)],
      ]),
    ).to.deep.equal({
      'x-gitlab-event': 'Событие 🚀',
      'x-gitlab-instance': 'Café',
      'user-agent': `${'x'.repeat(511)}\ufffd`,
    });
  });

  it('contain no part of a credential that lies across the point where they are truncated', () => {
    for (const credential of ['redis://user:PLANTED-PLANTED@cache', 'Basic UExBTlRFRC1QTEFOVEVE'])
      for (let room = 0; room < credential.length; room += 1) {
        const agent = `${'x'.repeat(511 - room)} ${credential}`;
        const text = kept([['User-Agent', agent]])['user-agent'];
        expect(text, agent).to.not.match(/PLA|UEx/);
      }
  });

  it('omit one that was sent twice: it is unclear which one was meant', () => {
    const twice: HeaderPairs = [
      ['Webhook-Id', 'one'],
      ['webhook-id', 'another'],
    ];
    expect(kept(twice)).to.deep.equal({});
    expect(kept([...twice, ['Webhook-Id', 'a third']])).to.deep.equal({});
  });

  it('are also those that a custom scheme reads the id and the type from', () => {
    const scheme = aScheme({ ...hmac, id_header: 'X-Event-Id', event_type_header: 'X-Event-Type' });
    const sent: HeaderPairs = [
      ['X-Event-Id', 'e-1'],
      ['X-Event-Type', 'paid'],
      ['X-Sig', 'PLANTED'],
    ];
    expect(kept(sent, scheme)).to.deep.equal({ 'x-event-id': 'e-1', 'x-event-type': 'paid' });
    expect(kept(sent)).to.deep.equal({});
  });

  // Rules refuse such schemes; one that was stored before the rules is not followed either.
  const signed = aScheme(hmac);
  const tokened = aScheme({ kind: 'token', token_header: 'X-Token' });
  for (const [words, scheme, idHeader] of [
    ['its signature', signed, 'x-sig'],
    ['its public-key signature', aScheme({ kind: 'ed25519', signature_header: 'X-Sig' }), 'x-sig'],
    ['its token', tokened, 'x-token'],
    ['credentials', signed, 'authorization'],
    ['cookies', tokened, 'cookie'],
  ] as const)
    it(`are not the header that holds ${words}, also where a scheme names it as the id`, () => {
      const sent: HeaderPairs = [[idHeader, 'PLANTED']];
      expect(kept(sent, { ...scheme, idHeader })).to.deep.equal({});
      expect(kept(sent, { ...scheme, eventTypeHeader: idHeader })).to.deep.equal({});
    });

  it('are of another scheme what would be a proof in this one', () => {
    expect(kept([['X-Sig', 'no proof']], { ...tokened, idHeader: 'x-sig' })).to.deep.equal({
      'x-sig': 'no proof',
    });
    expect(kept([['X-Token', 'no proof']], { ...signed, idHeader: 'x-token' })).to.deep.equal({
      'x-token': 'no proof',
    });
  });
});
