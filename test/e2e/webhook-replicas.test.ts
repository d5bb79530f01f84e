import { expect } from 'chai';
import { randomUUID } from 'node:crypto';
import { TAP } from '../support/event-tap.ts';
import { patientClient } from '../support/patient-client.ts';
import { startReplicas, type Replicas } from '../support/replicas.ts';
import { sendPastLoss } from '../support/send-past-loss.ts';
import { send, type Registered } from '../support/sending-webhook.ts';
import type { ServiceProcess } from '../support/service-process.ts';
import { github, standard, telegram, type Sender } from '../support/signing-senders.ts';
import type { Data } from '../support/wire.ts';

type Shown = {
  readonly id: string;
  readonly webhook_url: string;
  readonly webhook_token: string;
  readonly secret_key: string;
};

const ROUNDS = 8;
const AT_ONCE = 6;

describe('Webhooks of several replicas', () => {
  let replicas: Replicas;
  before(async () => {
    replicas = await startReplicas(2, {
      TRUSTED_PROXIES: '127.0.0.0/8',
      RATE_LIMIT_WEBHOOKS_PER_MINUTE: '0',
    });
  });
  after(() => replicas.stop());

  /** The replica to which deliveries are sent. */
  const other = (): ServiceProcess => {
    const [, second] = replicas.processes;
    if (second === undefined) throw new Error('no second replica');
    return second;
  };
  /** The same webhook's address at that replica. */
  const elsewhere = ({ webhook_token }: { readonly webhook_token: string }): string =>
    `${other().url}/webhooks/in/${webhook_token}`;
  const register = async (source: string, fields: object = {}): Promise<Registered> => {
    const [api] = (await replicas.clients('fleet')).map(patientClient);
    if (api === undefined) throw new Error('no replica');
    const body = { webhook_name: randomUUID(), source_service: source, ...fields };
    const { data } = (await api.post<Data<Shown>>('/webhooks', body)).body;
    return { ...data, api, url: elsewhere(data), secret: data.secret_key };
  };
  const changed = async (hook: Registered, what: 'secrets' | 'token'): Promise<Registered> => {
    const answer = await hook.api.post<Data<Shown>>(`/webhooks/${hook.id}/${what}`, {});
    expect(answer.status, answer.text).to.equal(201);
    const { data } = answer.body;
    return what === 'token'
      ? { ...hook, webhook_token: data.webhook_token, url: elsewhere(data) }
      : { ...hook, secret: data.secret_key };
  };
  let made = 0;
  const statusOf = async (sender: Sender, hook: Registered): Promise<number> => {
    const id = String((made += 1));
    const more = sender === standard ? { 'webhook-id': id } : {};
    return (await sendPastLoss(other(), hook.url, sender(hook, `{"update_id":${id}}`, more))).status;
  };
  const several = (sender: Sender, hook: Registered): Promise<readonly number[]> =>
    Promise.all(Array.from({ length: AT_ONCE }, () => statusOf(sender, hook)));

  it('refuse nothing at one that another has just allowed', async () => {
    for (const [refusing, allowing, status] of [
      [{ status: 'disabled' }, { status: 'active' }, 403],
      [{ status: 'archived' }, { status: 'active' }, 410],
      [{ ip_allowlist: ['192.0.2.1'] }, { ip_mode: 'off' }, 403],
      [{ max_body_bytes: 1 }, { max_body_bytes: null }, 413],
    ] as const) {
      const hook = await register('github', refusing);
      expect(await statusOf(github, hook)).to.equal(status);
      const asked = { body: allowing, headers: { 'if-match': '*' } };
      expect((await hook.api.ask('PATCH', `/webhooks/${hook.id}`, asked)).status).to.equal(200);
      expect(await several(github, hook)).to.deep.equal(Array(AT_ONCE).fill(200));
    }
  });

  for (const [source, sender, forged] of [
    ['github', github, 'a secret of nobody'],
    ['telegram', telegram, 'a-secret-of-nobody'],
    ['standard_webhooks', standard, `whsec_${Buffer.alloc(32, 3).toString('base64')}`],
  ] as const)
    it(`accept ${source} at one with the secret and address just issued by another, and with the previous ones`, async () => {
      let hook = await register(source);
      expect(await statusOf(sender, hook)).to.equal(200);
      const seen = { true: new Set<number>(), forged: new Set<number>() };
      for (let round = 0; round < ROUNDS; round += 1) {
        const before = hook;
        hook = await changed(hook, round % 4 === 3 ? 'token' : 'secrets');
        // Forgeries cause the webhook to be read anew all the time; a genuine delivery must not suffer from it.
        const [fresh, old, false_] = await Promise.all([
          several(sender, hook),
          several(sender, before),
          several(sender, { ...hook, secret: forged }),
        ]);
        for (const status of [...fresh, ...old]) seen.true.add(status);
        for (const status of false_) seen.forged.add(status);
      }
      expect([...seen.true, ...seen.forged]).to.deep.equal([200, 401]);
    });

  it('keep one of several equal deliveries that arrive at all of them at the same time', async () => {
    await replicas.sql(TAP);
    const hook = await register('telegram');
    const urls = replicas.processes.map(({ url }) => `${url}/webhooks/in/${hook.webhook_token}`);
    const updates = Array.from({ length: 10 }, (_, n) => `{"update_id":${n},"message":{"n":${n}}}`);
    const take = async (url: string, body: string) => (await send(url, telegram(hook, body))).status;
    const statuses = await Promise.all(
      Array.from({ length: 20 }).flatMap((_, n) => updates.map((body) => take(urls[n % 2] ?? '', body))),
    );
    expect(new Set(statuses)).to.deep.equal(new Set([200]));
    const [published] = await replicas.sql<{ all: number; different: number }>(
      `select count(*)::int as all, count(distinct substring(messages from '"external_id":"([0-9]+)"'))::int as different
       from tapped_events where position($1 in messages) > 0`,
      [hook.id],
    );
    expect(published).to.deep.equal({ all: 10, different: 10 });
    const claims = await replicas.sql<{ hits: number }>(
      'select hits from webhook_dedupe where webhook_id = $1',
      [hook.id],
    );
    expect(claims).to.have.length(10);
    for (const { hits } of claims) expect(hits).to.be.at.least(20);
  });
});
