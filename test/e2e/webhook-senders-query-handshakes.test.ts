import { expect } from 'chai';
import type { Gateway } from '../support/gateway.ts';
import type { Data } from '../support/wire.ts';
import { eventually } from '../support/until.ts';
import {
  expectAccepted,
  expectRefusals,
  hmac,
  keptOf,
  registerWebhook,
  send,
  startForSenders,
  type Registered,
} from '../support/sending-webhook.ts';

/** The example request of WhatsApp Cloud API, "Create a webhook endpoint", with the values of its table. */
const CHALLENGE = '1158201444';
const QUERY = `hub.mode=subscribe&hub.challenge=${CHALLENGE}&hub.verify_token=vibecoding`;
const handshake = {
  in: 'query',
  match_path: '/hub.verify_token',
  match_value: 'vibecoding',
  respond_path: '/hub.challenge',
};
const meta = {
  kind: 'hmac',
  signature_header: 'X-Hub-Signature-256',
  prefix: 'sha256=',
  event_type_path: 'object',
  handshake,
};
const SECRET = { secret_key: 'f00bfa11f00bfa11f00bfa11f00bfa11' };
const MESSAGE = '{"object":"whatsapp_business_account","entry":[{"id":"102290129340398","changes":[]}]}';

describe('Deliveries of Meta and other senders with a GET handshake', () => {
  let gateway: Gateway;
  before(async () => (gateway = await startForSenders()));
  after(() => gateway.stop());

  const get = (url: string, query?: string, method = 'GET') =>
    send(url, { method, headers: {}, body: '', ...(query !== undefined && { query }) });

  const refusalsOf = ({ api, id }: Registered) =>
    eventually('the refusals in their log', async () => {
      const { body } = await api.get<Data<readonly { reason: string; method: string }[]>>(
        `/webhooks/${id}/rejections`,
      );
      return body.data.length === 0 ? undefined : body.data.map((one) => [one.reason, one.method]);
    });

  it('of Meta come after the challenge in the query was answered', async () => {
    const hook = await registerWebhook(gateway, 'custom', { ...SECRET, scheme: meta });
    const answer = await get(hook.url, QUERY);
    expect([answer.status, answer.text, answer.header('content-type')]).to.deep.equal([
      200,
      CHALLENGE,
      'text/plain; charset=utf-8',
    ]);
    expect(answer.header('x-content-type-options')).to.equal('nosniff');
    const head = await get(hook.url, QUERY, 'HEAD');
    expect([head.status, head.text, head.header('content-length')]).to.deep.equal([200, '', '10']);
    expect(await keptOf(hook)).to.deep.equal([]);
    const by = (body: string, secret = hook.secret) => ({
      body,
      headers: { 'content-type': 'application/json', 'x-hub-signature-256': `sha256=${hmac(secret, body)}` },
    });
    await expectAccepted(hook, [['a message', by(MESSAGE)]]);
    // What is accepted by GET proves nothing for a POST.
    await expectRefusals(hook, [
      ['the query of the handshake', 'header-missing', { body: MESSAGE, headers: {}, query: QUERY }],
      ['another secret', 'signature-mismatch', by(MESSAGE, 'another')],
    ]);
    const kept = await keptOf(hook);
    expect(kept.map(({ state, event_type }) => [state, event_type])).to.deep.equal([
      ['accepted', 'whatsapp_business_account'],
    ]);
  });

  it('are not enabled by a wrong token, and their tenant can read why', async () => {
    const hook = await registerWebhook(gateway, 'custom', { ...SECRET, scheme: meta });
    const refused = {
      'another word': QUERY.replace('vibecoding', 'guess'),
      'the word in upper case': QUERY.replace('vibecoding', 'VIBECODING'),
      'no word': `hub.challenge=${CHALLENGE}`,
      'two words': `${QUERY}&hub.verify_token=vibecoding`,
      'no challenge': 'hub.verify_token=vibecoding',
      'an empty challenge': 'hub.verify_token=vibecoding&hub.challenge=',
      'two challenges': `${QUERY}&hub.challenge=2`,
      'a challenge of a page': `hub.verify_token=vibecoding&hub.challenge=${'x'.repeat(1_025)}`,
      'a half escape': `${QUERY}&x=%E0%A4%A`,
      nothing: '',
    };
    const answers: { [name: string]: string } = {};
    for (const [name, query] of Object.entries(refused)) {
      const { status, text } = await get(hook.url, query);
      answers[name] = `${status} ${text}`;
    }
    expect(new Set(Object.values(answers)), JSON.stringify(answers)).to.deep.equal(
      new Set(['403 {"ok":false,"error":"forbidden"}']),
    );
    expect((await refusalsOf(hook))[0]).to.deep.equal(['handshake-mismatch', 'GET']);
  });

  it('get the same refusal by GET as by POST when their webhook is closed to them', async () => {
    const fields = { ...SECRET, scheme: meta };
    const closed = await registerWebhook(gateway, 'custom', { ...fields, ip_allowlist: ['192.0.2.0/24'] });
    const disabled = await registerWebhook(gateway, 'custom', { ...fields, status: 'disabled' });
    const unknown = closed.url.replace(/whk_.*/, 'whk_0');
    const statuses = [];
    for (const url of [closed.url, disabled.url, unknown]) statuses.push((await get(url, QUERY)).status);
    expect(statuses).to.deep.equal([403, 403, 404]);
    expect(await refusalsOf(closed)).to.deep.equal([['address-refused', 'GET']]);
  });

  it('are told by the trial how their handshake would be answered', async () => {
    const { api, id } = await registerWebhook(gateway, 'custom', { ...SECRET, scheme: meta });
    const tried = async (query: string) => {
      const sample = { method: 'GET', query, headers: [], body: '' };
      const { body } = await api.post<Data<{ [field: string]: unknown }>>(`/webhooks/${id}/test`, sample);
      const { accepted, failed_check, status, reason, state } = body.data;
      return [accepted, failed_check, status, reason, state];
    };
    expect(await tried(QUERY)).to.deep.equal([true, null, null, null, 'handshake']);
    expect(await tried('hub.mode=subscribe')).to.deep.equal([
      false,
      'authenticity',
      403,
      'handshake-mismatch',
      null,
    ]);
  });

  /**
   * Trello, "Webhooks": a HEAD must be answered 200 before the webhook is created, and `X-Trello-Webhook` is the base64
   * HMAC-SHA1 of the body and the callback URL exactly as registered, which may contain a query.
   */
  it('of Trello come after its HEAD, with the token in the callback URL', async () => {
    const publicUrl = 'https://hooks.example.com/webhooks/in/{token}?board=ours';
    const hook = await registerWebhook(gateway, 'custom', {
      secret_key: 'the application secret of Trello',
      public_url: publicUrl,
      scheme: {
        kind: 'hmac',
        algorithm: 'sha1',
        encoding: 'base64',
        signature_header: 'X-Trello-Webhook',
        template: '{body}{url}',
        id_path: 'action.id',
        event_type_path: 'action.type',
        handshake: { in: 'query', match_path: 'board', match_value: 'ours', respond_path: 'board' },
      },
    });
    expect((await get(hook.url, 'board=ours', 'HEAD')).status).to.equal(200);
    expect((await get(hook.url, undefined, 'HEAD')).status).to.equal(403);
    const body = '{"action":{"id":"51f9424bcd6e040f3c002412","type":"updateCard"},"model":{}}';
    const by = (signed: string) => ({
      body,
      query: 'board=ours',
      headers: { 'x-trello-webhook': hmac(hook.secret, signed, 'base64', 'sha1') },
    });
    const calledUrl = publicUrl.replace('{token}', hook.webhook_token);
    await expectAccepted(hook, [['a card', by(`${body}${calledUrl}`)]]);
    await expectRefusals(hook, [
      [
        'the URL without its query',
        'signature-mismatch',
        by(`${body}${calledUrl.replace('?board=ours', '')}`),
      ],
      ['the body alone', 'signature-mismatch', by(body)],
    ]);
    expect(
      (await keptOf(hook)).map(({ event_type, external_id }) => [event_type, external_id]),
    ).to.deep.equal([['updateCard', '51f9424bcd6e040f3c002412']]);
  });

  it('are answered by GET only where the webhook says so', async () => {
    const { in: _, ...inBody } = handshake;
    const hook = await registerWebhook(gateway, 'custom', {
      ...SECRET,
      scheme: { ...meta, handshake: { ...inBody, match_path: 'a', respond_path: 'b' } },
    });
    const answer = await get(hook.url, 'a=vibecoding&b=1');
    expect([answer.status, answer.header('allow')]).to.deep.equal([405, 'POST']);
  });
});
