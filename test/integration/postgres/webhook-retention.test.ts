import { expect } from 'chai';
import { ensureAllPartitions } from '../../../src/infrastructure/postgres/partitions/ensure-partitions.ts';
import { drainSpool } from '../../../src/infrastructure/postgres/webhooks/spooled-deliveries.ts';
import { postgresDeliverySpool } from '../../../src/infrastructure/postgres/webhooks/postgres-delivery-spool.ts';
import { postgresRejectionLog } from '../../../src/infrastructure/postgres/webhooks/postgres-rejection-log.ts';
import { queryAsSystem } from '../../../src/infrastructure/postgres/tenant-session.ts';
import { dropOldDeliveries } from '../../../src/infrastructure/postgres/webhooks/webhook-retention.ts';
import { aDelivery, RECEIVED_AT, sha256 } from '../../support/a-received-delivery.ts';
import { anId, TENANT } from '../../support/an-external-service.ts';
import { eventProblems } from '../../support/asyncapi.ts';
import { fixedClock } from '../../support/fixed-clock.ts';
import { sequentialIds } from '../../support/sequential-ids.ts';
import { patientLedger } from './patient-ledger.ts';
import { migratedDatabase } from './postgres-fixture.ts';

const DAY = 86_400_000;

describe('retention of webhook data', () => {
  const { database } = migratedDatabase(4);
  beforeEach(() =>
    database().pool.query(
      'truncate webhook_deliveries, webhook_body_parts, webhook_dedupe, webhook_rejections, webhook_rejection_counts',
    ),
  );
  const rows = async (text: string) =>
    (await queryAsSystem<Record<string, unknown>>(database(), text, [])).rows;
  const count = async (table: string) => (await rows(`select count(*)::int as n from ${table}`))[0]?.['n'];
  const ledger = () => patientLedger(database());
  const rejections = () =>
    postgresRejectionLog({
      database: database(),
      ids: sequentialIds(),
      onFailed: (error) => expect.fail(String(error)),
    });
  const aRejection = (n: number) => ({
    tenantId: TENANT,
    webhookId: anId(900),
    rejectedAt: RECEIVED_AT + n,
    reason: 'signature-mismatch',
    detail: { header: 'x-hub-signature-256' },
    clientAddress: '192.0.2.1',
    method: 'POST',
    headers: { 'user-agent': 'it’s \\ "odd"' },
    bodySha256: sha256('x'),
    size: 1,
    requestId: `request-${n}`,
  });

  it('deletes it when its time is over, and not before', async () => {
    await ensureAllPartitions({ database: database(), clock: fixedClock(RECEIVED_AT) });
    const short = { keyHash: sha256('short'), until: RECEIVED_AT + 600_000 };
    const large = Buffer.alloc(1_100_000);
    await Promise.all([
      ledger().accept(aDelivery(1)),
      ledger().accept(aDelivery(2, { body: large })),
      ledger().accept(aDelivery(3, { claim: short })),
    ]);
    const onHeldGone = () => expect.fail('none was held');
    const log = rejections();
    for (let n = 0; n < 70; n += 1) log.note(aRejection(n));
    await log.flush();
    const left = async (now: number) => {
      await dropOldDeliveries({ database: database(), clock: fixedClock(now), onHeldGone });
      const tables = [
        'webhook_deliveries',
        'webhook_body_parts',
        'webhook_dedupe',
        'webhook_rejections',
        'webhook_rejection_counts',
      ];
      return Promise.all(tables.map(count));
    };
    expect(await left(RECEIVED_AT + 599_000)).to.deep.equal([3, 3, 3, 60, 1]);
    expect(await left(RECEIVED_AT + 6 * DAY)).to.deep.equal([3, 3, 2, 60, 1]);
    expect(await left(RECEIVED_AT + 8 * DAY)).to.deep.equal([3, 3, 2, 0, 0]);
    expect(await left(RECEIVED_AT + 32 * DAY)).to.deep.equal([0, 0, 2, 0, 0]);
    expect(await left(RECEIVED_AT + 36 * DAY)).to.deep.equal([0, 0, 0, 0, 0]);
  });

  it('counts once what a paused webhook held, whether its partition is dropped or it had none', async () => {
    await ensureAllPartitions({ database: database(), clock: fixedClock(RECEIVED_AT) });
    const early = RECEIVED_AT - 100 * DAY;
    await ledger().accept(aDelivery(1, { state: 'held' }));
    await ledger().accept(aDelivery(2, { state: 'held' }));
    await ledger().accept(aDelivery(3));
    await ledger().accept(aDelivery(4, { state: 'held', delivery: { receivedAt: early } }));
    const gone: number[] = [];
    const onHeldGone = (deliveries: number) => void gone.push(deliveries);
    for (const now of [
      early + 29 * DAY,
      RECEIVED_AT + 29 * DAY,
      RECEIVED_AT + 32 * DAY,
      RECEIVED_AT + 33 * DAY,
    ])
      await dropOldDeliveries({ database: database(), clock: fixedClock(now), onHeldGone });
    expect(gone).to.deep.equal([1, 2]);
  });

  it('deletes it even if what was held cannot be counted, and reports the failure', async () => {
    await ensureAllPartitions({ database: database(), clock: fixedClock(RECEIVED_AT) });
    await ledger().accept(aDelivery(1));
    let isFirst = true;
    const pool = new Proxy(database().pool, {
      get: (target, name) => {
        if (name === 'connect' && isFirst) {
          isFirst = false;
          return () => Promise.reject(new Error('not counted'));
        }
        const value: unknown = Reflect.get(target, name);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
    const onHeldGone = () => expect.fail('none was held');
    const now = RECEIVED_AT + 32 * DAY;
    const told = await dropOldDeliveries({ database: { pool }, clock: fixedClock(now), onHeldGone }).catch(
      String,
    );
    expect(told).to.equal('Error: not counted');
    expect(await count('webhook_deliveries')).to.equal(0);
  });

  it('lists sixty refusals in a minute, and counts the others', async () => {
    const log = rejections();
    for (let n = 0; n < 100; n += 1) log.note(aRejection(n));
    log.note(aRejection(60_000));
    await log.flush();
    expect(await count('webhook_rejections')).to.equal(61);
    expect(await rows('select unlisted from webhook_rejection_counts')).to.deep.equal([{ unlisted: 40 }]);
    const [first] = await rows('select * from webhook_rejections order by rejected_at limit 1');
    expect(first).to.deep.include({
      reason: 'signature-mismatch',
      headers: { 'user-agent': 'it’s \\ "odd"' },
      body_sha256: Buffer.from(sha256('x'), 'hex'),
    });
  });

  it('releases the spool oldest first, as far as allowed, with the same events as without the spool', async () => {
    const store = ledger();
    const body = '{"id": 12345678901234567890}';
    for (const n of [1, 2, 3]) await store.accept(aDelivery(n, { state: 'spooled', body }));
    const spool = postgresDeliverySpool({ database: database(), clock: fixedClock(0) });
    expect(await spool.hasRoom(TENANT, 256 * 1024 * 1024 - 3 * body.length)).to.equal(true);
    expect(await spool.hasRoom(TENANT, 1)).to.equal(false);
    await database().pool.query('truncate outbox_messages');
    let permits = 2;
    const drain = () =>
      drainSpool({
        database: database(),
        mayPublish: () => Promise.resolve((permits -= 1) >= 0),
        onPublished: () => undefined,
        onParked: () => expect.fail('set aside'),
      });
    await drain();
    expect(await rows('select id, state from webhook_deliveries order by id')).to.deep.equal([
      { id: anId(1), state: 'accepted' },
      { id: anId(2), state: 'accepted' },
      { id: anId(3), state: 'spooled' },
    ]);
    permits = 5;
    await drain();
    await drain();
    const messages = await rows('select messages from outbox_messages order by id');
    const events = messages.map(({ messages: text }) => JSON.parse(String(text))[0] as { id: string });
    expect(events.map(({ id }) => id)).to.deep.equal([anId(1), anId(2), anId(3)]);
    expect(events.flatMap(eventProblems)).to.deep.equal([]);
    expect(String(messages[0]?.['messages'])).to.contain(`"payload":${body}`);
  });
});
