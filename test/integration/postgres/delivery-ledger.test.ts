import { expect } from 'chai';
import { OutboxRelay } from '../../../src/infrastructure/postgres/outbox/outbox-relay.ts';
import { eventText } from '../../../src/infrastructure/events/event-text.ts';
import { deliveryTables } from '../../../src/infrastructure/postgres/partitions/daily-tables.ts';
import { ensurePartitions } from '../../../src/infrastructure/postgres/partitions/ensure-partitions.ts';
import { isPartitionInUse } from '../../../src/infrastructure/postgres/partitions/partition-session.ts';
import {
  asSystem,
  queryAsSystem,
  queryInTenant,
} from '../../../src/infrastructure/postgres/tenant-session.ts';
import { systemClock, systemSleep } from '../../../src/infrastructure/system/system-clock.ts';
import type { CloudEvent } from '../../../src/application/event-bus.ts';
import { aDelivery, RECEIVED_AT, sha256 } from '../../support/a-received-delivery.ts';
import { anId, OTHER_TENANT, TENANT } from '../../support/an-external-service.ts';
import { eventProblems } from '../../support/asyncapi.ts';
import { fixedClock } from '../../support/fixed-clock.ts';
import { shortestOf } from '../../support/shortest-of.ts';
import { until } from '../../support/until.ts';
import { patientLedger } from './patient-ledger.ts';
import { migratedDatabase } from './postgres-fixture.ts';
import { whileAttaching } from './while-attaching.ts';

const DAY = 86_400_000;
/** A delivery that is not stored by then is refused. */
const GIVEN_UP_MS = 900;

