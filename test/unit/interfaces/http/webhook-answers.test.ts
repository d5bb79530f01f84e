import { expect } from 'chai';
import type { DeliveryRefusal } from '../../../../src/application/webhooks/delivery-refusal.ts';
import type { SourceService } from '../../../../src/domain/webhook/scheme/signature-scheme.ts';
import { acceptedReply, refusedReply } from '../../../../src/interfaces/http/webhooks/webhook-answers.ts';
import type { WholeReply } from '../../../../src/interfaces/wire/reply.ts';
import { anId } from '../../../support/an-external-service.ts';
import { aRefusal, refusalKinds } from '../../../support/refusal-kinds.ts';

const header = ({ headers }: WholeReply, name: string): string | undefined => {
  const at = headers.findIndex((text, index) => index % 2 === 0 && text === name);
  return at < 0 ? undefined : headers[at + 1];
};
const refused = (kind: DeliveryRefusal['kind'], source?: SourceService, random = 0): WholeReply =>
  refusedReply({ refusal: aRefusal(kind), source }, () => random);
const accepted = (change: Partial<Parameters<typeof acceptedReply>[0]> = {}): WholeReply =>
  acceptedReply({
    deliveryId: anId(1),
    source: 'github',
    outcome: 'accepted',
    handshake: undefined,
    response: undefined,
    ...change,
  });

