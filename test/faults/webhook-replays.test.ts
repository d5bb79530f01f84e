import { expect } from 'chai';
import { eventually } from '../support/until.ts';
import { whenAvailable } from '../support/gateway.ts';
import { OUTAGE_TENANT, startOutageRig, type OutageRig } from '../support/outage-rig.ts';
import { githubHeaders, plantWebhook, type PlantedWebhook } from '../support/planted-webhook.ts';
import type { Data } from '../support/wire.ts';

type Shown = { readonly id: string; readonly state: string; readonly done: number; readonly failed: number };

const COUNT = 80;

describe('replays of deliveries while the database is unavailable', () => {
  let rig: OutageRig;
  let hook: PlantedWebhook;
  beforeEach(async () => {
    rig = await startOutageRig({ RATE_LIMIT_WEBHOOKS_PER_MINUTE: '0' });
    hook = await plantWebhook(rig, { tenant: OUTAGE_TENANT });
  });
  afterEach(() => rig.stop());

  /** Repeated, as by its sender, if the database stalled for a moment. */
  const deliver = async (n: number) => {
    const body = `{"n":${n}}`;
    const headers = githubHeaders(hook.secret, body);
    await eventually('a delivery to be taken', async () => {
      const answer = await fetch(hook.url(), { method: 'POST', headers, body });
      const text = await answer.text();
      expect(answer.status, text).to.be.oneOf([200, 503]);
      return answer.status === 200 ? true : undefined;
    });
  };
  const replay = async (id: string) => {
    const api = await rig.api();
    const { status, body } = await api.get<Data<Shown>>(`/webhooks/replays/${id}`).catch(() => ({
      status: 0,
      body: undefined,
    }));
    return status === 200 ? body?.data : undefined;
  };
  /** The replay's events in the order they were written, by the number in their payload. */
  const sent = async () =>
    (
      await rig.sql<{ n: number }>(
        `select (event #>> '{data,payload,n}')::integer as n from tapped_events,
           lateral jsonb_array_elements(messages::jsonb) as event
         where event #>> '{data,replay,id}' is not null order by id`,
      )
    ).map(({ n }) => n);

  it('continue when it is available again, and send each delivery once', async () => {
    for (let n = 0; n < COUNT; n += 1) await deliver(n);
    const api = await rig.api();
    const wanted = { filter: {}, rate_per_second: 40 };
    const started = await whenAvailable(() =>
      api.post<Data<Shown>>('/webhooks/replays', wanted, { 'idempotency-key': 'one-replay' }),
    );
    expect(started.status).to.equal(202);
    const { id } = started.body.data;
    await eventually('some of it', async () => ((await sent()).length >= 5 ? true : undefined));
    await rig.server.kill();
    await rig.server.start();
    const ended = await eventually('the end of the replay', async () => {
      const shown = await replay(id);
      return shown?.state === 'done' ? shown : undefined;
    });
    expect(ended).to.include({ done: COUNT, failed: 0 });
    expect(await sent()).to.deep.equal(Array.from({ length: COUNT }, (_, n) => n));
  });
});
