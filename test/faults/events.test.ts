import { expect } from 'chai';
import { setTimeout as pause } from 'node:timers/promises';
import { apiClient, type ApiClient } from '../support/api-client.ts';
import { bindEventQueue, readEventQueue } from '../support/event-queue.ts';
import { tapEvents } from '../support/event-tap.ts';
import { administratorToken, registerGazetteer, startGateway, type Gateway } from '../support/gateway.ts';
import { eventually } from '../support/until.ts';
import { startPrivateBroker, type PrivateBroker } from '../support/private-broker.ts';
import { rabbitmqServer } from '../support/rabbitmq-server.ts';
import { seededRandom } from '../support/seeded-random.ts';
import { startService } from '../support/service-process.ts';
import { shipped } from '../support/shipped.ts';

/**
 * Each round applies some load and kills one of two replicas with kill -9 in the middle of it. `npm run test:faults`
 * runs 50.
 */
const ROUNDS = Number(process.env['KILL_ROUNDS'] ?? '4');
/**
 * Every fourth round the broker is killed too, and restarted after this time; the first time after a minute in `npm run
 * test:faults`.
 */
const AWAY_MS = 1_500;
const FIRST_AWAY_MS = Number(process.env['BROKER_AWAY_MS'] ?? AWAY_MS);
const CALLERS = 6;
const TENANT = 'events';
const ADDRESSES = ['Ташкент', 'Москва', 'Самарканд', 'Toshkent', 'Бухара', 'Нукус', 'Наманган', 'Фергана'];
const QUEUE = 'faults';

describe('events under process and broker failures', function () {
  let broker: PrivateBroker;
  before(async function () {
    this.timeout(60_000);
    await rabbitmqServer();
    broker = await startPrivateBroker();
    await bindEventQueue({
      url: broker.url,
      queue: QUEUE,
      bind: { exchange: 'integration.events', pattern: '#' },
    });
  });
  after(() => broker.dispose());

  /** Calls one replica until it is gone or the time is over; keeps the log id of each answer. */
  const caller = async (api: ApiClient, random: () => number, end: () => boolean, received: Set<string>) => {
    while (!end()) {
      const address = `${ADDRESSES[Math.floor(random() * ADDRESSES.length)]}${' '.repeat(Math.floor(random() * 3))}`;
      const answer = await api.post('/geocoding/geocode', { address }).catch(() => undefined);
      if (answer === undefined) return;
      const logId = answer.headers.get('x-integration-log-id');
      if (answer.status === 200 && logId !== null) received.add(logId);
    }
  };

  it(`reach the bus at least once and in order, exactly those that were committed, over ${ROUNDS} kills`, async function () {
    this.timeout(120_000 + FIRST_AWAY_MS + ROUNDS * 15_000);
    const gateway: Gateway = await startGateway({ RABBITMQ_URL: broker.url });
    let other = await startService(gateway.environment);
    try {
      const events = await tapEvents(gateway);
      await registerGazetteer(await gateway.administrator(TENANT));
      const random = seededRandom(11);
      const received = new Set<string>();
      const credential = await administratorToken({ tenants: [TENANT] });
      for (let round = 0; round < ROUNDS; round += 1) {
        let over = false;
        const clients = [gateway.service().url, other.url].map((url) =>
          apiClient({ url, tenant: TENANT, credential }),
        );
        const load = Array.from({ length: CALLERS }, (_, n) =>
          caller(clients[n % clients.length] as ApiClient, random, () => over, received),
        );
        await pause(100 + random() * 400);
        const losesBroker = round % 4 === 1;
        if (losesBroker) await broker.kill();
        if (round % 2 === 0) await gateway.restart('kill');
        else {
          await other.kill();
          other = await startService(gateway.environment);
        }
        if (losesBroker) {
          await pause(round === 1 ? FIRST_AWAY_MS : AWAY_MS);
          await broker.start();
        }
        over = true;
        await Promise.all(load);
      }
      await shipped(other);
      await eventually(
        'an empty outbox',
        async () =>
          (await gateway.sql('select from outbox_messages limit 1')).length === 0 ? true : undefined,
        60_000,
      );
      const queue = await readEventQueue({ url: broker.url, queue: QUEUE });
      const onBus = (await queue.drained()).map(({ event }) => event);
      await queue.close();
      const committed = await events();

      expect(received.size).to.be.greaterThan(ROUNDS * CALLERS);
      const told = new Set(committed.map(({ subject }) => subject));
      expect(
        [...received].filter((id) => !told.has(id)),
        'answered calls without an event',
      ).to.deep.equal([]);
      const first = [...new Map(onBus.map((event) => [event.id, event.subject]))];
      expect(first.length, 'different events on the bus').to.equal(committed.length);
      const bySubject = (all: readonly (readonly [string, string])[]) =>
        Object.fromEntries(
          [...Map.groupBy(all, ([, subject]) => subject)]
            .map(([subject, list]) => [subject, list.map(([id]) => id)] as const)
            .toSorted(([a], [b]) => (a < b ? -1 : 1)),
        );
      expect(bySubject(first)).to.deep.equal(bySubject(committed.map(({ id, subject }) => [id, subject])));
    } finally {
      await other.stop();
      await gateway.stop();
    }
  });
});
