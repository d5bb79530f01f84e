import { expect } from 'chai';
import { generateKeyPairSync, sign } from 'node:crypto';
import type { Gateway } from '../support/gateway.ts';
import { keptOf, registerWebhook, send, startForSenders, type Reply } from '../support/sending-webhook.ts';
import { slack } from '../support/signing-senders.ts';

const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
const SECRET = '8f742231b10e8888abcd99yyyzzz85a5';
const said = ({ status, text }: Reply): string => `${status} ${text}`;

describe('Answers to accepted deliveries', () => {
  let gateway: Gateway;
  before(async () => (gateway = await startForSenders()));
  after(() => gateway.stop());

  it('are empty where Slack shows a body to its user: for modals and commands', async () => {
    const hook = await registerWebhook(gateway, 'slack', { secret_key: SECRET });
    const sent = async (body: string, more = {}): Promise<string> =>
      said(await send(hook.url, slack(hook, body, more)));
    const view = `payload=${encodeURIComponent('{"type":"view_submission","view":{"id":"V1"}}')}`;
    expect(await sent(view, FORM)).to.equal('200 ');
    expect(await sent(view, FORM), 'a repeat').to.equal('200 ');
    expect(await sent('command=%2Fweather&text=94070&trigger_id=1.2', FORM)).to.equal('200 ');
    const event = '{"type":"event_callback","event_id":"Ev1","event":{"type":"message"}}';
    expect(await sent(event)).to.equal('200 {"ok":true}');
    expect((await keptOf(hook)).map(({ event_type }) => event_type)).to.deep.equal([
      'message',
      'slash_command',
      'view_submission',
    ]);
  });

  it('are 204 for an event of Discord, which repeats it after any other status', async () => {
    const { publicKey, privateKey } = generateKeyPairSync('ed25519');
    const key = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32).toString('hex');
    const registered = (more: object) => registerWebhook(gateway, 'discord', { public_key: key, ...more });
    const event = '{"version":1,"application_id":"2","type":1,"event":{"type":"APPLICATION_AUTHORIZED"}}';
    const sent = async (url: string, body: string): Promise<string> => {
      const t = String(Math.floor(Date.now() / 1000));
      const signature = sign(null, Buffer.from(t + body), privateKey).toString('hex');
      const headers = { 'x-signature-ed25519': signature, 'x-signature-timestamp': t };
      return said(await send(url, { headers, body }));
    };
    const hook = await registered({});
    expect(await sent(hook.url, event)).to.equal('204 ');
    expect(await sent(hook.url, event), 'a repeat').to.equal('204 ');
    expect(await sent(hook.url, '{"id":"9","type":2,"data":{}}')).to.equal('200 {"ok":true}');
    expect((await keptOf(hook)).map(({ state, event_type }) => `${state} ${event_type}`)).to.deep.equal([
      'accepted application_command',
      'accepted APPLICATION_AUTHORIZED',
    ]);
    const own = await registered({
      response: { status: 200, content_type: 'application/json', body: '{"type":5}' },
    });
    expect(await sent(own.url, '{"id":"9","type":2,"data":{}}')).to.equal('200 {"type":5}');
  });
});
