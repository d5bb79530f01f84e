import { expect } from 'chai';
import type { DeliveryToKeep } from '../../../src/domain/webhook/delivery/received-delivery.ts';
import { webhookEventText } from '../../../src/infrastructure/events/webhook-event-text.ts';
import {
  releaseHeld,
  resumedWebhooks,
} from '../../../src/infrastructure/postgres/webhooks/held-deliveries.ts';
import type { Parked } from '../../../src/infrastructure/postgres/webhooks/publish-kept.ts';
import { queryAsSystem } from '../../../src/infrastructure/postgres/tenant-session.ts';
import { aDelivery } from '../../support/a-received-delivery.ts';
import { anId, OTHER_TENANT, TENANT } from '../../support/an-external-service.ts';
import { patientLedger } from './patient-ledger.ts';
import { migratedDatabase } from './postgres-fixture.ts';

describe('deliveries that paused webhooks hold', () => {
  const { database } = migratedDatabase(6);
  beforeEach(() =>
    database().pool.query('truncate webhook_deliveries, webhook_body_parts, webhook_dedupe, outbox_messages'),
  );

  const webhook = (n: number, status: string, tenant: string = TENANT) =>
    database().pool.query(
      `insert into webhook_configs (id, management_company_id, webhook_name, webhook_token, token_hint, source_service,
         status, is_active) values ($1, $2, $3, $3, '', 'github', $4, $5)`,
      [anId(n), tenant, `hook ${n}`, status, status === 'active'],
    );
  const setStatus = (n: number, status: string) =>
    database().pool.query('update webhook_configs set status = $2, is_active = $3 where id = $1', [
      anId(n),
      status,
      status === 'active',
    ]);
  const held = async (...deliveries: readonly DeliveryToKeep[]) => {
    const ledger = patientLedger(database());
    for (const delivery of deliveries) await ledger.accept({ ...delivery, state: 'held' });
  };
  const of = (webhookId: number, n: number, tenantId = TENANT) =>
    aDelivery(n, { delivery: { webhookId: anId(webhookId), tenantId } });
  const parked: Parked[] = [];
  const turn = async () => {
    let told = 0;
    const onPublished = () => void (told += 1);
    const onParked = (one: Parked) => void parked.push(one);
    await releaseHeld({ database: database(), onPublished, onParked }, await resumedWebhooks(database()));
    return told;
  };
  const rows = async <R extends object>(text: string) => (await queryAsSystem<R>(database(), text, [])).rows;
  const published = async () =>
    (await rows<{ messages: string }>('select messages from outbox_messages order by id')).flatMap(
      ({ messages }) => (JSON.parse(messages) as { id: string }[]).map(({ id }) => id),
    );

  it('stay there as long as their webhook is anything but active', async () => {
    for (const [n, status] of ['paused', 'disabled', 'archived'].entries()) {
      await webhook(901 + n, status);
      await held(of(901 + n, n + 1));
    }
    await held(of(909, 9));
    expect(await turn()).to.equal(0);
    expect(await published()).to.deep.equal([]);
  });

  it('go to the bus when it is active again, oldest first, ten of each webhook in a turn', async () => {
    await webhook(901, 'paused');
    await webhook(902, 'active', OTHER_TENANT);
    await webhook(903, 'paused');
    await held(
      ...Array.from({ length: 13 }, (_, n) => of(901, n + 1)),
      of(902, 50, OTHER_TENANT),
      of(903, 60),
    );
    await turn();
    expect(await published()).to.deep.equal([anId(50)]);
    await setStatus(901, 'active');
    await turn();
    expect((await published()).slice(1)).to.deep.equal(Array.from({ length: 10 }, (_, n) => anId(n + 1)));
    await setStatus(901, 'paused');
    await turn();
    expect(await published()).to.have.length(11);
    await setStatus(901, 'active');
    await turn();
    expect(await turn()).to.equal(0);
    expect((await published()).slice(11)).to.deep.equal([11, 12, 13].map(anId));
    expect(
      await rows(
        `select state, count(*)::integer as n, bool_and(published_at is not null) as published
         from webhook_deliveries group by 1 order by 1`,
      ),
    ).to.deep.equal([
      { state: 'accepted', n: 14, published: true },
      { state: 'held', n: 1, published: false },
    ]);
  });

  it('are sent whatever types their webhook wants by then: types were checked when they arrived', async () => {
    await webhook(901, 'active');
    await held(of(901, 1));
    await database().pool.query(`update webhook_configs set event_types = '["another"]' where id = $1`, [
      anId(901),
    ]);
    await turn();
    expect(await published()).to.deep.equal([anId(1)]);
  });

  it('give the bus the same event as if they had not been held', async () => {
    await webhook(901, 'active');
    const delivery = aDelivery(1, {
      body: '{"id":12345678901234567890,"ratio":1.0}',
      delivery: { webhookId: anId(901) },
    });
    await held(delivery);
    await turn();
    const { head, tail } = webhookEventText(delivery.delivery, delivery.body, delivery.content);
    expect(await rows('select messages from outbox_messages')).to.deep.equal([
      { messages: `[${head}${tail}]` },
    ]);
  });

  it('are sent once when two processes release them, without waiting for one that no event can be made of', async () => {
    await webhook(901, 'active');
    await held(...Array.from({ length: 5 }, (_, n) => of(901, n + 1)));
    await database().pool.query('update webhook_deliveries set raw_body = null where id = $1', [anId(2)]);
    await Promise.all([turn(), turn()]);
    expect((await published()).toSorted()).to.deep.equal([1, 3, 4, 5].map(anId));
    expect(parked).to.deep.equal([{ id: anId(2), tenant: TENANT, webhookId: anId(901), why: 'BodyGone' }]);
  });
});
