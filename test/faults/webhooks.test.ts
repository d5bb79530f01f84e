import { expect } from 'chai';
import { whenAvailable } from '../support/gateway.ts';
import { shortestOf } from '../support/shortest-of.ts';
import { eventually } from '../support/until.ts';
import { OUTAGE_TENANT, startOutageRig, type OutageRig } from '../support/outage-rig.ts';
import type { Data } from '../support/wire.ts';
import { githubHeaders, plantWebhook, type PlantedWebhook } from '../support/planted-webhook.ts';

/** The promise is one second; here, senders, service and PostgreSQL share the cores of one machine. */
const HEARD_WITHIN = 1_500;

describe('deliveries of webhooks while the database is unavailable', () => {
  let rig: OutageRig;
  let hook: PlantedWebhook;
  beforeEach(async () => {
    rig = await startOutageRig({ RATE_LIMIT_WEBHOOKS_PER_MINUTE: '0' });
    hook = await plantWebhook(rig, { tenant: OUTAGE_TENANT });
  });
  afterEach(() => rig.stop());

  const deliver = async (id: string, to = hook) => {
    const body = `{"id":"${id}"}`;
    const began = performance.now();
    const answer = await fetch(to.url(), {
      method: 'POST',
      headers: githubHeaders(to.secret, body, { 'x-github-delivery': id }),
      body,
    });
    await answer.arrayBuffer();
    return { id, status: answer.status, headers: answer.headers, took: performance.now() - began };
  };
  /** Returns how many times it was refused first because the database stalled for a moment. */
  const kept = async (id: string): Promise<number> => {
    let refusals = -1;
    await eventually(`a 200 for ${id}`, async () => {
      refusals += 1;
      const { status } = await deliver(id);
      expect(status).to.be.oneOf([200, 503]);
      return status === 200 ? true : undefined;
    });
    return refusals;
  };
  /** The number of refusals that senders were given, over all sources. */
  const counted = async (): Promise<number> => {
    const metrics = await (await fetch(`${rig.service().url}/metrics`)).text();
    const series = /^integration_webhook_requests_total\{[^}]*reason="storage-unavailable"\} (\d+)$/gm;
    return [...metrics.matchAll(series)].reduce((sum, [, count]) => sum + Number(count), 0);
  };
  const stored = async () =>
    (await rig.sql<{ id: string }>('select external_id as id from webhook_deliveries')).map(({ id }) => id);

  const outages: Record<string, { readonly lose: () => unknown; readonly restore: () => unknown }> = {
    'is killed': { lose: () => rig.server.kill(), restore: () => rig.server.start() },
    'takes connections and never answers': {
      lose: () => rig.server.freeze(),
      restore: () => rig.server.thaw(),
    },
  };

  for (const [what, { lose, restore }] of Object.entries(outages))
    it(`because it ${what}: senders are told within a second to retry, and what they then send is stored once`, async () => {
      await kept('before');
      const expected = ['before'];
      const longestWaitInAnOutage = async (outage: number): Promise<number> => {
        await lose();
        const refused = [];
        for (let n = 0; n < 20; n += 1) refused.push(await deliver(`during-${outage}-${n}`));
        for (const { status, headers } of refused) {
          expect(status).to.equal(503);
          expect(Number(headers.get('retry-after'))).to.be.within(5, 30);
        }
        expect(new Set(refused.map(({ headers }) => headers.get('retry-after'))).size).to.be.greaterThan(1);
        await restore();
        for (const { id } of refused) {
          expected.push(id);
          await kept(id);
        }
        return Math.max(...refused.map(({ took }) => took));
      };
      expect(await shortestOf(longestWaitInAnOutage, HEARD_WITHIN)).to.be.lessThan(HEARD_WITHIN);
      expect((await stored()).toSorted()).to.deep.equal(expected.toSorted());
    });

  for (const [what, { lose, restore }] of Object.entries(outages))
    it(`because it ${what}: each refused delivery is counted, also at an address not requested before`, async () => {
      const cold = await plantWebhook(rig, { tenant: OUTAGE_TENANT });
      const refusals = await kept('before');
      expect(await counted()).to.equal(refusals);
      await lose();
      for (const to of [hook, cold])
        for (let n = 0; n < 5; n += 1) expect((await deliver(`during-${n}`, to)).status).to.equal(503);
      expect(await counted()).to.equal(refusals + 10);
      await restore();
    });

  for (const [what, { lose, restore }] of Object.entries(outages))
    it(`because it ${what}: a GET challenge is told to retry, no caller is called wrong, and the challenge is answered afterwards`, async () => {
      const handshake = { in: 'query', match_path: 'word', match_value: 'ours', respond_path: 'challenge' };
      const wanted = {
        webhook_name: 'asks first',
        source_service: 'custom',
        scheme: { kind: 'hmac', signature_header: 'X-Signature', handshake },
      };
      const api = await rig.api();
      const made = await whenAvailable(() =>
        api.post<Data<{ webhook_token: string }>>('/webhooks', wanted, { 'idempotency-key': 'asks-first' }),
      );
      const ask = async (word: string, method = 'GET') => {
        const address = `${rig.service().url}/webhooks/in/${made.body.data.webhook_token}`;
        const answer = await fetch(`${address}?word=${word}&challenge=1158201444`, { method });
        return { status: answer.status, headers: answer.headers, text: await answer.text() };
      };
      await lose();
      for (const [word, method] of [['ours'], ['theirs'], ['ours', 'HEAD']] as const) {
        const { status, headers, text } = await ask(word, method);
        expect([status, text]).to.deep.equal([
          503,
          method === 'HEAD' ? '' : '{"ok":false,"error":"unavailable"}',
        ]);
        expect(Number(headers.get('retry-after'))).to.be.within(5, 30);
      }
      await restore();
      const text = await eventually('the challenge', async () => {
        const answer = await ask('ours');
        return answer.status === 200 ? answer.text : undefined;
      });
      expect(text).to.equal('1158201444');
      expect((await ask('theirs')).status).to.equal(403);
    });

  it('because its service is killed: every acknowledged delivery is stored, with its event', async () => {
    const acknowledged = new Set<string>();
    let n = 0;
    let ended = false;
    const sender = async () => {
      while (!ended) {
        const id = `delivery-${(n += 1)}`;
        const answer = await deliver(id).catch(() => undefined);
        if (answer?.status === 200) acknowledged.add(id);
      }
    };
    const senders = Array.from({ length: 20 }, sender);
    await eventually('a hundred deliveries', async () => (acknowledged.size > 100 ? true : undefined));
    await rig.restart('kill');
    ended = true;
    await Promise.all(senders);
    const inTable = new Set(await stored());
    expect([...acknowledged].filter((id) => !inTable.has(id))).to.deep.equal([]);
  });
});