describe('answers to senders of webhooks', () => {
  it('say when to come again wherever that helps', () => {
    for (const kind of refusalKinds) {
      const reply = refused(kind, 'github');
      const waits = reply.status === 429 || reply.status === 503;
      expect(header(reply, 'Retry-After') !== undefined, kind).to.equal(waits);
    }
    expect(header(refused('over-limit'), 'Retry-After')).to.equal('2');
    const far = refusedReply({ refusal: aRefusal('over-limit', 3_600_000), source: 'github' }, () => 0.999);
    expect(header(far, 'Retry-After')).to.equal('60');
  });

  it('tell of a rate that is used up what there is to tell, and nothing where it is something else', () => {
    for (const kind of ['over-limit', 'spool-full'] as const) {
      const all = refused(kind, 'github').headers.join(' ');
      expect(all).to.contain('RateLimit "tenant-webhook-minute";r=0;t=2');
      expect(all).to.contain('RateLimit-Policy "tenant-webhook-minute";q=200;w=60');
      expect(all).to.contain('RateLimit-Limit 200 RateLimit-Remaining 0 RateLimit-Reset 2');
    }
    const others = refusalKinds.filter((kind) => kind !== 'over-limit' && kind !== 'spool-full');
    for (const kind of others) expect(refused(kind, 'github').headers.join()).to.not.contain('RateLimit');
  });

  it('spread over 5 to 30 seconds those whom a lost database sends away', () => {
    expect(header(refused('storage-unavailable', 'github', 0), 'Retry-After')).to.equal('5');
    expect(header(refused('storage-unavailable', 'github', 0.999_999), 'Retry-After')).to.equal('30');
  });

  it('never give GitLab a 4xx for what passes, which would switch its hook off', () => {
    for (const kind of ['over-limit', 'spool-full', 'flooding'] as const) {
      expect(refused(kind, 'gitlab').status).to.equal(503);
      expect(refused(kind, 'gitlab_signing').status).to.equal(503);
      expect(refused(kind, 'github').status).to.equal(429);
    }
  });

  it('tell Slack not to repeat what will not change', () => {
    for (const kind of refusalKinds) {
      const reply = refused(kind, 'slack');
      const isPermanent = reply.status < 500 && ![400, 408, 429].includes(reply.status);
      expect(header(reply, 'X-Slack-No-Retry'), kind).to.equal(isPermanent ? '1' : undefined);
      expect(header(refused(kind, 'github'), 'X-Slack-No-Retry')).to.equal(undefined);
    }
  });

  it('challenge a caller without a valid proof, as RFC 9110 requires of every 401, always with the same text', () => {
    const sources = [undefined, 'github', 'custom', 'twilio', 'slack'] as const;
    for (const kind of refusalKinds)
      for (const source of sources) {
        const reply = refused(kind, source);
        const challenge = reply.status === 401 ? 'Webhook realm="integration-service"' : undefined;
        expect(header(reply, 'WWW-Authenticate'), `${kind} ${source}`).to.equal(challenge);
      }
  });

  it('are empty for Telegram and Twilio, to whom a body would be a command', () => {
    const response = { status: 201, contentType: 'application/json', body: '{"method":"sendMessage"}' };
    for (const source of ['telegram', 'twilio'] as const) {
      expect(accepted({ source }).body).to.equal('');
      expect(accepted({ source, response })).to.include({ status: 201, body: '' });
    }
  });

  it('have the media type that Twilio expects of every answer, and none for Telegram', () => {
    expect(header(accepted({ source: 'twilio' }), 'Content-Type')).to.equal('text/xml');
    expect(header(accepted({ source: 'telegram' }), 'Content-Type')).to.equal(undefined);
    const response = { status: 204, contentType: undefined, body: undefined };
    expect(accepted({ source: 'twilio', response }).headers).to.not.include('Content-Type');
  });

  it('are to Twilio what its owner has written for it in XML, as incoming calls and messages want it', () => {
    for (const contentType of ['text/xml', 'application/xml; charset=utf-8']) {
      const response = { status: undefined, contentType, body: '<Response/>' };
      const reply = accepted({ source: 'twilio', response });
      expect(reply).to.include({ status: 200, body: '<Response/>' });
      expect(header(reply, 'Content-Type')).to.equal(contentType);
      expect(accepted({ source: 'telegram', response }).body).to.equal('');
    }
    for (const contentType of [undefined, 'text/plain', 'application/xmlx'])
      expect(accepted({ source: 'twilio', response: { status: 200, contentType, body: 'x' } }).body).to.equal(
        '',
      );
  });

  it('are those of the webhook where it has its own, for a repeat as for the first', () => {
    const response = { status: 202, contentType: undefined, body: 'thanks' };
    for (const outcome of ['accepted', 'repeated', 'held', 'filtered', 'spooled'] as const) {
      const reply = accepted({ source: 'custom', outcome, response });
      expect([reply.status, header(reply, 'Content-Type'), reply.body]).to.deep.equal([
        202,
        'text/plain; charset=utf-8',
        'thanks',
      ]);
      expect(accepted({ outcome })).to.include({ status: 200, body: '{"ok":true}' });
    }
  });

  it('are never rendered as pages of this origin, whatever a tenant has configured', () => {
    const response = { status: 200, contentType: 'text/html', body: '<script>alert(origin)</script>' };
    const reply = accepted({ source: 'custom', response });
    expect(header(reply, 'Content-Security-Policy')).to.equal("default-src 'none'; sandbox");
    const echo = { status: 200, contentType: 'text/plain; charset=utf-8', body: '<b>challenge</b>' } as const;
    const handshake = accepted({ source: 'slack', outcome: 'handshake', handshake: echo });
    expect(header(handshake, 'Content-Security-Policy')).to.equal("default-src 'none'; sandbox");
  });

  it('have no content, nor a type of it, where the status forbids it', () => {
    for (const status of [204, 205]) {
      const { body, headers } = accepted({
        source: 'custom',
        response: { status, contentType: undefined, body: undefined },
      });
      expect({ status, body }).to.deep.equal({ status, body: undefined });
      expect(headers).to.not.include('Content-Type');
    }
  });

  it('give a handshake what it asks for', () => {
    const handshake = { status: 204, contentType: undefined, body: '' } as const;
    expect(accepted({ source: 'discord', outcome: 'handshake', handshake })).to.include({
      status: 204,
      body: undefined,
    });
  });
});
