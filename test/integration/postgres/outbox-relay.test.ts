import { expect } from 'chai';
import { Pool } from 'pg';
import type { CloudEvent, EventBus, Refusal } from '../../../src/application/event-bus.ts';
import { toCloudEvent } from '../../../src/infrastructure/events/cloud-event.ts';
import { openDatabase } from '../../../src/infrastructure/postgres/database.ts';
import { forwardBatch } from '../../../src/infrastructure/postgres/outbox/outbox-batch.ts';
import { OutboxRelay } from '../../../src/infrastructure/postgres/outbox/outbox-relay.ts';
import { PostgresCallJournal } from '../../../src/infrastructure/postgres/trail/postgres-call-journal.ts';
import { asSystem, queryAsSystem } from '../../../src/infrastructure/postgres/tenant-session.ts';
import { errorCode } from '../../../src/infrastructure/system/error-code.ts';
import { systemClock, systemSleep } from '../../../src/infrastructure/system/system-clock.ts';
import { anEvent, aRecordedCall } from '../../support/a-recorded-call.ts';
import { anId } from '../../support/an-external-service.ts';
import { fixedClock } from '../../support/fixed-clock.ts';
import { migratedDatabase } from './postgres-fixture.ts';
import { emptyTrail, storedEvents } from './trail-fixture.ts';

const numbers = (first: number, count: number): readonly number[] =>
  Array.from({ length: count }, (_, n) => first + n);
/** The dependencies of every relay here, with telemetry that counts nothing. */
const uncounted = {
  clock: systemClock,
  sleep: systemSleep,
  onPublished: () => undefined,
  onRefused: () => undefined,
};
const row = (...ns: readonly number[]): string =>
  JSON.stringify(ns.map((n) => toCloudEvent(anEvent({ id: anId(n), subject: `subject-${n % 5}` }))));

/** Accepts everything unless it is told to refuse, and lets a test wait for what it expects. */
const listeningBus = () => {
  const received: string[] = [];
  const waiting = new Set<{ readonly count: number; readonly tell: () => void }>();
  let refusal: Error | undefined;
  let before: (() => Promise<unknown>) | undefined;
  const publish = async (messages: readonly CloudEvent[]): Promise<readonly Refusal[]> => {
    await before?.();
    if (refusal !== undefined) throw refusal;
    received.push(...messages.map(({ id }) => id));
    for (const waiter of waiting) if (received.length >= waiter.count) waiter.tell();
    return [];
  };
  return {
    bus: { publish } satisfies EventBus,
    received,
    refuse: (error: Error | undefined) => void (refusal = error),
    before: (work: (() => Promise<unknown>) | undefined) => void (before = work),
    has: (count: number): Promise<void> =>
      new Promise((resolve) => {
        if (received.length >= count) resolve();
        else waiting.add({ count, tell: resolve });
      }),
  };
};

