import { expect } from 'chai';
import { openDatabase, type Database } from '../../../src/infrastructure/postgres/database.ts';
import { OutboxRelay } from '../../../src/infrastructure/postgres/outbox/outbox-relay.ts';
import { asSystem, queryAsSystem } from '../../../src/infrastructure/postgres/tenant-session.ts';
import { toCloudEvent } from '../../../src/infrastructure/events/cloud-event.ts';
import { systemClock, systemSleep } from '../../../src/infrastructure/system/system-clock.ts';
import { anEvent } from '../../support/a-recorded-call.ts';
import { anId } from '../../support/an-external-service.ts';
import { bindEventQueue, readEventQueue, removeEventQueue } from '../../support/event-queue.ts';
import { startFaultProxy, type FaultProxy } from '../../support/fault-proxy.ts';
import { eventually } from '../../support/until.ts';
import { startPrivateBroker, type PrivateBroker } from '../../support/private-broker.ts';
import { rabbitmqServer } from '../../support/rabbitmq-server.ts';
import { migratedDatabase } from '../postgres/postgres-fixture.ts';
import { emptyTrail } from '../postgres/trail-fixture.ts';
import { busOn, type BusOnBroker } from './event-bus-fixture.ts';

const SUBJECTS = 7;
const ROW = 5;

/** A replica's path from the outbox to the broker, through the proxy. */
type Replica = { readonly on: BusOnBroker; readonly relay: OutboxRelay; readonly stop: () => Promise<void> };

