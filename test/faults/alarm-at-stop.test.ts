import { expect } from 'chai';
import type { ServerResponse } from 'node:http';
import { commandSender, type CommandSender } from '../support/command-sender.ts';
import { bindEventQueue, readEventQueue } from '../support/event-queue.ts';
import { tapEvents } from '../support/event-tap.ts';
import { fixtureServer, type FixtureServer } from '../support/fixture-server.ts';
import { registerGoogle, startGateway, type Gateway } from '../support/gateway.ts';
import { startPrivateBroker, type PrivateBroker } from '../support/private-broker.ts';
import { rabbitmqServer } from '../support/rabbitmq-server.ts';
import { eventually } from '../support/until.ts';

const TENANT = 'alarmed';
const GEOCODE = 'integration.command.geocode';
const QUEUE = 'listener';
/** A grace period too long for anyone to wait for when a replica is told to stop. */
const GRACE_MS = 60_000;
/** Far less than the grace period, and far more than a busy machine needs to end an idle process. */
const SOON_MS = 20_000;
const house = (n: number) => ({ address: `Москва, ул. Арбат, ${n}` });

const TAKES_NOTHING = 'RabbitMQ takes no messages for now';

describe('a replica that ends while RabbitMQ takes no messages', () => {
  let broker: PrivateBroker;
  let gateway: Gateway;
  let google: FixtureServer;
  let held: PromiseWithResolvers<void>;
  const onBus: string[] = [];
  let sender: CommandSender;
  let events: Awaited<ReturnType<typeof tapEvents>>;
  before(async () => {
    await rabbitmqServer();
    broker = await startPrivateBroker();
    const bind = { exchange: 'integration.events', pattern: '#' };
    await bindEventQueue({ url: broker.url, queue: QUEUE, bind });
    gateway = await startGateway({
      RABBITMQ_URL: broker.url,
      SHUTDOWN_GRACE_MS: String(GRACE_MS),
      ATTEMPT_TIMEOUT_MS: '60000',
      CALL_DEADLINE_MS: '120000',
      // A probe would be counted as one of the calls below.
      PROBE_INTERVAL_SECONDS: '3600',
    });
    events = await tapEvents(gateway);
    google = await fixtureServer((response, { path, query }) => void answer(response, path, query));
    await registerGoogle(await gateway.administrator(TENANT), gateway.sandbox, {
      base_url: `${google.origin}/maps/api`,
    });
    sender = await commandSender(broker.url, TENANT);
  });
  after(async () => {
    await sender.close();
    await gateway.stop();
    await google.close();
    await broker.dispose();
  });
  beforeEach(() => {
    held = Promise.withResolvers<void>();
  });

  /** Answers as the sandbox does, once the test lets it. */
  const answer = async (response: ServerResponse, path: string, query: URLSearchParams): Promise<void> => {
    await held.promise;
    const said = await fetch(`${gateway.sandbox.url}${path}?${query.toString()}`);
    response.setHeader('content-type', 'application/json').end(await said.text());
  };
  const alarm = (isOn: boolean) => broker.ctl('set_vm_memory_high_watermark', isOn ? '0' : '0.4');
  const isTold = () =>
    eventually('the block', async () => gateway.service().output().includes(TAKES_NOTHING) || undefined);
  const trail = async (requestId: string): Promise<number> =>
    (await gateway.sql('select from integration_logs where request_id = $1', [requestId])).length;
  const answersTo = (id: string) => sender.answers.filter(({ correlationId }) => correlationId === id);

  /** A call that was sent, and has reached the provider, when the alarm begins. */
  const underWayInAlarm = async (id: string, n: number): Promise<void> => {
    const calls = google.received.length;
    await sender.send(GEOCODE, house(n), { messageId: id, correlationId: id });
    await eventually('the call', async () => google.received.length > calls || undefined);
    await alarm(true);
  };
  const toldToEnd = async (meanwhile: () => void = () => undefined): Promise<void> => {
    const began = performance.now();
    const ended = gateway.service().stop();
    await eventually('its end', async () => gateway.service().output().includes('"stopping"') || undefined);
    meanwhile();
    expect(await ended).to.equal(0);
    expect(performance.now() - began).to.be.lessThan(SOON_MS);
  };
  /** Another process starts and the alarm ends: every event has arrived, in order. */
  const expectNothingLost = async (): Promise<void> => {
    await gateway.restart('stop');
    await alarm(false);
    await eventually('an empty outbox', async () =>
      (await gateway.sql('select from outbox_messages limit 1')).length === 0 ? true : undefined,
    );
    const queue = await readEventQueue({ url: broker.url, queue: QUEUE });
    onBus.push(...(await queue.drained()).map(({ event }) => event.id));
    await queue.close();
    expect([...new Set(onBus)]).to.deep.equal((await events()).map(({ id }) => id));
  };
  const expectOnce = async (id: string, n: number): Promise<void> => {
    const calls = google.received.length;
    const [first] = await eventually('the answer', async () =>
      answersTo(id).length > 0 ? answersTo(id) : undefined,
    );
    expect(first).to.include({ status: 200 });
    const again = await sender.ask(GEOCODE, house(n), { messageId: id });
    expect(again).to.include({ status: 200, isRepeat: true, text: first?.text });
    expect(new Set(answersTo(id).map(({ text }) => text)).size).to.equal(1);
    expect([await trail(id), google.received.length - calls, sender.dead.length]).to.deep.equal([1, 0, 0]);
  };

  it('exits soon, and the next one publishes what it left, in order and complete', async () => {
    held.resolve();
    await alarm(true);
    for (const n of [1, 2, 3, 4]) {
      const { status } = await (await gateway.administrator(TENANT)).post('/geocoding/geocode', house(n));
      expect(status).to.equal(200);
    }
    await isTold();
    await toldToEnd();
    expect(await gateway.sql('select from outbox_messages')).not.to.deep.equal([]);
    await expectNothingLost();
  });

  it('does not wait for answers that cannot be published, which the next one gives', async () => {
    await underWayInAlarm('done', 10);
    held.resolve();
    await eventually('the work', async () => ((await trail('done')) === 1 ? true : undefined));
    await isTold();
    await toldToEnd();
    await expectNothingLost();
    await expectOnce('done', 10);
  });

  it('finishes a command in progress, and only then learns that RabbitMQ accepts nothing', async () => {
    await underWayInAlarm('under-way', 20);
    await toldToEnd(held.resolve);
    expect(await trail('under-way')).to.equal(1);
    await expectNothingLost();
    await expectOnce('under-way', 20);
  });
});
