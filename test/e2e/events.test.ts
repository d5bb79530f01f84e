import { expect } from 'chai';
import type { ApiClient } from '../support/api-client.ts';
import { expectDocumented } from '../support/asyncapi.ts';
import { bindEventQueue, readEventQueue, type EventQueue } from '../support/event-queue.ts';
import { tapEvents } from '../support/event-tap.ts';
import { registerGoogle, startGateway, type Gateway } from '../support/gateway.ts';
import { shipped } from '../support/shipped.ts';
import { eventually } from '../support/until.ts';
import { startPrivateBroker, type PrivateBroker } from '../support/private-broker.ts';
import { rabbitmqServer } from '../support/rabbitmq-server.ts';
import type { Geocoded, Log, PageOf } from '../support/wire.ts';

type Health = {
  readonly status: string;
  readonly dependencies: readonly { readonly name: string; readonly status: string }[];
};

describe('Events on RabbitMQ', () => {
  let broker: PrivateBroker;
  let gateway: Gateway;
  let api: ApiClient;
  let queue: EventQueue;
  before(async () => {
    await rabbitmqServer();
    broker = await startPrivateBroker();
    gateway = await startGateway({ RABBITMQ_URL: broker.url });
    api = await gateway.administrator('main');
    queue = await readEventQueue({
      url: broker.url,
      queue: 'analytics',
      bind: { exchange: 'integration.events', pattern: 'integration.#' },
    });
    await registerGoogle(api, gateway.sandbox);
  });
  after(async () => {
    await gateway.stop();
    await broker.dispose();
  });

  const geocode = (n: number) =>
    api.post<Geocoded>('/geocoding/geocode', { address: `Москва, улица Арбат, ${n}` });
  const health = async () => (await api.get<Health>('/health')).body;
  const rabbitmq = async () => (await health()).dependencies.find(({ name }) => name === 'rabbitmq')?.status;
  /** The channel for commands has to declare queues, which may take a broker a while after a restart. */
  const hasItsChannels = () =>
    eventually('its channels', async () => ((await rabbitmq()) === 'ok' ? true : undefined));
  /** On a new port each time. */
  const restart = async () => {
    await gateway.restart('stop');
    api = await gateway.administrator('main');
  };
  const metric = async (name: string): Promise<number | undefined> => {
    const { text } = await api.get('/metrics');
    const value = new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, 'm').exec(text)?.[1];
    return value === undefined ? undefined : Number(value);
  };

  /** Longer than the pause before the next attempt to reach an unavailable broker. */
  const nothingWaits = async () => {
    await shipped(gateway.service());
    await eventually('an empty outbox', async () =>
      (await metric('integration_outbox_rows')) === 0 ? true : undefined,
    );
  };

  it('are published for each call in the order they happened, after its record is committed', async () => {
    const { status } = await geocode(1);
    expect(status).to.equal(200);
    const [log] = (await api.get<PageOf<Log>>('/logs?limit=1')).body.data;
    const received = await queue.received(4);
    expectDocumented(received.map(({ event }) => event));
    expect(received.map(({ event }) => event.type)).to.deep.equal([
      'integration.service.registered',
      'integration.cache.miss',
      'integration.request.sent',
      'integration.request.completed',
    ]);
    expect(received.slice(1).map(({ event }) => event.subject)).to.deep.equal([1, 2, 3].map(() => log?.id));
    expect(received.every(({ event, properties }) => event.id === properties.messageId)).to.equal(true);
  });

  it('come with metrics of the broker connection and of the number published', async () => {
    await hasItsChannels();
    expect(await metric('integration_broker_up')).to.equal(1);
    expect(await metric('integration_broker_blocked')).to.equal(0);
    await nothingWaits();
    const { text } = await api.get('/metrics');
    expect(text).to.match(/integration_events_published_total\{type="integration.request.completed"\} [1-9]/);
    expect(text).to.match(/integration_events_publish_duration_seconds_count [1-9]/);
    expect(gateway.output()).not.to.include('guest:guest');
  });

  it('do not delay answers while the broker is away, and are all delivered in order when it is back', async () => {
    await queue.close();
    // Read only afterwards: messages being read when the broker dies are delivered twice.
    await bindEventQueue({
      url: broker.url,
      queue: 'audit',
      bind: { exchange: 'integration.events', pattern: '#' },
    });
    const written = await tapEvents(gateway);
    await geocode(100);
    await nothingWaits();
    await broker.kill();
    await eventually('the loss', async () => ((await rabbitmq()) === 'degraded' ? true : undefined));
    expect((await health()).status).to.equal('degraded');
    for (let n = 101; n <= 140; n += 1) expect((await geocode(n)).status).to.equal(200);
    expect(await metric('integration_broker_up')).to.equal(0);
    // Spooled calls, on a machine too busy for the database, share rows.
    const all = await written();
    expect(all).to.have.length(41 * 3);
    const told = async (name: string) => ((await metric(name)) ?? 0) > 0 || undefined;
    await eventually('the rows that wait', () => told('integration_outbox_rows'));
    await eventually('their age', () => told('integration_outbox_oldest_age_seconds'));
    await broker.start();
    queue = await readEventQueue({ url: broker.url, queue: 'audit' });
    await nothingWaits();
    const read = (await queue.drained()).map(({ event }) => event);
    const received = [...new Map(read.map((event) => [event.id, event])).values()];
    expectDocumented(received);
    expect(received.map(({ id }) => id)).to.deep.equal(all.map(({ id }) => id));
    const { data } = (await api.get<PageOf<Log>>('/logs?limit=41')).body;
    const inOrder = data.toReversed().flatMap(({ id }) => [id, id, id]);
    const subjects = received.map(({ subject }) => subject);
    expect(subjects).to.have.members(inOrder);
    // Spooled calls are stored when the database is back, possibly after calls that began later.
    if (!gateway.output().includes('calls are spooled')) expect(subjects).to.deep.equal(inOrder);
    await hasItsChannels();
    await queue.close();
  });

  it('do not need their broker for the start, answers and stop of the service', async () => {
    await broker.stop();
    await restart();
    expect((await geocode(200)).status).to.equal(200);
    expect(await rabbitmq()).to.equal('degraded');
    expect(await gateway.service().stop()).to.equal(0);
    await broker.start();
    await restart();
    const errors = gateway
      .output()
      .split('\n')
      .filter((line) => line.includes('"level":"error"'))
      .map((line) => (JSON.parse(line) as { readonly message: string }).message);
    // Except those about a database that stalled on this machine for a second or two.
    expect(errors.filter((message) => !/^database (?:still )?away/.test(message))).to.deep.equal([]);
  });

  it('are published before the service ends', async () => {
    queue = await readEventQueue({
      url: broker.url,
      queue: 'last words',
      bind: { exchange: 'integration.events', pattern: 'integration.request.completed' },
    });
    const heard = async () => (await queue.drained()).map(({ event }) => event.data['log_id']);
    let asked = 300;
    await eventually('a stop with calls that are stored', async () => {
      await hasItsChannels();
      const answers = await Promise.all(Array.from({ length: 50 }, () => geocode((asked += 1))));
      const ids = answers.map(({ body }) => body.meta.log_id);
      expect(await gateway.service().stop()).to.equal(0);
      const of = await heard();
      // Without those still in the spool because the machine was too busy for the database: they are stored at the next
      // start.
      const sql = 'select id from integration_logs where id = any($1::uuid[])';
      const written = await gateway.sql<{ id: string }>(sql, [ids]);
      expect(of).to.include.members(written.map(({ id }) => id));
      await restart();
      await nothingWaits();
      expect(await heard()).to.include.members(ids);
      return written.length > 0 || undefined;
    });
    await queue.close();
  });
});