describe('events from the outbox to a broker in trouble', () => {
  const { database, url } = migratedDatabase(6);
  let broker: PrivateBroker;
  let proxy: FaultProxy;
  let replicas: Replica[];
  let written: number;
  let queue: string;
  before(async () => {
    await rabbitmqServer();
    broker = await startPrivateBroker();
    proxy = await startFaultProxy({ host: '127.0.0.1', port: broker.port });
  });
  after(async () => {
    await proxy.close();
    await broker.dispose();
  });
  beforeEach(async function () {
    await emptyTrail(database());
    replicas = [];
    written = 0;
    queue = `of ${this.currentTest?.title ?? ''}`;
    await bindEventQueue({ url: broker.url, queue, bind: { exchange: 'integration.events', pattern: '#' } });
  });
  afterEach(async () => {
    proxy.pass();
    broker.thaw();
    await broker.start();
    for (const replica of replicas) await replica.stop();
    // Unbound, so that nothing keeps the messages of the next test.
    await removeEventQueue(broker.url, queue);
  });

  const startReplica = async (): Promise<Replica> => {
    const own: Database = await openDatabase({ url: url(), migrate: false, poolSize: 2 });
    const on = await busOn(`amqp://guest:guest@127.0.0.1:${proxy.port}?heartbeat=1`);
    const relay = new OutboxRelay({
      database: own,
      bus: on.bus,
      clock: systemClock,
      sleep: systemSleep,
      random: Math.random,
      onPublished: () => undefined,
      onRefused: () => undefined,
      onFailed: () => undefined,
    });
    relay.start();
    const replica = {
      on,
      relay,
      stop: async () => {
        replicas = replicas.filter((other) => other !== replica);
        await relay.close();
        await on.connection.close();
        await own.close();
      },
    };
    replicas.push(replica);
    return replica;
  };

  /** Writes rows of a few events each, committed one after the other: their order is the order of each subject. */
  const write = async (rows: number): Promise<void> => {
    for (let row = 0; row < rows; row += 1) {
      const events = Array.from({ length: ROW }, () =>
        toCloudEvent(anEvent({ id: anId(written), subject: `subject-${written++ % SUBJECTS}` })),
      );
      await asSystem(database(), (session) =>
        session.query('insert into outbox_messages (messages) values ($1)', [JSON.stringify(events)]),
      );
      replicas[row % replicas.length]?.relay.wake();
    }
  };
  const waiting = async (which = 'true'): Promise<number> =>
    (
      await queryAsSystem<{ n: number }>(
        database(),
        `select count(*)::int as n from outbox_messages where ${which}`,
        [],
      )
    ).rows[0]?.n ?? 0;
  const nothingWaits = () =>
    eventually('an empty outbox', async () => ((await waiting()) === 0 ? true : undefined), 60_000);

  /** Expects every event at least once and, for each subject, the first arrivals in order. */
  const expectAllInOrder = async (): Promise<void> => {
    await nothingWaits();
    const reader = await readEventQueue({ url: broker.url, queue });
    const received = (await reader.drained()).map(({ event }) => event);
    await reader.close();
    const first = [...new Set(received.map(({ id }) => id))];
    const subjects = new Map(received.map(({ id, subject }) => [id, subject]));
    expect(first.length).to.equal(written);
    for (let subject = 0; subject < SUBJECTS; subject += 1) {
      const name = `subject-${subject}`;
      const expected = Array.from({ length: written }, (_, n) => n)
        .filter((n) => n % SUBJECTS === subject)
        .map(anId);
      expect(first.filter((id) => subjects.get(id) === name)).to.deep.equal(expected);
    }
  };

  it('arrive in order per subject from three replicas that take turns', async () => {
    for (let n = 0; n < 3; n += 1) await startReplica();
    await write(300);
    await expectAllInOrder();
  });

  it('wait while the broker is killed, and all arrive in order when it is back', async () => {
    for (let n = 0; n < 2; n += 1) await startReplica();
    await write(20);
    await broker.kill();
    await write(100);
    expect(await waiting()).to.be.greaterThan(0);
    await broker.start();
    await expectAllInOrder();
  });

  it('arrive although connections are reset repeatedly', async () => {
    for (let n = 0; n < 2; n += 1) await startReplica();
    for (let round = 0; round < 10; round += 1) {
      await write(10);
      proxy.reset();
    }
    await expectAllInOrder();
  });

  it('wait for a broker that accepts and never answers, and arrive when it does', async () => {
    for (let n = 0; n < 2; n += 1) await startReplica();
    await write(5);
    broker.freeze();
    await write(50);
    await eventually('the loss', async () =>
      replicas.every(({ on }) => !on.connection.isUp) ? true : undefined,
    );
    broker.thaw();
    await expectAllInOrder();
  });

  it('arrive when only the confirms are lost', async () => {
    await startReplica();
    await write(5);
    await nothingWaits();
    proxy.hang('to-client');
    await write(50);
    await eventually('the loss', async () => (replicas[0]?.on.connection.isUp === false ? true : undefined));
    proxy.pass();
    await expectAllInOrder();
  });

  it('keep flowing with a delay of half a second in each direction', async () => {
    await startReplica();
    proxy.delay(500);
    const began = performance.now();
    await write(400);
    await expectAllInOrder();
    expect(performance.now() - began).to.be.lessThan(40_000);
  });

  it('keep flowing with that delay although several are too large for the broker', async () => {
    const takes = (bytes: number) =>
      broker.ctl('eval', `application:set_env(rabbit, max_message_size, ${bytes}).`);
    await takes(4_000);
    await startReplica();
    proxy.delay(500);
    const tooLarge = { payload: 'x'.repeat(4_000) };
    const events = Array.from({ length: 12 }, (_, n) =>
      toCloudEvent(anEvent({ id: anId(n), ...(n % 3 === 1 && { data: tooLarge }) })),
    );
    await asSystem(database(), (session) =>
      session.query('insert into outbox_messages (messages) values ($1)', [JSON.stringify(events)]),
    );
    replicas[0]?.relay.wake();
    await eventually(
      'four set aside',
      async () => ((await waiting('attempts < 0')) === 4 ? true : undefined),
      60_000,
    );
    await takes(134_217_728);
    const reader = await readEventQueue({ url: broker.url, queue });
    const received = (await reader.drained()).map(({ event }) => event.id);
    await reader.close();
    expect([...new Set(received)]).to.deep.equal(
      events.filter((_, n) => n % 3 !== 1).map((event) => event['id']),
    );
    expect(await waiting('attempts >= 0')).to.equal(0);
  });

  it('are published by another replica when the one whose turn it is hangs', async () => {
    const one = await startReplica();
    await write(5);
    await nothingWaits();
    // The second one reaches the broker directly, past the fault of the first.
    proxy.hang();
    await write(50);
    one.relay.wake();
    const own = await openDatabase({ url: url(), migrate: false, poolSize: 2 });
    const on = await busOn(broker.url);
    const other = new OutboxRelay({
      database: own,
      bus: on.bus,
      clock: systemClock,
      sleep: systemSleep,
      random: Math.random,
      onPublished: () => undefined,
      onRefused: () => undefined,
      onFailed: () => undefined,
    });
    other.start();
    await nothingWaits();
    await other.close();
    await on.connection.close();
    await own.close();
    proxy.pass();
    await expectAllInOrder();
  });
});