describe('ledger of deliveries', () => {
  const { database } = migratedDatabase(6);
  beforeEach(() =>
    database().pool.query('truncate webhook_deliveries, webhook_body_parts, webhook_dedupe, outbox_messages'),
  );

  const ledger = (change: Parameters<typeof patientLedger>[1] = {}) => patientLedger(database(), change);
  const rows = async (text: string) =>
    (await queryAsSystem<Record<string, unknown>>(database(), text, [])).rows;
  /** The events that the relay gives to the bus, parsed and as text. */
  const published = async (): Promise<readonly { event: CloudEvent; text: string }[]> => {
    const events: { event: CloudEvent; text: string }[] = [];
    const relay = new OutboxRelay({
      database: database(),
      bus: {
        publish: (messages) => {
          for (const event of messages) events.push({ event, text: eventText(event) });
          return Promise.resolve([]);
        },
      },
      clock: systemClock,
      sleep: systemSleep,
      random: Math.random,
      onPublished: () => undefined,
      onRefused: () => undefined,
      onFailed: (error) => expect.fail(String(error)),
    });
    relay.start();
    await relay.close();
    return events;
  };

  it('stores a delivery with its body and gives its event to the bus', async () => {
    expect(await ledger().accept(aDelivery(1))).to.deep.equal({ kind: 'stored', isSuspect: false });
    const [row] = await rows('select * from webhook_deliveries');
    expect(row).to.deep.include({
      id: anId(1),
      management_company_id: TENANT,
      event_type: 'issues',
      external_id: 'guid-1',
      raw_body: Buffer.from('{"action":"opened"}'),
      raw_size: 19,
      headers: { 'x-github-event': 'issues' },
      auth_level: 'signed',
      secret_version: 1,
      received_at: new Date(RECEIVED_AT),
      published_at: new Date(RECEIVED_AT),
      state: 'accepted',
      flags: [],
    });
    const [{ event } = { event: undefined }] = await published();
    expect(eventProblems(event)).to.deep.equal([]);
    expect(event?.data).to.deep.include({ delivery_id: anId(1), payload: { action: 'opened' }, flags: [] });
  });

  it('accepts a repeat once, whatever its body, and reports which delivery was the first', async () => {
    const store = ledger();
    await store.accept(aDelivery(1));
    const again = await store.accept(aDelivery(2, { key: 'id:guid-1' }));
    expect(again).to.deep.equal({ kind: 'repeated', firstId: anId(1), isOtherBody: false });
    const other = await store.accept(aDelivery(3, { key: 'id:guid-1', body: '{}' }));
    expect(other).to.deep.equal({ kind: 'repeated', firstId: anId(1), isOtherBody: true });
    expect(await rows('select id from webhook_deliveries')).to.deep.equal([{ id: anId(1) }]);
    expect(await rows('select hits, other_bodies from webhook_dedupe')).to.deep.equal([
      { hits: 3, other_bodies: 1 },
    ]);
    expect(await published()).to.have.length(1);
  });

  it('accepts ten deliveries 200 times each at once, through two processes, and keeps ten', async () => {
    const [one, two] = [ledger(), ledger()];
    const answers = await Promise.all(
      Array.from({ length: 2_000 }, (_, n) =>
        (n % 2 === 0 ? one : two).accept(
          aDelivery(1_000 + n, { key: `id:guid-${n % 10}`, body: `{"n":${n % 10}}` }),
        ),
      ),
    );
    expect(answers.filter((answer) => answer.kind === 'stored')).to.have.length(10);
    expect(answers.filter((answer) => answer.kind === 'repeated' && !answer.isOtherBody)).to.have.length(
      1_990,
    );
    expect(await rows('select count(*)::int as n from webhook_deliveries')).to.deep.equal([{ n: 10 }]);
    expect(await rows('select sum(hits)::int as n from webhook_dedupe')).to.deep.equal([{ n: 2_000 }]);
    expect(await published()).to.have.length(10);
  });

  it('makes a repeat wait for the commit of the first, and replace it if that fails', async () => {
    for (const commits of [true, false]) {
      await database().pool.query('truncate webhook_deliveries, webhook_dedupe, outbox_messages');
      const client = await database().pool.connect();
      await client.query('begin; set local role integration_system');
      await client.query(
        `insert into webhook_dedupe (webhook_id, key_hash, management_company_id, delivery_id, body_sha256, first_seen_at, last_seen_at, expires_at)
         values ($1, decode($2, 'hex'), $3, $4, 'x', now(), now(), now() + interval '10 years')`,
        [anId(900), sha256('id:guid-1'), TENANT, anId(7)],
      );
      let settled = false;
      const answer = ledger()
        .accept(aDelivery(1))
        .finally(() => (settled = true));
      await waitingForLock(database().pool);
      expect(settled).to.equal(false);
      await client.query(commits ? 'commit' : 'rollback');
      client.release();
      expect((await answer).kind).to.equal(commits ? 'repeated' : 'stored');
    }
  });

  it('accepts a repeat of an expired claim as a new event', async () => {
    const store = ledger();
    const claim = { keyHash: sha256('same'), until: RECEIVED_AT + 600_000 };
    await store.accept(aDelivery(1, { claim }));
    const late = { receivedAt: RECEIVED_AT + 600_000 };
    const next = { keyHash: claim.keyHash, until: RECEIVED_AT + 1_200_000 };
    expect(await store.accept(aDelivery(2, { claim: next, delivery: late }))).to.deep.equal({
      kind: 'stored',
      isSuspect: false,
    });
    expect((await store.accept(aDelivery(3, { claim: next, delivery: late }))).kind).to.equal('repeated');
  });

  it('lets a few deliveries gather after a group of several, but delays neither a crowd nor a single one', async () => {
    const clock = fixedClock();
    let groups = 0;
    const connect = () => {
      groups += 1;
      return database().pool.connect();
    };
    const gathering = ledger({ groupPool: { connect }, clock, sleep: clock.sleep });
    const some = (from: number, count: number) =>
      Promise.all(Array.from({ length: count }, (_, n) => gathering.accept(aDelivery(from + n))));
    await some(1, 1);
    await some(2, 1);
    await some(3, 2);
    const few = some(5, 2);
    await clock.run(3);
    expect(groups).to.equal(3);
    await clock.run(1);
    await few;
    await some(7, 16);
    expect(groups).to.equal(5);
    expect(await rows('select count(*)::integer as kept from webhook_deliveries')).to.deep.equal([
      { kept: 22 },
    ]);
  });

  it('flags the same body under another id, within a group and across groups', async () => {
    const bodyClaim = { keyHash: sha256('body'), until: RECEIVED_AT + DAY };
    const store = ledger();
    const first = await Promise.all([1, 2].map((n) => store.accept(aDelivery(n, { bodyClaim }))));
    expect(first.map((answer) => answer.kind === 'stored' && answer.isSuspect)).to.deep.equal([false, true]);
    const flags = ['address_not_listed'] as const;
    const third = await store.accept(aDelivery(3, { bodyClaim, delivery: { flags } }));
    expect(third).to.deep.equal({ kind: 'stored', isSuspect: true });
    expect(await rows('select flags from webhook_deliveries order by id')).to.deep.equal([
      { flags: [] },
      { flags: ['replay_suspect'] },
      { flags: ['address_not_listed', 'replay_suspect'] },
    ]);
    expect((await published()).map(({ event }) => event.data['flags'])).to.deep.equal([
      [],
      ['replay_suspect'],
      ['address_not_listed', 'replay_suspect'],
    ]);
  });

  it('publishes numbers with all the digits that were sent, and texts unchanged', async () => {
    const body = `\ufeff{"id": 12345678901234567890.0, "x": 1.0, "e": 1e400, "same": 1, "same": 2,\n "t":"\\u0000\\ud800 Юникод"}`;
    await ledger().accept(aDelivery(1, { body }));
    const [{ text } = { text: '' }] = await published();
    expect(text).to.contain(`"payload":${body.slice(1)}}}`);
    expect(JSON.parse(text)).to.have.nested.property('data.payload.x', 1);
  });

  it('writes a body once, with the same event as if it were written twice', async () => {
    const digits = '"n":12345678901234567890.10';
    const long = (end: string) => `{ "text" : "Тошкент \\u0000 🙂 ${'x'.repeat(2_000)}",${digits}${end}`;
    const body = long('}');
    await ledger().accept(
      aDelivery(1, { body, bodyClaim: { keyHash: sha256('one'), until: RECEIVED_AT + DAY } }),
    );
    // A repeat of a body under another id: its flag goes into the event beside the payload.
    await ledger().accept(
      aDelivery(2, { body, bodyClaim: { keyHash: sha256('one'), until: RECEIVED_AT + DAY } }),
    );
    await ledger().accept(aDelivery(3, { body: `\ufeff${body}` }));
    await ledger().accept(aDelivery(4, { body: long('') }));
    const sizes = await rows('select octet_length(messages) as size from outbox_messages order by id');
    expect(sizes.map(({ size }) => Number(size) < 1_500)).to.deep.equal([true, true, false, false]);
    const events = await published();
    expect(events.map(({ text }) => text.includes(body))).to.deep.equal([true, true, true, false]);
    expect(events.map(({ event }) => event.data['flags'])).to.deep.equal([[], ['replay_suspect'], [], []]);
    expect(events.slice(0, 3).map(({ event }) => event.data['payload'])).to.deep.equal(
      Array.from({ length: 3 }, () => JSON.parse(body) as unknown),
    );
    expect(events[3]?.event.data['payload_base64']).to.equal(Buffer.from(long('')).toString('base64'));
    for (const { event } of events) expect(eventProblems(event)).to.deep.equal([]);
  });

  it('sets an event aside when its body is gone, and continues with the next', async () => {
    await ledger().accept(aDelivery(1, { body: JSON.stringify({ text: 'x'.repeat(2_000) }) }));
    await ledger().accept(aDelivery(2));
    await database().pool.query('delete from webhook_deliveries where id = $1', [anId(1)]);
    expect((await published()).map(({ event }) => event.id)).to.deep.equal([anId(2)]);
    expect(await rows('select attempts, last_error from outbox_messages')).to.deep.equal([
      { attempts: -1, last_error: 'the body of its delivery is gone' },
    ]);
  });

  it('stores a delivery that is not accepted without an event', async () => {
    const states = ['held', 'spooled', 'filtered', 'handshake'] as const;
    const store = ledger();
    for (const [n, state] of states.entries())
      await store.accept(aDelivery(n, { state, ...(state === 'handshake' && { claim: undefined }) }));
    expect(await rows('select state, published_at from webhook_deliveries order by id')).to.deep.equal(
      states.map((state) => ({ state, published_at: null })),
    );
    expect(await published()).to.deep.equal([]);
  });

  it('stores a large body in parts that make up exactly its bytes, and publishes a reference to it', async () => {
    const body = Buffer.alloc(3 * 1024 * 1024 + 7);
    for (let at = 0; at < body.length; at += 4_096) body.writeUInt32LE(at, Math.min(at, body.length - 4));
    const store = ledger();
    expect((await store.accept(aDelivery(1, { body }))).kind).to.equal('stored');
    expect((await store.accept(aDelivery(2, { body, key: 'id:guid-1' }))).kind).to.equal('repeated');
    const parts = await rows('select delivery_id, bytes from webhook_body_parts order by delivery_id, part');
    expect(new Set(parts.map((part) => part['delivery_id']))).to.deep.equal(new Set([anId(1)]));
    expect(sha256(Buffer.concat(parts.map(({ bytes }) => bytes as Buffer)))).to.equal(sha256(body));
    const [{ event } = { event: undefined }] = await published();
    expect(event?.data['payload_ref']).to.equal(`/webhooks/deliveries/${anId(1)}/body`);
  });

  for (const [size, body] of [
    ['small', '{"action":"opened"}'],
    ['large', Buffer.alloc(1_100_000, 'a')],
  ] as const)
    it(`stores a ${size} delivery that arrives just when the partition of its day is created`, async () => {
      const store = ledger();
      const answer = await whileAttaching(database().pool, 'webhook_deliveries', () =>
        store.accept(aDelivery(1, { body })),
      );
      expect(answer).to.deep.equal({ kind: 'stored', isSuspect: false });
    });

  it('stores the parts of a large body that arrive just when the partition of their day is created', async () => {
    const body = Buffer.alloc(1_100_000, 'a');
    const store = ledger();
    const answer = await whileAttaching(database().pool, 'webhook_body_parts', () =>
      store.accept(aDelivery(1, { body })),
    );
    expect(answer).to.deep.equal({ kind: 'stored', isSuspect: false });
    expect(await rows('select hits from webhook_dedupe')).to.deep.equal([{ hits: 1 }]);
  });

  it('keeps nothing of a large body that took too long, so that its next attempt counts as the first', async () => {
    const body = Buffer.alloc(2 * 1024 * 1024);
    const store = ledger({ patienceMs: 50 });
    await asSystem(database(), async (session) => {
      await session.query('lock table webhook_body_parts in access exclusive mode');
      expect(await store.accept(aDelivery(1, { body }))).to.deep.equal({ kind: 'unavailable' });
    });
    await store.settled();
    expect(await rows('select id from webhook_deliveries')).to.deep.equal([]);
    const again = await ledger().accept(aDelivery(2, { body, key: 'id:guid-1' }));
    expect(again.kind).to.equal('stored');
  });

  it('stores small deliveries while a large body is still being written', async () => {
    const store = ledger({ patienceMs: 5_000 });
    const { small, large } = await asSystem(database(), async (session) => {
      await session.query('lock table webhook_body_parts in access exclusive mode');
      const stored = store.accept(aDelivery(1, { body: Buffer.alloc(2 * 1024 * 1024) }));
      await waitingForLock(database().pool);
      return { small: await store.accept(aDelivery(2)), large: stored };
    });
    expect(small).to.deep.equal({ kind: 'stored', isSuspect: false });
    expect(await large).to.deep.equal({ kind: 'stored', isSuspect: false });
  });

  it('stores small deliveries while a large one with the same id as one of them is still being written', async () => {
    const store = ledger({ patienceMs: 5_000 });
    const { small, large } = await asSystem(database(), async (session) => {
      await session.query('lock table webhook_body_parts in access exclusive mode');
      const stored = store.accept(aDelivery(1, { body: Buffer.alloc(2 * 1024 * 1024), key: 'id:guid-2' }));
      await waitingForLock(database().pool);
      const answers = [store.accept(aDelivery(2)), store.accept(aDelivery(3))];
      return { small: await Promise.all(answers), large: stored };
    });
    expect(small.map(({ kind }) => kind)).to.deep.equal(['stored', 'stored']);
    expect(await large).to.deep.equal({ kind: 'repeated', firstId: anId(2), isOtherBody: true });
    expect(await rows('select delivery_id from webhook_body_parts')).to.deep.equal([]);
    expect(
      await rows('select hits, other_bodies from webhook_dedupe order by hits desc limit 1'),
    ).to.deep.equal([{ hits: 2, other_bodies: 1 }]);
  });

  it('leaves connections to other work, however many large bodies come at once', async () => {
    const store = ledger();
    const { small, large } = await asSystem(database(), async (session) => {
      await session.query('lock table webhook_body_parts in access exclusive mode');
      const stored = Promise.all(
        Array.from({ length: 7 }, (_, n) => store.accept(aDelivery(n, { body: Buffer.alloc(1_100_000, n) }))),
      );
      await waitingForLock(database().pool);
      return { small: await store.accept(aDelivery(8)), large: stored };
    });
    expect(small.kind).to.equal('stored');
    expect((await large).map(({ kind }) => kind)).to.deep.equal(Array(7).fill('stored'));
    await store.settled();
  });

  it('stores deliveries while the creation of a partition waits for the end of a dump', async () => {
    const { pool } = database();
    const [deliveries] = deliveryTables;
    const reader = await pool.connect();
    try {
      await reader.query('begin; lock table webhook_deliveries_default in access share mode');
      const waited = async (time: number): Promise<number> => {
        let isOver = false;
        const isInUse = ensurePartitions({ database: database(), clock: fixedClock(RECEIVED_AT) }, deliveries)
          .then(() => false, isPartitionInUse)
          .finally(() => (isOver = true));
        // It waits for two seconds, which a stalled test may miss entirely.
        await waitingForLock(pool, () => isOver);
        const began = performance.now();
        const answer = await ledger().accept(aDelivery(time));
        const took = performance.now() - began;
        const isMissed = isOver;
        expect(answer).to.deep.equal({ kind: 'stored', isSuspect: false });
        expect(await isInUse).to.equal(true);
        return isMissed ? Number.POSITIVE_INFINITY : took;
      };
      expect(await shortestOf(waited, GIVEN_UP_MS)).to.be.lessThan(GIVEN_UP_MS);
    } finally {
      await reader.query('rollback');
      reader.release();
    }
  });

  it('shows no tenant what another one was sent', async () => {
    await ledger().accept(aDelivery(1));
    const seen = (tenant: typeof TENANT) =>
      queryInTenant(database(), tenant, 'select id from webhook_deliveries', []);
    expect((await seen(TENANT)).rowCount).to.equal(1);
    expect((await seen(OTHER_TENANT)).rowCount).to.equal(0);
  });

  it('refuses a delivery that the database cannot store, and keeps the others of its group', async () => {
    const store = ledger();
    const answers = await Promise.allSettled([
      store.accept(aDelivery(1)),
      store.accept(aDelivery(2, { delivery: { headers: { broken: '\0' }, id: 'no uuid' } })),
      store.accept(aDelivery(3)),
    ]);
    expect(answers.map(({ status }) => status)).to.deep.equal(['fulfilled', 'rejected', 'fulfilled']);
    expect(await rows('select id from webhook_deliveries order by id')).to.deep.equal([
      { id: anId(1) },
      { id: anId(3) },
    ]);
  });

  it('acknowledges nothing while the database is unavailable or too slow', async () => {
    expect(await ledger({ isAway: () => true }).accept(aDelivery(1))).to.deep.equal({ kind: 'unavailable' });
    await asSystem(database(), async (session) => {
      await session.query('lock table webhook_dedupe in access exclusive mode');
      const answer = await ledger({ patienceMs: 50 }).accept(aDelivery(2));
      expect(answer).to.deep.equal({ kind: 'unavailable' });
    });
  });
});

/** Resolves when a transaction waits for a lock of another one, or none will any more. */
const waitingForLock = (
  pool: { query: (text: string) => Promise<{ rowCount: number | null }> },
  isOver = (): boolean => false,
) =>
  until(
    async () => isOver() || ((await pool.query('select from pg_locks where not granted')).rowCount ?? 0) > 0,
    (isSeen) => isSeen,
  );
