import { expect } from 'chai';
import { randomBytes } from 'node:crypto';
import type { CloudEvent } from '../../../src/application/event-bus.ts';
import type { Sleep } from '../../../src/domain/shared/clock.ts';
import type { ReplayPlan } from '../../../src/domain/webhook/delivery/replay-store.ts';
import { replayEventId, type Replay } from '../../../src/domain/webhook/delivery/replay.ts';
import {
  releaseHeld,
  resumedWebhooks,
} from '../../../src/infrastructure/postgres/webhooks/held-deliveries.ts';
import { LARGE_BODY } from '../../../src/infrastructure/postgres/webhooks/postgres-delivery-ledger.ts';
import { postgresDeliveryReader } from '../../../src/infrastructure/postgres/webhooks/postgres-delivery-reader.ts';
import { postgresReplayStore } from '../../../src/infrastructure/postgres/webhooks/postgres-replay-store.ts';
import { ReplayRunner } from '../../../src/infrastructure/postgres/webhooks/replay-runner.ts';
import { stepReplay } from '../../../src/infrastructure/postgres/webhooks/replay-step.ts';
import { queryAsSystem } from '../../../src/infrastructure/postgres/tenant-session.ts';
import { dropOldDeliveries } from '../../../src/infrastructure/postgres/webhooks/webhook-retention.ts';
import { aDelivery, RECEIVED_AT } from '../../support/a-received-delivery.ts';
import { anId, OTHER_TENANT, TENANT } from '../../support/an-external-service.ts';
import { eventProblems } from '../../support/asyncapi.ts';
import { fixedClock, turn } from '../../support/fixed-clock.ts';
import { until } from '../../support/until.ts';
import { patientLedger } from './patient-ledger.ts';
import { migratedDatabase } from './postgres-fixture.ts';

type Sent = { readonly event: CloudEvent; readonly text: string };
type DataOf = { readonly [field: string]: unknown };

const LATER = RECEIVED_AT + 3_600_000;
const LONG = 500;
const DAY = 86_400_000;

