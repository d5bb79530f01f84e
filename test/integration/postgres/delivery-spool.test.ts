import { expect } from 'chai';
import {
  drainSpool,
  isSpoolEmpty,
  spoolAgeSeconds,
} from '../../../src/infrastructure/postgres/webhooks/spooled-deliveries.ts';
import { postgresDeliverySpool } from '../../../src/infrastructure/postgres/webhooks/postgres-delivery-spool.ts';
import type { Parked } from '../../../src/infrastructure/postgres/webhooks/publish-kept.ts';
import { queryAsSystem } from '../../../src/infrastructure/postgres/tenant-session.ts';
import { webhookEventText } from '../../../src/infrastructure/events/webhook-event-text.ts';
import type { TenantId } from '../../../src/domain/shared/tenant-context.ts';
import type { DeliveryToKeep } from '../../../src/domain/webhook/delivery/received-delivery.ts';
import { aDelivery } from '../../support/a-received-delivery.ts';
import { anId, OTHER_TENANT, TENANT } from '../../support/an-external-service.ts';
import { patientLedger } from './patient-ledger.ts';
import { eventually } from '../../support/until.ts';
import { migratedDatabase } from './postgres-fixture.ts';

describe('the spool of deliveries', () => {
  const { database } = migratedDatabase(6);
  beforeEach(() =>
    database().pool.query('truncate webhook_deliveries, webhook_body_parts, webhook_dedupe, outbox_messages'),
  );

  const spooled = async (...deliveries: readonly DeliveryToKeep[]) => {
    const ledger = patientLedger(database());
    for (const delivery of deliveries) await ledger.accept({ ...delivery, state: 'spooled' });
  };
  const ofOther = (n: number) => aDelivery(n, { delivery: { tenantId: OTHER_TENANT, webhookId: anId(901) } });
  const numbers = (count: number) => Array.from({ length: count }, (_, n) => n + 1);
  const parked: Parked[] = [];
  /** Releases a given number of each tenant. */
  const drain = async (allowances: { readonly [tenant: string]: number }) => {
    const left = new Map(Object.entries(allowances));
    let told = 0;
    await drainSpool({
      database: database(),
      mayPublish: (tenant: TenantId) => {
        const rest = left.get(tenant) ?? 0;
        left.set(tenant, rest - 1);
        return Promise.resolve(rest > 0);
      },
      onPublished: () => void (told += 1),
      onParked: (one) => void parked.push(one),
    });
    return told;
  };
  const rows = async <R extends object>(text: string) => (await queryAsSystem<R>(database(), text, [])).rows;
  const subjects = async () =>
    (await rows<{ messages: string }>('select messages from outbox_messages order by id')).flatMap(
      ({ messages }) => (JSON.parse(messages) as { subject: string }[]).map(({ subject }) => subject),
    );

  it('gives the oldest to the bus first, as many as the rate allows, and the rest when it allows them', async () => {
    await spooled(...numbers(5).map((n) => aDelivery(n)));
    expect(await subjects()).to.deep.equal([]);
    expect(await drain({ [TENANT]: 2 })).to.equal(1);
    expect(await subjects()).to.deep.equal([anId(1), anId(2)]);
    expect(await drain({ [TENANT]: 0 })).to.equal(0);
    await drain({ [TENANT]: 9 });
    expect(await subjects()).to.deep.equal(numbers(5).map(anId));
    expect(
      await rows(
        'select state, bool_and(published_at is not null) as published from webhook_deliveries group by 1',
      ),
    ).to.deep.equal([{ state: 'accepted', published: true }]);
    expect(await drain({ [TENANT]: 9 })).to.equal(0);
  });

  it('reports how long the oldest of all tenants has waited', async () => {
    expect(await spoolAgeSeconds(database())).to.equal(0);
    await spooled(aDelivery(1), ofOther(2), aDelivery(3));
    const arrived = (id: string, secondsAgo: number) =>
      database().pool.query(
        'update webhook_deliveries set received_at = now() - make_interval(secs => $2) where id = $1',
        [id, secondsAgo],
      );
    // In the middle of what is expected: the clock of the server may be set by a little, forward or back, meanwhile.
    for (const [id, secondsAgo] of [
      [anId(1), 330],
      [anId(2), 630],
      [anId(3), 200],
    ] as const)
      await arrived(id, secondsAgo);
    expect(await spoolAgeSeconds(database())).to.be.within(600, 660);
    await drain({ [OTHER_TENANT]: 1 });
    expect(await spoolAgeSeconds(database())).to.be.within(300, 360);
  });

  it('publishes more than one transaction holds, each once', async () => {
    await spooled(...numbers(120).map((n) => aDelivery(n)));
    await drain({ [TENANT]: 1_000 });
    expect(await subjects()).to.deep.equal(numbers(120).map(anId));
  });

  it('publishes each once when two processes release at the same time', async () => {
    await spooled(...numbers(60).map((n) => aDelivery(n)));
    await Promise.all([drain({ [TENANT]: 1_000 }), drain({ [TENANT]: 1_000 })]);
    expect((await subjects()).toSorted()).to.deep.equal(numbers(60).map(anId).toSorted());
  });

  it('makes no tenant wait for another whose rate is used up', async () => {
    await spooled(aDelivery(1), ofOther(2));
    await drain({ [OTHER_TENANT]: 1 });
    expect(await subjects()).to.deep.equal([anId(2)]);
  });

  it('keeps deliveries of a webhook paused meanwhile, without delaying the others', async () => {
    const change = (webhook: number, status: string) =>
      database().pool.query(
        `insert into webhook_configs (id, management_company_id, webhook_name, webhook_token, token_hint,
           source_service, status, is_active) values ($1, $2, $3, $3, '', 'github', $4, $4 = 'active')
         on conflict (id) do update set status = excluded.status, is_active = excluded.is_active`,
        [anId(webhook), TENANT, `spooling ${webhook}`, status],
      );
    const of = (webhook: number, n: number) => aDelivery(n, { delivery: { webhookId: anId(webhook) } });
    for (const webhook of [911, 912, 913]) await change(webhook, 'active');
    await spooled(of(911, 1), of(912, 2), of(913, 3), of(911, 4));
    await change(911, 'paused');
    // Deliveries of a webhook that is disabled or gone were acknowledged nevertheless.
    await change(913, 'disabled');
    await drain({ [TENANT]: 9 });
    expect(await subjects()).to.deep.equal([anId(2), anId(3)]);
    expect(
      await rows(`select id, published_at from webhook_deliveries where state = 'held' order by id`),
    ).to.deep.equal([1, 4].map((n) => ({ id: anId(n), published_at: null })));
    expect(await isSpoolEmpty(database())).to.equal(true);
  });

  it('sets aside what no event can be made of, reports it once, and continues with the others', async () => {
    await spooled(...numbers(60).map((n) => aDelivery(n)), ofOther(61));
    await database().pool.query('update webhook_deliveries set raw_body = null where id = any ($1)', [
      [anId(1), anId(57)],
    ]);
    // The database refuses only this one.
    await database().pool.query(
      `create function refuse() returns trigger language plpgsql as $$
         begin
           if position('${anId(3)}' in new.messages) > 0 then raise data_exception; end if;
           return new;
         end $$;
       create trigger refuse before insert on outbox_messages for each row execute function refuse()`,
    );
    await drain({ [TENANT]: 1_000, [OTHER_TENANT]: 1 });
    await drain({ [TENANT]: 1_000 });
    await database().pool.query('drop trigger refuse on outbox_messages; drop function refuse()');
    const bad = [1, 3, 57];
    expect(await subjects()).to.have.members(
      numbers(61)
        .filter((n) => !bad.includes(n))
        .map(anId),
    );
    expect(parked.map(({ id, tenant, why }) => ({ id, tenant, why }))).to.deep.equal([
      { id: anId(1), tenant: TENANT, why: 'BodyGone' },
      { id: anId(3), tenant: TENANT, why: 'SQLSTATE 22000' },
      { id: anId(57), tenant: TENANT, why: 'BodyGone' },
    ]);
    expect(await rows(`select id from webhook_deliveries where state = 'parked' order by id`)).to.deep.equal(
      bad.map((n) => ({ id: anId(n) })),
    );
    expect(await isSpoolEmpty(database())).to.equal(true);
  });

  it('sets nothing aside for a failure that is not its own', async () => {
    await spooled(aDelivery(1), aDelivery(2));
    await database().pool.query('alter table outbox_messages rename to gone_messages');
    const failed = await drain({ [TENANT]: 9 }).then(
      () => 'went on',
      (error: unknown) => String(error),
    );
    await database().pool.query('alter table gone_messages rename to outbox_messages');
    expect(failed).to.contain('outbox_messages');
    await drain({ [TENANT]: 9 });
    expect(await subjects()).to.deep.equal([anId(1), anId(2)]);
  });

  it('makes no tenant wait for another that has a different failure', async () => {
    await spooled(aDelivery(1), ofOther(2));
    const draining = drainSpool({
      database: database(),
      mayPublish: (tenant) => (tenant === TENANT ? Promise.reject(new Error('ill')) : Promise.resolve(true)),
      onPublished: () => undefined,
      onParked: () => expect.fail('set aside'),
    });
    expect(await draining.then(() => 'went on', String)).to.equal('Error: ill');
    expect(await subjects()).to.deep.equal([anId(2)]);
  });

  it('gives the bus the same event as without the spool', async () => {
    const text = '{"id":12345678901234567890,"ratio":1.0}';
    const delivery = aDelivery(1, { body: text });
    await spooled(delivery);
    await drain({ [TENANT]: 1 });
    const { head, tail } = webhookEventText(delivery.delivery, delivery.body, delivery.content);
    expect(await rows('select messages from outbox_messages')).to.deep.equal([
      { messages: `[${head}${tail}]` },
    ]);
  });

  it('has room for 256 MiB for each tenant', async () => {
    const spool = postgresDeliverySpool({ database: database(), clock: { monotonic: () => 0 } });
    const half = 128 * 1024 * 1024;
    const room = [];
    for (const tenant of [TENANT, TENANT, TENANT, OTHER_TENANT]) room.push(await spool.hasRoom(tenant, half));
    expect(room).to.deep.equal([true, true, false, true]);
  });

  /** 9,999 deliveries of one webhook, of one byte each. */
  const nearlyFull = (state: string) =>
    database().pool.query(
      `insert into webhook_deliveries (id, management_company_id, webhook_id, source_service, body_sha256, raw_size,
         auth_method, auth_level, request_id, received_at, state)
       select gen_random_uuid(), $1, $2, 'github', '', 1, 'none', 'none', '', now(), $3
       from generate_series(1, 9999)`,
      [TENANT, anId(900), state],
    );

  it('counts what already waits against its room', async () => {
    await nearlyFull('spooled');
    const spool = postgresDeliverySpool({ database: database(), clock: { monotonic: () => 0 } });
    expect([await spool.hasRoom(TENANT, 1), await spool.hasRoom(TENANT, 1)]).to.deep.equal([true, false]);
  });

  it('counts what a paused webhook holds against its own room, and against no other', async () => {
    await nearlyFull('held');
    const spool = postgresDeliverySpool({ database: database(), clock: { monotonic: () => 0 } });
    const roomOf = (webhook?: string) => spool.hasRoom(TENANT, 1, webhook);
    expect([await roomOf(anId(900)), await roomOf(anId(900))]).to.deep.equal([true, false]);
    const others = [await roomOf(anId(901)), await roomOf(anId(901)), await roomOf()];
    expect(others).to.deep.equal([true, true, true]);
    await nearlyFull('spooled');
    const nearly = postgresDeliverySpool({ database: database(), clock: { monotonic: () => 0 } });
    const rooms = [await nearly.hasRoom(TENANT, 1, anId(901)), await nearly.hasRoom(TENANT, 1)];
    expect(rooms).to.deep.equal([true, true]);
    const full = postgresDeliverySpool({ database: database(), clock: { monotonic: () => 0 } });
    await full.hasRoom(TENANT, 1);
    expect(await full.hasRoom(TENANT, 1, anId(901))).to.equal(false);
  });

  it('reports the tenants to queue behind: those that have waited for seconds, until they are released', async () => {
    let now = 0;
    const spool = postgresDeliverySpool({ database: database(), clock: { monotonic: () => now } });
    await spooled(aDelivery(1));
    expect(await spool.isBehind(TENANT), 'nothing was over the rate in this process').to.equal(false);
    await spool.hasRoom(TENANT, 1);
    expect(await spool.isBehind(TENANT)).to.equal(true);
    expect(await spool.isBehind(OTHER_TENANT)).to.equal(false);
    // Repeated where the machine stalls, since the delivery has waited for seconds by then.
    await eventually('nobody to go behind one of a second ago', async () => {
      await database().pool.query(`update webhook_deliveries set received_at = now() - interval '1 second'`);
      now += 1_000;
      return (await spool.isBehind(TENANT)) ? undefined : true;
    });
    await drain({ [TENANT]: 1 });
    now += 1_000;
    expect(await spool.isBehind(TENANT)).to.equal(false);
  });

  it('is empty until a delivery waits', async () => {
    expect(await isSpoolEmpty(database())).to.equal(true);
    await spooled(aDelivery(1));
    expect(await isSpoolEmpty(database())).to.equal(false);
    await drain({ [TENANT]: 1 });
    expect(await isSpoolEmpty(database())).to.equal(true);
  });
});
