import { expect } from 'chai';
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { sha256 } from '../support/a-received-delivery.ts';
import { bindEventQueue, readEventQueue, type ReceivedEvent } from '../support/event-queue.ts';
import { startGateway, type Gateway } from '../support/gateway.ts';
import { eventually } from '../support/until.ts';
import { sendPersistently, type Acknowledged, type SentDelivery } from '../support/persistent-sender.ts';
import { githubHeaders, plantWebhook, type PlantedWebhook } from '../support/planted-webhook.ts';
import { startPrivateBroker, type PrivateBroker } from '../support/private-broker.ts';

/** A long run: DELIVERIES=5000 DELIVERY_KILLS=3 BROKER_AWAY_MS=60000. */
const COUNT = Number(process.env['DELIVERIES'] ?? '400');
const PER_SECOND = Number(process.env['DELIVERIES_PER_SECOND'] ?? '100');
const KILLS = Number(process.env['DELIVERY_KILLS'] ?? '1');
const AWAY_MS = Number(process.env['BROKER_AWAY_MS'] ?? '1500');
/** One delivery in this many is sent twice at the same time. */
const DOUBLED = 10;
const SENDING_MS = (COUNT / PER_SECOND) * 1000;
const QUEUE = 'deliveries';

describe('Deliveries of webhooks under process and broker failures', function () {
  this.timeout(120_000 + SENDING_MS + AWAY_MS);
  let broker: PrivateBroker;
  let gateway: Gateway;
  let hook: PlantedWebhook;
  before(async () => {
    broker = await startPrivateBroker();
    await bindEventQueue({
      url: broker.url,
      queue: QUEUE,
      bind: { exchange: 'integration.events', pattern: 'integration.webhook.received' },
    });
    gateway = await startGateway({ RABBITMQ_URL: broker.url, RATE_LIMIT_WEBHOOKS_PER_MINUTE: '0' });
    hook = await plantWebhook(gateway);
  });
  after(async () => {
    await gateway.stop();
    await broker.dispose();
  });

  const aDelivery = (n: number): SentDelivery => {
    const body = `{"action":"opened","number":${n}}`;
    const id = randomUUID();
    const headers = githubHeaders(hook.secret, body, { 'x-github-delivery': id });
    return { id, body, headers, copies: n % DOUBLED === 0 ? 2 : 1 };
  };

  const send = (deliveries: readonly SentDelivery[]) => sendPersistently(deliveries, PER_SECOND, hook.url);
  /** Kills one after the other, each in the middle of the sending. */
  const killAgainAndAgain = async (sendingMs: number): Promise<void> => {
    const began = performance.now();
    for (let kill = 1; kill <= KILLS; kill += 1) {
      await pause(Math.max(0, began + (sendingMs * kill) / (KILLS + 1) - performance.now()));
      await gateway.restart('kill');
    }
  };
  /** Resolves when the broker is down, with a promise of its return. */
  const loseBroker = async (): Promise<{ readonly from: number; readonly back: Promise<number> }> => {
    await pause(SENDING_MS / 5);
    await broker.stop();
    const from = performance.now();
    const back = pause(AWAY_MS).then(async () => {
      const to = performance.now();
      await broker.start();
      return to;
    });
    return { from, back };
  };
  const emptyOutbox = async () =>
    (await gateway.sql('select from outbox_messages limit 1')).length === 0 ? true : undefined;
  const onBus = async (): Promise<readonly ReceivedEvent[]> => {
    const queue = await readEventQueue({ url: broker.url, queue: QUEUE });
    const all = await queue.drained();
    await queue.close();
    return all;
  };

  it(`are on the bus once they are acknowledged, over ${KILLS} kills and ${AWAY_MS} ms without a broker`, async () => {
    const sent = Array.from({ length: COUNT }, (_, n) => aDelivery(n));
    // A busy machine takes time to stop a broker: deliveries to be accepted without one are sent only when it is down.
    const first = send(sent.slice(0, COUNT / 4));
    const { from, back } = await loseBroker();
    const rest = send(sent.slice(COUNT / 4));
    const [before, after, to] = await Promise.all([first, rest, back, killAgainAndAgain(SENDING_MS * 0.75)]);
    const acknowledged = [...before, ...after];
    await eventually('an empty outbox', emptyOutbox, 60_000);
    const events = await onBus();
    const stored = await gateway.sql<{ id: string; state: string }>(
      'select external_id as id, state from webhook_deliveries',
    );

    expectFaultsToBeFelt(acknowledged, { from, to });
    expect(new Set(acknowledged.map(({ id }) => id)).size, 'acknowledged').to.equal(COUNT);
    const expected = sent.map(({ id, body }) => `${id} ${sha256(body)}`).toSorted();
    const told = events.map(({ event }) => `${textOf(event, 'external_id')} ${textOf(event, 'sha256')}`);
    expect([...new Set(told)].toSorted(), 'on the bus').to.deep.equal(expected);
    const messages = new Set(events.map(({ properties }) => String(properties.messageId)));
    expect(messages.size, 'different messages').to.equal(COUNT);
    expect(stored.map(({ id, state }) => `${id} ${state}`).toSorted(), 'rows').to.deep.equal(
      sent.map(({ id }) => `${id} accepted`).toSorted(),
    );
  });
});

/**
 * Otherwise the test would show nothing: some deliveries were lost on their way, and some were accepted while
 * publishing was impossible.
 */
const expectFaultsToBeFelt = (
  acknowledged: readonly Acknowledged[],
  away: { readonly from: number; readonly to: number },
): void => {
  expect(acknowledged.filter(({ attempts }) => attempts > 1)).not.to.deep.equal([]);
  expect(acknowledged.filter(({ at }) => at > away.from && at < away.to)).not.to.deep.equal([]);
};

const textOf = ({ data }: ReceivedEvent['event'], field: string): string =>
  String((data as { readonly [field: string]: unknown })[field]);