describe('replays of deliveries', () => {
  const { database } = migratedDatabase(8);
  beforeEach(() =>
    database().pool.query(
      'truncate webhook_deliveries, webhook_body_parts, webhook_dedupe, outbox_messages, webhook_replays, webhook_replay_items',
    ),
  );

  const ledger = () => patientLedger(database());
  const store = () => postgresReplayStore(database());
  const planOf = (n: number, change: Partial<ReplayPlan> = {}): ReplayPlan => ({
    id: anId(n),
    requestedBy: 'admin@example.test',
    reason: 'the consumer lost it',
    at: LATER,
    ...change,
  });
  const planned = async (n: number, filter = {}, rate = 100): Promise<Replay> => {
    const outcome = await store().plan(TENANT, filter, rate, planOf(n));
    if (outcome.kind !== 'planned') throw new Error(outcome.kind);
    return outcome.replay;
  };
  const keep = async (count: number): Promise<void> => {
    const deliveries = ledger();
    await Promise.all(
      Array.from({ length: count }, (_, n) =>
        deliveries.accept(
          aDelivery(n + 1, { body: `{"n":${n + 1}}`, delivery: { receivedAt: RECEIVED_AT + n } }),
        ),
      ),
    );
    await database().pool.query('truncate outbox_messages');
  };
  const rows = async (text: string) =>
    (await queryAsSystem<Record<string, unknown>>(database(), text, [])).rows;
  const outbox = async (): Promise<readonly Sent[]> =>
    (await rows('select messages from outbox_messages order by id')).map(({ messages }) => {
      const [event] = JSON.parse(String(messages)) as readonly CloudEvent[];
      if (event === undefined) throw new Error('an empty row of the outbox');
      return { event, text: String(messages).slice(1, -1) };
    });
  const deliveriesSent = async () =>
    (await outbox()).map(({ event }) => (event.data as DataOf)['delivery_id']);

  /**
   * Its clock advances by what the runner sleeps; when idle, it waits to be woken or closed. After `most` turns it
   * waits for `goOn`: otherwise it could not be stopped in time.
   */
  const runnerOn = (most = Number.POSITIVE_INFINITY) => {
    const clock = fixedClock(LATER);
    const turns: { at: number; sent: number; failed: number }[] = [];
    const failures: unknown[] = [];
    const [held, idle] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const sleep: Sleep = async (milliseconds, signal) => {
      const aborted = new Promise<void>((resolve) => {
        signal?.addEventListener('abort', () => resolve(), { once: true });
      });
      if (milliseconds > LONG) {
        idle.resolve();
        return aborted;
      }
      if (turns.length >= most) await Promise.race([held.promise, aborted]);
      clock.advance(milliseconds);
      return turn();
    };
    const runner = new ReplayRunner({
      database: database(),
      now: clock.now,
      sleep,
      isAway: () => false,
      onReplayed: (counts) => turns.push({ at: clock.now(), ...counts }),
      onFailed: (error) => failures.push(error),
    });
    return { runner, turns, failures, goOn: held.resolve, idle: idle.promise };
  };
  const stateOf = async (n: number) => (await store().byId(TENANT, anId(n)))?.state;
  const runToEnd = async (n: number) => {
    const { runner, turns, failures } = runnerOn();
    runner.start();
    await until(
      () => stateOf(n),
      (state) => state !== 'running',
    );
    await runner.close();
    expect(failures).to.deep.equal([]);
    return turns;
  };

  it('sends one delivery as a new event that refers to the old one', async () => {
    await keep(1);
    const outcome = await store().one(TENANT, anId(1), planOf(50));
    const eventId = replayEventId(anId(50), anId(1));
    expect(outcome).to.deep.include({ kind: 'replayed', eventId });
    const [sent] = await outbox();
    expect(eventProblems(sent?.event)).to.deep.equal([]);
    expect(sent?.event.id).to.equal(eventId);
    expect(sent?.event.data).to.deep.include({
      delivery_id: anId(1),
      payload: { n: 1 },
      replay: {
        id: anId(50),
        original_id: anId(1),
        reason: 'the consumer lost it',
        by: 'admin@example.test',
      },
    });
    expect(await store().byId(TENANT, anId(50))).to.deep.include({
      state: 'done',
      total: 1,
      done: 1,
      filter: { deliveryId: anId(1) },
    });
    expect(await rows('select hits from webhook_dedupe')).to.deep.equal([{ hits: 1 }]);
  });

  it('sends exactly the bytes that came', async () => {
    const deliveries = ledger();
    const exact = '{"n":12345678901234567890,"r":1.0,"s":"\\u0041\\ud83d\\ude00"}';
    const binary = Buffer.from([0, 255, 0xc3, 0x28, 10, 0]);
    await deliveries.accept(aDelivery(1, { body: exact }));
    await deliveries.accept(aDelivery(2, { body: binary, delivery: { contentType: 'application/x-own' } }));
    await deliveries.accept(aDelivery(3, { body: JSON.stringify({ long: 'x'.repeat(300 * 1024) }) }));
    await deliveries.accept(aDelivery(4, { body: randomBytes(3 * LARGE_BODY + 1) }));
    const originals = await outbox();
    await database().pool.query('truncate outbox_messages');
    await planned(50);
    await runToEnd(50);
    const replayed = await outbox();
    expect(replayed).to.have.length(4);
    for (const [index, { text, event }] of replayed.entries()) {
      expect(eventProblems(event)).to.deep.equal([]);
      const from = '"flags":[';
      const original = originals[index]?.text ?? '';
      expect(text.slice(text.indexOf(from)), `event ${index}`).to.equal(
        original.slice(original.indexOf(from)),
      );
    }
    expect(replayed[0]?.text).to.contain(`"payload":${exact}`);
    expect(replayed[1]?.event.data).to.include({ payload_base64: binary.toString('base64') });
    for (const n of [2, 3])
      expect(replayed[n]?.event.data).to.include({ payload_ref: `/webhooks/deliveries/${anId(n + 1)}/body` });
  });

  it('publishes what was held or filtered, which then no longer waits', async () => {
    const deliveries = ledger();
    for (const [index, state] of (['held', 'filtered', 'spooled', 'handshake'] as const).entries())
      await deliveries.accept(aDelivery(index + 1, { state }));
    expect(await store().count(TENANT, {}, LATER)).to.equal(2);
    await planned(50, { state: 'held' });
    await runToEnd(50);
    await store().one(TENANT, anId(2), planOf(51));
    expect(await deliveriesSent()).to.deep.equal([anId(1), anId(2)]);
    const reader = postgresDeliveryReader(database());
    for (const n of [1, 2]) expect((await reader.byId(TENANT, anId(n)))?.state).to.equal('accepted');
    expect(await store().count(TENANT, { state: 'held' }, LATER)).to.equal(0);
    for (const [n, state] of [
      [3, 'spooled'],
      [4, 'handshake'],
    ] as const)
      expect(await store().one(TENANT, anId(n), planOf(60 + n))).to.deep.equal({
        kind: 'not-replayable',
        state,
      });
    expect(await outbox()).to.have.length(2);
  });

  describe('of deliveries held by a webhook that becomes active meanwhile', () => {
    const WEBHOOK = anId(901);
    beforeEach(async () => {
      await database().pool.query(
        `insert into webhook_configs (id, management_company_id, webhook_name, webhook_token, token_hint, source_service)
         values ($1, $2, 'resumed', 'resumed', '', 'github')`,
        [WEBHOOK, TENANT],
      );
      const deliveries = ledger();
      for (let n = 1; n <= 30; n += 1)
        await deliveries.accept(aDelivery(n, { state: 'held', delivery: { webhookId: WEBHOOK } }));
    });
    afterEach(() => database().pool.query('delete from webhook_configs where id = $1', [WEBHOOK]));
    const release = async (): Promise<void> => {
      const told = { onPublished: () => undefined, onParked: () => expect.fail('parked') };
      await releaseHeld({ database: database(), ...told }, await resumedWebhooks(database()));
    };
    const all = Array.from({ length: 30 }, (_, n) => anId(n + 1));

    it('skips what was released to the bus already, and counts it as done', async () => {
      await planned(50, { state: 'held' }, 10);
      await stepReplay({ database: database(), now: () => LATER }, anId(50));
      await release();
      await runToEnd(50);
      expect(await deliveriesSent()).to.deep.equal(all);
      expect(await store().byId(TENANT, anId(50))).to.include({ state: 'done', done: 30, failed: 0 });
    });

    it('sends each once, whether by the release or by the replay', async () => {
      await planned(50, { state: 'held' }, 100);
      const clock = fixedClock(LATER);
      const step = () => stepReplay({ database: database(), now: clock.now }, anId(50));
      while ((await stateOf(50)) === 'running') {
        await Promise.all([step(), release(), step()]);
        clock.advance(100);
      }
      expect((await deliveriesSent()).map(String).toSorted()).to.deep.equal(all);
    });

    it('sends a single one once that is released at the same time', async () => {
      const { pool } = database();
      const blocker = await pool.connect();
      await blocker.query('begin; lock table outbox_messages in share mode');
      const waiting = (count: number) =>
        until(
          async () => (await pool.query('select from pg_locks where not granted')).rowCount,
          (found) => found === count,
        );
      const replayed = store().one(TENANT, anId(1), planOf(50));
      await waiting(1);
      const released = release();
      await waiting(2);
      await blocker.query('commit');
      blocker.release();
      expect((await replayed).kind).to.equal('replayed');
      await released;
      expect((await deliveriesSent()).filter((id) => id === anId(1))).to.have.length(1);
    });

    it('sends them once more if it includes published ones', async () => {
      await planned(50, { webhookId: WEBHOOK });
      await release();
      await runToEnd(50);
      expect(await deliveriesSent()).to.deep.equal([...all.slice(0, 10), ...all]);
    });
  });

  it('counts what it would send, and sends what it counted, oldest first', async () => {
    await keep(9);
    const filter = { from: RECEIVED_AT + 2, to: RECEIVED_AT + 7 };
    expect(await store().count(TENANT, filter, LATER)).to.equal(5);
    expect(await store().count(TENANT, {}, RECEIVED_AT + 3)).to.equal(4);
    expect(await planned(50, filter)).to.deep.include({ state: 'running', total: 5, done: 0, filter });
    await ledger().accept(aDelivery(20, { delivery: { receivedAt: RECEIVED_AT + 5 } }));
    await database().pool.query('truncate outbox_messages');
    await runToEnd(50);
    expect(await deliveriesSent()).to.deep.equal([3, 4, 5, 6, 7].map(anId));
    expect(await store().byId(TENANT, anId(50))).to.deep.include({ state: 'done', done: 5, failed: 0 });
    expect(await rows('select * from webhook_replay_items')).to.deep.equal([]);
  });

  it('of nothing is done at once', async () => {
    expect(await planned(50)).to.deep.include({ state: 'done', total: 0, finishedAt: LATER });
  });

  it('is refused for more than ten thousand deliveries', async () => {
    await keep(1);
    const copies = (from: number, to: number) =>
      database().pool.query(
        `insert into webhook_deliveries (id, management_company_id, webhook_id, source_service, body_sha256, raw_size,
           auth_method, auth_level, request_id, received_at, state)
         select ('00000000-0000-7000-9000-' || lpad(n::text, 12, '0'))::uuid, management_company_id, webhook_id, source_service, body_sha256,
           raw_size, auth_method, auth_level, request_id, received_at, state
         from webhook_deliveries, generate_series($1::integer, $2::integer) as n where id = $3`,
        [from, to, anId(1)],
      );
    await copies(1, 9_999);
    expect(await planned(50)).to.include({ total: 10_000, state: 'running' });
    await copies(10_000, 10_000);
    expect(await store().plan(TENANT, {}, 10, planOf(51))).to.deep.equal({ kind: 'too-many' });
    expect(await store().byId(TENANT, anId(51))).to.equal(undefined);
    expect(await rows(`select 1 from webhook_replay_items where replay_id = '${anId(51)}'`)).to.deep.equal(
      [],
    );
  });

  it('is refused beside five others of its tenant, however many are requested at once', async () => {
    await keep(3);
    const asked = (tenant: typeof TENANT, n: number, filter = {}) =>
      store().plan(tenant, filter, 1, planOf(n));
    const outcomes = await Promise.all(Array.from({ length: 8 }, (_, n) => asked(TENANT, 50 + n)));
    const kinds = outcomes.map(({ kind }) => kind).toSorted();
    expect(kinds).to.deep.equal([...Array(5).fill('planned'), ...Array(3).fill('too-many-running')]);
    expect(await asked(OTHER_TENANT, 60)).to.include({ kind: 'planned' });
    const [running] = (await store().list(TENANT, { limit: 1 })).items;
    await store().cancel(TENANT, String(running?.id), LATER);
    expect(await asked(TENANT, 61)).to.include({ kind: 'planned' });
    expect(await asked(TENANT, 62)).to.include({ kind: 'too-many-running' });
    expect((await store().one(TENANT, anId(1), planOf(63))).kind, 'one alone is over at once').to.equal(
      'replayed',
    );
  });

  it('holds no connection between its turns', async () => {
    await keep(2);
    await planned(50, {}, 1);
    const taken: number[] = [];
    const { pool } = database();
    const clock = fixedClock(LATER);
    const runner = new ReplayRunner({
      database: { pool },
      now: clock.now,
      isAway: () => false,
      onReplayed: () => undefined,
      onFailed: (error) => expect.fail(String(error)),
      sleep: async (milliseconds, signal) => {
        taken.push(pool.totalCount - pool.idleCount);
        if (taken.length > 5) await new Promise((done) => signal?.addEventListener('abort', done));
        clock.advance(milliseconds);
      },
    });
    runner.start();
    await until(
      async () => taken.length,
      (count) => count > 5,
    );
    await runner.close();
    expect(new Set(taken)).to.deep.equal(new Set([0]));
  });

  it('is found without a webhook by an index, among the deliveries of others', async () => {
    await keep(1);
    await database().pool.query(
      `insert into webhook_deliveries (id, management_company_id, webhook_id, source_service, body_sha256, raw_size,
         auth_method, auth_level, request_id, received_at, state)
       select gen_random_uuid(), 'other-' || n % 50, webhook_id, source_service, body_sha256, raw_size, auth_method,
         auth_level, request_id, received_at, state
       from webhook_deliveries, generate_series(1, 5000) as n`,
    );
    await database().pool.query('analyze webhook_deliveries');
    const plans: string[] = [];
    const pool = new Proxy(database().pool, {
      get: (target, name) =>
        name === 'connect'
          ? async () => {
              const client = await target.connect();
              const query = client.query.bind(client) as (
                text: string,
                values?: unknown[],
              ) => Promise<{ rows: object[] }>;
              return {
                release: () => client.release(),
                query: async (text: string, values?: unknown[]) => {
                  if (text.includes('count(*)::float8'))
                    plans.push(JSON.stringify((await query(`explain ${text}`, values)).rows));
                  return query(text, values);
                },
              };
            }
          : Reflect.get(target, name, target),
    });
    expect(await postgresReplayStore({ pool }).count(TENANT, {}, LATER)).to.equal(1);
    expect(plans).to.have.length(1);
    expect(plans[0]).to.contain('Index').and.not.contain('Seq Scan');
  });

  it('keeps its rate', async () => {
    await keep(60);
    await planned(50, {}, 20);
    const turns = await runToEnd(50);
    expect(turns.reduce((sum, { sent }) => sum + sent, 0)).to.equal(60);
    const first = turns[0]?.at ?? 0;
    const last = turns.at(-1)?.at ?? 0;
    expect(last - first).to.be.within(2_800, 3_300);
    for (let second = 0; second < 3; second += 1) {
      const from = first + second * 1_000;
      const within = turns.filter(({ at }) => at >= from && at < from + 1_000);
      expect(within.reduce((sum, { sent }) => sum + sent, 0)).to.be.at.most(22);
    }
  });

  it('stops half-way, continues in another process, and sends nothing twice', async () => {
    await keep(30);
    await planned(50, {}, 50);
    const { runner, turns } = runnerOn(2);
    runner.start();
    await until(
      async () => turns.length,
      (count) => count === 2,
    );
    await runner.close();
    const before = await outbox();
    expect(before.length).to.be.within(2, 29);
    await runToEnd(50);
    const ids = (await outbox()).map(({ event }) => event.id);
    expect(ids).to.have.length(30);
    expect(new Set(ids).size).to.equal(30);
  });

  it('sends nothing twice when several processes believe that they run it', async () => {
    await keep(40);
    await planned(50, {}, 100);
    const clock = fixedClock(LATER);
    const step = () => stepReplay({ database: database(), now: clock.now }, anId(50));
    while ((await stateOf(50)) === 'running') {
      await Promise.all([step(), step(), step()]);
      clock.advance(100);
    }
    const ids = (await outbox()).map(({ event }) => event.id);
    expect([ids.length, new Set(ids).size]).to.deep.equal([40, 40]);
  });

  it('leaves neither events nor progress behind when a turn does not commit', async () => {
    await keep(3);
    await planned(50, {}, 100);
    await database().pool.query(
      `create function refuse() returns trigger language plpgsql as 'begin raise exception ''lost''; end';
       create trigger refuse before update on webhook_replays for each row execute function refuse()`,
    );
    const step = () => stepReplay({ database: database(), now: () => LATER + 1_000 }, anId(50));
    const failed = await step().then(
      () => 'went on',
      (error: unknown) => String(error),
    );
    await database().pool.query('drop trigger refuse on webhook_replays; drop function refuse()');
    expect(failed).to.contain('lost');
    expect(await outbox()).to.deep.equal([]);
    await runToEnd(50);
    expect(await deliveriesSent()).to.deep.equal([1, 2, 3].map(anId));
  });

  it('stops when it is cancelled, and remains cancelled', async () => {
    await keep(30);
    await planned(50, {}, 20);
    const { runner, turns, goOn, idle } = runnerOn(1);
    runner.start();
    await until(
      async () => turns.length,
      (count) => count === 1,
    );
    const cancelled = await store().cancel(TENANT, anId(50), LATER + 5);
    const sent = (await outbox()).length;
    expect(cancelled).to.deep.include({ state: 'cancelled', done: sent, finishedAt: LATER + 5 });
    expect(sent).to.be.lessThan(30);
    goOn();
    await idle;
    await until(
      () => rows('select 1 from webhook_replay_items'),
      ({ length }) => length === 0,
    );
    await runner.close();
    expect(await outbox()).to.have.length(sent);
    expect(await store().cancel(TENANT, anId(50), LATER + 9)).to.deep.equal(cancelled);
    await planned(51, { to: RECEIVED_AT + 1 });
    await runToEnd(51);
    expect(await store().cancel(TENANT, anId(51), LATER + 9)).to.include({ state: 'done', done: 1 });
  });

  it('skips what is no longer stored, and reports how many these were', async () => {
    await keep(4);
    await planned(50);
    await database().pool.query('delete from webhook_deliveries where id = $1', [anId(2)]);
    await runToEnd(50);
    expect(await deliveriesSent()).to.deep.equal([1, 3, 4].map(anId));
    expect(await store().byId(TENANT, anId(50))).to.include({ state: 'done', done: 3, failed: 1 });
    expect(await store().one(TENANT, anId(2), planOf(60))).to.deep.equal({ kind: 'unknown' });
  });

  it('skips what no event can be made of, and sends it once that is possible', async () => {
    await keep(3);
    await database().pool.query(
      `update webhook_deliveries set raw_body = null, state = 'parked' where id = $1`,
      [anId(2)],
    );
    await planned(50);
    await runToEnd(50);
    expect(await deliveriesSent()).to.deep.equal([1, 3].map(anId));
    expect(await store().byId(TENANT, anId(50))).to.include({ state: 'done', done: 2, failed: 1 });
    await database().pool.query(
      'update webhook_deliveries set raw_body = $2, published_at = null where id = $1',
      [anId(2), Buffer.from('{"n":2}')],
    );
    await planned(51, { state: 'parked' });
    await runToEnd(51);
    expect(await deliveriesSent()).to.deep.equal([1, 3, 2].map(anId));
    expect((await postgresDeliveryReader(database()).byId(TENANT, anId(2)))?.state).to.equal('accepted');
  });

  it('belongs to its tenant only', async () => {
    await keep(2);
    await planned(50);
    const { one, plan, byId, cancel, list, count } = store();
    expect(await one(OTHER_TENANT, anId(1), planOf(60))).to.deep.equal({ kind: 'unknown' });
    expect(await count(OTHER_TENANT, {}, LATER)).to.equal(0);
    expect(await plan(OTHER_TENANT, {}, 10, planOf(61))).to.have.nested.include({ 'replay.total': 0 });
    expect(await byId(OTHER_TENANT, anId(50))).to.equal(undefined);
    expect(await cancel(OTHER_TENANT, anId(50), LATER)).to.equal(undefined);
    expect((await list(OTHER_TENANT, { limit: 5 })).items.map(({ id }) => id)).to.deep.equal([anId(61)]);
    expect((await list(TENANT, { limit: 5 })).items.map(({ id }) => id)).to.deep.equal([anId(50)]);
    expect(await stateOf(50)).to.equal('running');
  });

  it('is deleted thirty days after its end, and not before', async () => {
    await keep(1);
    await store().one(TENANT, anId(1), planOf(50));
    await planned(51);
    const cleanAt = (now: number) =>
      dropOldDeliveries({ database: database(), clock: { now: () => now }, onHeldGone: () => undefined });
    await cleanAt(LATER + 29 * DAY);
    expect(await stateOf(50)).to.equal('done');
    await cleanAt(LATER + 31 * DAY);
    expect(await stateOf(50)).to.equal(undefined);
    expect(await stateOf(51)).to.equal('running');
  });
});