describe('the outbox relay', () => {
  const { database, url } = migratedDatabase(6);
  beforeEach(() => emptyTrail(database()));

  const write = (...rows: readonly string[]) =>
    queryAsSystem(
      database(),
      `insert into outbox_messages (messages)
       select messages from unnest($1::text[]) with ordinality as written (messages, place) order by place`,
      [rows],
    );
  const kept = async () =>
    (
      await queryAsSystem<{ attempts: number; last_error: string | null }>(
        database(),
        'select attempts, last_error from outbox_messages order by id',
        [],
      )
    ).rows;
  const relayTo = (bus: EventBus, change: Partial<ConstructorParameters<typeof OutboxRelay>[0]> = {}) =>
    new OutboxRelay({
      ...uncounted,
      database: database(),
      bus,
      random: () => 0,
      onFailed: () => undefined,
      ...change,
    });
  const forward = (bus: EventBus, change: object = {}) =>
    forwardBatch({ ...uncounted, database: database(), bus, ...change });

  it('publishes what is committed, in order, and leaves nothing behind', async () => {
    const { bus, received } = listeningBus();
    await write(row(1, 2), row(3), row(4, 5, 6));
    expect(await forward(bus)).to.include({ kind: 'forwarded', events: 6 });
    expect(received).to.deep.equal(numbers(1, 6).map(anId));
    expect(await forward(bus)).to.deep.equal({ kind: 'nothing' });
    expect(await kept()).to.deep.equal([]);
  });

  it('measures a batch by the bytes of its rows, whatever script they are written in', async () => {
    const address = (n: number): string =>
      JSON.stringify([toCloudEvent(anEvent({ id: anId(n), subject: 'ж'.repeat(800) }))]);
    await write(...numbers(1, 4).map(address));
    const { bus } = listeningBus();
    const outcome = await forwardBatch({ ...uncounted, database: database(), bus }, 4_096);
    expect(outcome).to.include({ kind: 'forwarded', isFull: true });
    expect(await forwardBatch({ ...uncounted, database: database(), bus }, 65_536)).to.include({
      isFull: false,
    });
  });

  it('publishes nothing of work that was rolled back', async () => {
    const { bus, received } = listeningBus();
    const undone = asSystem(database(), async (session) => {
      await session.query('insert into outbox_messages (messages) values ($1)', [row(1)]);
      throw new Error('undone');
    });
    expect(await undone.catch((error: Error) => error.message)).to.equal('undone');
    await write(row(2));
    await forward(bus);
    expect(received).to.deep.equal([anId(2)]);
  });

  it('publishes the events of a journal when its commits wake it, and drains the outbox on closing', async () => {
    const { bus, received, has } = listeningBus();
    const relay = relayTo(bus);
    relay.start();
    const journal = new PostgresCallJournal({
      pool: database().pool,
      clock: systemClock,
      onCommitted: relay.wake,
    });
    await journal.append(aRecordedCall(1));
    await has(1);
    await Promise.all(numbers(2, 999).map((n) => journal.append(aRecordedCall(n))));
    await journal.close();
    await relay.close();
    expect(received).to.have.members(numbers(1, 1_000).map((n) => anId(1_000_000 + n)));
    expect(await storedEvents(database())).to.deep.equal([]);
  });

  it('leaves a long backlog to its successor when it closes', async () => {
    const { bus, received, before } = listeningBus();
    const clock = fixedClock();
    const relay = relayTo(bus, { clock, sleep: clock.sleep });
    relay.start();
    while (clock.pending() === 0) await database().pool.query('select');
    const padding = 'x'.repeat(300_000);
    const aBatch = (n: number) =>
      JSON.stringify([{ ...toCloudEvent(anEvent({ id: anId(n), subject: 's' })), padding }]);
    await write(...numbers(1, 10).map(aBatch));
    // Two seconds for each.
    before(async () => clock.advance(2_000));
    await relay.close();
    expect(received).to.deep.equal(numbers(1, 3).map(anId));
    expect(await kept()).to.have.length(7);
  });

  describe('closes in time, and keeps the events,', () => {
    /** Reports that it is ready, and never confirms. */
    const stuckBus = () => {
      const asked = Promise.withResolvers<void>();
      const blocked = Promise.withResolvers<void>();
      let isReady = true;
      let publishings = 0;
      const bus: EventBus = {
        publish: () => {
          publishings += 1;
          asked.resolve();
          return new Promise(() => undefined);
        },
        isReady: () => isReady,
        whenReady: async () => undefined,
        whenBlocked: () => blocked.promise,
      };
      const block = (): void => {
        isReady = false;
        blocked.resolve();
      };
      const unblock = (): void => void (isReady = true);
      return { bus, asked: asked.promise, block, unblock, publishings: () => publishings };
    };
    /** A relay that waits for the bus to confirm a row. */
    const publishing = async (bus: EventBus, asked: Promise<void>) => {
      await write(row(1));
      const relay = relayTo(bus, { sleep: fixedClock().sleep });
      relay.start();
      await asked;
      return relay;
    };
    const notConfirmed = [{ attempts: 1, last_error: 'the bus had not confirmed when this process ended' }];

    it('when the bus has not confirmed a batch and accepts nothing by now', async () => {
      const { bus, asked, block } = stuckBus();
      const relay = await publishing(bus, asked);
      block();
      await relay.close();
      expect(await kept()).to.deep.equal(notConfirmed);
    });

    it('when the bus has not confirmed a batch and meanwhile reports that it accepts nothing', async () => {
      const { bus, asked, block } = stuckBus();
      const relay = await publishing(bus, asked);
      const closed = relay.close();
      block();
      await closed;
      expect(await kept()).to.deep.equal(notConfirmed);
    });

    it('without publishing a batch again that it gave up, although the bus accepts messages again', async () => {
      const { bus, asked, block, unblock, publishings } = stuckBus();
      const relay = await publishing(bus, asked);
      const closed = relay.close();
      block();
      unblock();
      await closed;
      expect(publishings()).to.equal(1);
      expect(await kept()).to.deep.equal(notConfirmed);
    });

    it('seconds after the bus began to hang without confirming a batch', async () => {
      const { bus, asked } = stuckBus();
      const clock = fixedClock();
      await write(row(1));
      const relay = relayTo(bus, { clock, sleep: clock.sleep });
      relay.start();
      await asked;
      const closed = relay.close();
      clock.advance(6_999);
      expect(await kept()).to.deep.equal([{ attempts: 0, last_error: null }]);
      clock.advance(1);
      await closed;
      expect(await kept()).to.deep.equal(notConfirmed);
    });
  });

  it('polls for events whose wake-up was lost', async () => {
    const { bus, received, has } = listeningBus();
    const clock = fixedClock();
    const relay = relayTo(bus, { sleep: clock.sleep });
    relay.start();
    while (clock.pending() === 0) await database().pool.query('select');
    await write(row(1));
    clock.advance(5_000);
    await has(1);
    await relay.close();
    expect(received).to.deep.equal([anId(1)]);
  });

  it('sends again after a crash between publishing and deleting, with the same ids and in the same order', async () => {
    const { bus, received, before } = listeningBus();
    await write(row(1, 2), row(3));
    before(async () => {
      await database().pool.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
         where datname = current_database() and state = 'idle in transaction' and pid <> pg_backend_pid()`,
      );
    });
    expect((await forward(bus)).kind).to.equal('failed');
    before(undefined);
    expect((await forward(bus)).kind).to.equal('forwarded');
    expect(received).to.deep.equal([1, 2, 3, 1, 2, 3].map(anId));
  });

  it('keeps everything while the bus refuses, counts the attempts, and sends it in order afterwards', async () => {
    const { bus, received, refuse, has } = listeningBus();
    const pauses: number[] = [];
    refuse(new Error('broker away'));
    await write(row(1), row(2));
    const failedThrice = new Promise<void>((resolve) => {
      const relay = relayTo(bus, {
        onFailed: (_error, retryInMs) => {
          if (pauses.push(retryInMs) === 3) resolve(relay.close());
        },
      });
      relay.start();
    });
    await failedThrice;
    expect(pauses.slice(0, 3)).to.deep.equal([125, 250, 500]);
    // Three iterations of the loop, and the last attempt of `close`.
    expect(await kept()).to.deep.equal(numbers(1, 2).map(() => ({ attempts: 4, last_error: 'broker away' })));
    refuse(undefined);
    const relay = relayTo(bus);
    relay.start();
    await has(2);
    await relay.close();
    expect(received).to.deep.equal([anId(1), anId(2)]);
  });

  it('publishes nothing while the database is read-only, which could not delete it and would have it sent repeatedly', async () => {
    const { bus, received } = listeningBus();
    await write(row(1, 2));
    const pool = new Pool({ connectionString: url(), options: '-c default_transaction_read_only=on' });
    for (let n = 0; n < 3; n += 1) {
      const outcome = await forward(bus, { database: { pool } });
      expect(outcome.kind === 'failed' && errorCode(outcome.error)).to.equal('25006');
    }
    await pool.end();
    expect(received).to.deep.equal([]);
    await forward(bus);
    expect(received).to.deep.equal([anId(1), anId(2)]);
  });

  it('reports that it works as long as it can do anything, but not while it cannot tell', async () => {
    const told: string[] = [];
    const { bus, refuse } = listeningBus();
    refuse(new Error('broker away'));
    await write(row(1));
    const clock = fixedClock();
    const relay = relayTo(bus, {
      sleep: clock.sleep,
      onFailed: () => told.push('failed'),
      onWorks: () => told.push('works'),
    });
    const rested = async () => {
      while (clock.pending() === 0) await database().pool.query('select');
    };
    relay.start();
    await rested();
    refuse(undefined);
    clock.advance(125);
    await rested();
    clock.advance(25);
    await rested();
    expect(told, 'a batch, then an empty outbox').to.deep.equal(['failed', 'works', 'works']);
    const other = await database().pool.connect();
    await other.query('begin');
    await other.query('select pg_advisory_xact_lock($1)', [0x6f_75_74_62_78]);
    clock.advance(5_000);
    await rested();
    expect(told.slice(3), 'another one is at it').to.deep.equal([]);
    await other.query('rollback');
    other.release();
    await relay.close();
  });

  it('gives up on a bus that does not answer, and keeps the events', async () => {
    const clock = fixedClock();
    await write(row(1));
    const stuck = forward({ publish: () => new Promise(() => undefined) }, { sleep: clock.sleep });
    while (clock.pending() === 0) await database().pool.query('select');
    clock.advance(20_000);
    expect((await stuck).kind).to.equal('failed');
    expect(await kept()).to.deep.equal([
      { attempts: 1, last_error: 'the bus has not confirmed within 20000 ms' },
    ]);
  });

  it('sets aside a row that is not JSON and continues with the next', async () => {
    const { bus, received } = listeningBus();
    await write(row(1), 'not JSON', '{}', row(2));
    expect(await forward(bus)).to.include({ kind: 'forwarded', events: 2 });
    expect(received).to.deep.equal([anId(1), anId(2)]);
    expect(await forward(bus)).to.deep.equal({ kind: 'nothing' });
    expect(await kept()).to.deep.equal(
      numbers(1, 2).map(() => ({ attempts: -1, last_error: 'not a JSON array' })),
    );
  });

  it('sets aside an event that the bus will never accept, and keeps the order of the others', async () => {
    const { bus, received } = listeningBus();
    const refusing: EventBus = {
      publish: async (messages) => {
        await bus.publish(messages.filter(({ id }) => id !== anId(2)));
        return messages.filter(({ id }) => id === anId(2)).map(({ id }) => ({ id, reason: 'too large' }));
      },
    };
    const seen: unknown[] = [];
    await write(row(1, 2, 3), row(4));
    await forward(refusing, {
      onPublished: (events: readonly CloudEvent[]) => seen.push(events.map(({ id }) => id)),
      onRefused: (refusal: Refusal, event: CloudEvent) => seen.push({ ...refusal, event: event.id }),
    });
    expect(received).to.deep.equal([1, 3, 4].map(anId));
    expect(seen).to.deep.equal([[1, 3, 4].map(anId), { id: anId(2), reason: 'too large', event: anId(2) }]);
    expect(await kept()).to.deep.equal([{ attempts: -1, last_error: 'too large' }]);
    expect(await storedEvents(database())).to.deep.equal(JSON.parse(row(2)));
    expect(await forward(refusing)).to.deep.equal({ kind: 'nothing' });
  });

  it('reports why the database does not store what the bus has refused', async () => {
    await write(row(1));
    const refusing: EventBus = { publish: async () => [{ id: anId(1), reason: 'too large' }] };
    await database().pool.query(
      'alter table outbox_messages add constraint nothing_aside check (attempts >= 0)',
    );
    try {
      expect(await forward(refusing)).to.have.nested.property('error.constraint', 'nothing_aside');
      expect(await kept()).to.deep.equal([{ attempts: 0, last_error: null }]);
    } finally {
      await database().pool.query('alter table outbox_messages drop constraint nothing_aside');
    }
  });

  it('reads nothing while the bus is unavailable, and begins as soon as it is back', async () => {
    const { bus, received, has } = listeningBus();
    let isReady = false;
    let begin: (() => void) | undefined;
    let published = 0;
    const away: EventBus = {
      publish: (messages) => {
        published += 1;
        return bus.publish(messages);
      },
      isReady: () => isReady,
      whenReady: () => new Promise((resolve) => (begin = resolve)),
    };
    await write(row(1), row(2));
    const relay = relayTo(away);
    relay.start();
    relay.wake();
    expect(begin).to.be.a('function');
    expect(await kept()).to.deep.equal(numbers(1, 2).map(() => ({ attempts: 0, last_error: null })));
    expect(published).to.equal(0);
    isReady = true;
    begin?.();
    await has(2);
    await relay.close();
    expect(received).to.deep.equal([anId(1), anId(2)]);
  });

  it('drops events that nobody listens to, and keeps them as soon as somebody listens', async () => {
    const { bus, received } = listeningBus();
    let heard = false;
    const quiet = { ...bus, hasListeners: () => heard };
    await write(row(1, 2), row(3));
    expect(await forward(quiet)).to.deep.equal({ kind: 'let-go', rows: 2 });
    expect(await forward(quiet)).to.deep.equal({ kind: 'nothing' });
    heard = true;
    await write(row(4));
    await forward(quiet);
    expect(received).to.deep.equal([anId(4)]);
  });

  it('takes turns with the relays of other replicas: no event twice, order kept', async () => {
    const { bus, received, has } = listeningBus();
    const replicas = await Promise.all(
      numbers(1, 3).map(() => openDatabase({ url: url(), migrate: false, poolSize: 2 })),
    );
    const relays = replicas.map((replica) => relayTo(bus, { database: replica }));
    for (const relay of relays) relay.start();
    for (const n of numbers(0, 40)) {
      await write(...numbers(n * 25 + 1, 25).map((id) => row(id)));
      for (const relay of relays) relay.wake();
    }
    await has(1_000);
    await Promise.all(relays.map((relay) => relay.close()));
    await Promise.all(replicas.map((replica) => replica.close()));
    expect(received).to.deep.equal(numbers(1, 1_000).map(anId));
  });

  it('takes larger batches from a bus that is slow, and smaller ones again from one that is not', async () => {
    const { bus, has } = listeningBus();
    const clock = fixedClock();
    const sizes: number[] = [];
    // Batches of at least 256 full rows are published in these times.
    const times = [200, 200, 200, 10, 10];
    const slow: EventBus = {
      publish: (messages) => {
        sizes.push(messages.length);
        clock.advance(times[sizes.length - 1] ?? 0);
        return bus.publish(messages);
      },
    };
    await write(...numbers(1, 5_000).map((n) => JSON.stringify([{ id: anId(n) }])));
    const relay = relayTo(slow, { clock });
    relay.start();
    await has(5_000);
    await relay.close();
    expect(sizes).to.deep.equal([256, 512, 1_024, 2_048, 1_024, 136]);
  });

  it('sends smaller batches over a connection too slow to carry one before its confirmation is due', async () => {
    const { bus, has, received } = listeningBus();
    const clock = fixedClock();
    const sent: string[] = [];
    const tooMany = Promise.withResolvers<never>();
    // Five kilobytes a second, and ten seconds for a batch, as in RabbitmqEventBus.
    const narrow: EventBus = {
      publish: async (messages) => {
        sent.push(...messages.map(({ id }) => id));
        if (sent.length > 5_000)
          tooMany.reject(new Error(`${received.length} received of ${sent.length} sent`));
        const neededMs = JSON.stringify(messages).length / 5;
        clock.advance(Math.min(neededMs, 10_000));
        if (neededMs > 10_000) throw new Error('not confirmed within 10000 ms');
        return bus.publish(messages);
      },
    };
    await write(...numbers(1, 1_000).map((n) => row(n)));
    const relay = relayTo(narrow, { clock });
    relay.start();
    await Promise.race([has(1_000), tooMany.promise]);
    await relay.close();
    expect(received).to.deep.equal(numbers(1, 1_000).map(anId));
    // The first batch, and halves of it until one succeeds; larger batches are not tried again afterwards.
    expect(sent.length).to.be.below(2_000);
  });

  it('says of a row that the way does not carry that all others wait behind it, once it is sure', async () => {
    const late = new Error('not confirmed within 10000 ms');
    const clock = fixedClock();
    const stuck = async (tookMs: number): Promise<string> => {
      const publish = (): Promise<never> => {
        clock.advance(tookMs);
        return Promise.reject(late);
      };
      const outcome = await forwardBatch({ ...uncounted, clock, database: database(), bus: { publish } }, 1);
      return outcome.kind === 'failed' ? String(outcome.error) : outcome.kind;
    };
    await write(row(1), row(2));
    for (let attempt = 1; attempt < 5; attempt += 1) expect(await stuck(10_000)).to.equal(String(late));
    const sure =
      'not confirmed within 10000 ms: one row by itself, tried five times or more, and all others wait behind it';
    expect(await stuck(10_000)).to.equal(`Error: ${sure}`);
    expect(await kept()).to.deep.equal([
      { attempts: 5, last_error: sure },
      { attempts: 0, last_error: null },
    ]);
    // What is refused at once is no matter of the way.
    expect(await stuck(10)).to.equal(String(late));
  });

  it('takes large rows a few at a time', async () => {
    const { bus, received } = listeningBus();
    const large = (n: number): string =>
      JSON.stringify([toCloudEvent(anEvent({ id: anId(n), data: { payload: 'x'.repeat(200_000) } }))]);
    await write(large(1), large(2), large(3));
    expect(await forward(bus)).to.include({ kind: 'forwarded', events: 2 });
    expect(await forward(bus)).to.include({ kind: 'forwarded', events: 1 });
    expect(received).to.deep.equal([anId(1), anId(2), anId(3)]);
  });

  it('has published an earlier event before a later one of the same subject can be seen', async () => {
    const { bus, received } = listeningBus();
    const slow = await database().pool.connect();
    await slow.query('begin; set local role integration_system');
    await slow.query('insert into outbox_messages (messages) values ($1)', [row(1)]);
    await write(row(2));
    await forward(bus);
    await slow.query('commit');
    slow.release();
    await write(row(3));
    await forward(bus);
    // 1 and 2 ran concurrently; 3 came after both.
    expect(received).to.deep.equal([2, 1, 3].map(anId));
  });
});
