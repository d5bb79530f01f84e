import { connect, type Channel } from 'amqplib';
import { expect } from 'chai';
import type { CloudEvent } from '../../../src/application/event-bus.ts';
import { cloudEvents, eventBusContract } from '../../contract/event-bus.contract.ts';
import {
  bindEventQueue,
  readEventQueue,
  removeEventQueue,
  type EventQueue,
} from '../../support/event-queue.ts';
import { startPrivateBroker, type PrivateBroker } from '../../support/private-broker.ts';
import { brokerNames, rabbitmqServer } from '../../support/rabbitmq-server.ts';
import { eventually } from '../../support/until.ts';
import { busOn, type BusOnBroker } from './event-bus-fixture.ts';

eventBusContract('RabbitmqEventBus', async () => {
  const names = await brokerNames();
  const exchange = names.name('events');
  const { bus, connection } = await busOn(names.url, { exchange, unrouted: names.name('unrouted') });
  const queue = await readEventQueue({
    url: names.url,
    queue: names.name('listener'),
    bind: { exchange, pattern: '#' },
  });
  return {
    bus,
    received: async (count) => (await queue.received(count)).map(({ event }) => event),
    away: () => connection.close(),
    close: async () => {
      await connection.close();
      await queue.close();
      await names.drop();
    },
  };
});

describe('RabbitmqEventBus', () => {
  const LARGEST = 4_000;
  const EVENTS = 'integration.events';
  const UNROUTED = 'integration.events.unrouted';
  let broker: PrivateBroker;
  let on: BusOnBroker;
  before(async () => {
    await rabbitmqServer();
    broker = await startPrivateBroker();
    // Read by each new channel.
    await broker.ctl('eval', `application:set_env(rabbit, max_message_size, ${LARGEST}).`);
  });
  after(() => broker.dispose());
  beforeEach(async () => void (on = await busOn(broker.url)));
  afterEach(() => on.connection.close());

  /** A listener for the test, and one for unroutable messages. */
  const listener = async (queue: string, pattern: string) =>
    readEventQueue({ url: broker.url, queue, bind: { exchange: EVENTS, pattern } });
  const unrouted = async (count: number): Promise<readonly CloudEvent[]> => {
    const queue = await readEventQueue({ url: broker.url, queue: UNROUTED });
    const received = await queue.received(count);
    await queue.close();
    return received.map(({ event }) => event);
  };
  const ids = (events: readonly CloudEvent[]): readonly string[] => events.map(({ id }) => id);
  const removeExchange = () =>
    broker.ctl(
      'eval',
      `rabbit_exchange:delete({resource, <<"/">>, exchange, <<"${EVENTS}">>}, false, <<"t">>).`,
    );
  const onChannel = async (work: (channel: Channel) => PromiseLike<unknown>): Promise<void> => {
    const connection = await connect(broker.url);
    await work(await connection.createChannel());
    await connection.close();
  };
  /** This many ids in the order of their first arrival, ignoring repeats. */
  const distinct = async (queue: EventQueue, count: number): Promise<readonly string[]> => {
    for (let messages = count; ; messages += 1) {
      const seen = new Set(ids((await queue.received(messages)).map(({ event }) => event)));
      if (seen.size >= count) return [...seen];
    }
  };

  it('puts into properties what listeners filter by and recognise repeats by', async () => {
    const queue = await listener('properties', 'integration.cache.*');
    const [event] = cloudEvents(1) as [CloudEvent];
    await on.bus.publish([event]);
    const [received] = await queue.received(1);
    await queue.close();
    expect(received?.routingKey).to.equal(event.type);
    expect(received?.properties).to.include({
      contentType: 'application/cloudevents+json',
      deliveryMode: 2,
      messageId: event.id,
      correlationId: event.correlationid,
      type: event.type,
      appId: 'integration-service',
    });
    expect(received?.properties.headers).to.include({ management_company_id: event.managementcompanyid });
  });

  it('keeps and counts messages for which no queue is bound, and delivers the rest in order', async () => {
    const queue = await listener('hits', 'integration.cache.hit');
    const events = cloudEvents(6).map((event, n) =>
      n % 2 === 0 ? event : { ...event, type: 'integration.health.degraded' as const },
    );
    await on.bus.publish(events);
    const heard = events.filter((_, n) => n % 2 === 0);
    expect(ids((await queue.received(3)).map(({ event }) => event))).to.deep.equal(ids(heard));
    await queue.close();
    expect(await unrouted(3)).to.deep.equal(events.filter((_, n) => n % 2 === 1));
    expect(on.unroutable).to.deep.equal([1, 2, 3].map(() => 'integration.health.degraded'));
  });

  it('refuses one message that the broker considers too large, and accepts the others in order', async () => {
    const queue = await listener('large', 'integration.cache.hit');
    const events = cloudEvents(9).map((event, n) =>
      n === 4 ? { ...event, data: { payload: 'x'.repeat(LARGEST) } } : event,
    );
    const refusals = await on.bus.publish(events);
    expect(refusals.map(({ id }) => id)).to.deep.equal([events[4]?.id]);
    expect(refusals[0]?.reason).to.match(/larger than configured max size 4000/);
    const others = events.filter((_, n) => n !== 4);
    // Repeats are allowed; the first arrivals determine the order.
    expect(await distinct(queue, others.length)).to.deep.equal(ids(others));
    expect(await on.bus.publish(cloudEvents(1))).to.deep.equal([]);
    await queue.close();
  });

  for (const beside of ['with another', 'alone'])
    it(`accepts what was too large ${beside} once the broker's limit is raised, over the same connection`, async () => {
      const queue = await listener(`larger ${beside}`, 'integration.cache.hit');
      const [large, small] = cloudEvents(2).map((event, n) =>
        n === 0 ? { ...event, data: { payload: 'x'.repeat(LARGEST) } } : event,
      ) as [CloudEvent, CloudEvent];
      const others = beside === 'alone' ? [] : [small];
      expect((await on.bus.publish([large, ...others])).map(({ id }) => id)).to.deep.equal([large.id]);
      await broker.ctl('eval', `application:set_env(rabbit, max_message_size, ${2 * LARGEST}).`);
      try {
        // The channel opened after the refusal still uses the old limit.
        await on.bus.whenReady(new AbortController().signal);
        expect(await on.bus.publish([large])).to.deep.equal([]);
      } finally {
        await broker.ctl('eval', `application:set_env(rabbit, max_message_size, ${LARGEST}).`);
      }
      expect(await distinct(queue, 1 + others.length)).to.deep.equal(ids([...others, large]));
      await queue.close();
    });

  it('reports for each message that is too large how large it is, and accepts the others', async () => {
    const queue = await listener('several', 'integration.cache.hit');
    const events = cloudEvents(8).map((event, n) =>
      n % 3 === 0 ? { ...event, data: { payload: 'x'.repeat(LARGEST + n) } } : event,
    );
    const refusals = await on.bus.publish(events);
    expect(refusals).to.deep.equal(
      [0, 3, 6].map((n) => ({
        id: events[n]?.id,
        reason: `message size ${JSON.stringify(events[n]).length} is larger than configured max size ${LARGEST}`,
      })),
    );
    const others = events.filter((_, n) => n % 3 !== 0);
    expect(await distinct(queue, others.length)).to.deep.equal(ids(others));
    await queue.close();
  });

  it('refuses a message that AMQP cannot represent', async () => {
    const queue = await listener('formless', 'integration.cache.hit');
    const [good, bad] = cloudEvents(2) as [CloudEvent, CloudEvent];
    const refusals = await on.bus.publish([{ ...bad, correlationid: 'x'.repeat(300) }, good]);
    expect(refusals.map(({ id }) => id)).to.deep.equal([bad.id]);
    expect((await queue.received(1)).map(({ event }) => event.id)).to.include(good.id);
    await queue.close();
  });

  it('restores its exchange when somebody removed it', async () => {
    await removeExchange();
    const outcome = await on.bus.publish(cloudEvents(1)).then(
      () => 'taken over',
      () => 'rejected',
    );
    expect(outcome).to.equal('rejected');
    await on.bus.whenReady(new AbortController().signal);
    const queue = await listener('again', '#');
    await on.bus.publish(cloudEvents(1));
    await queue.received(1);
    await queue.close();
  });

  it('uses the queue of unrouted messages as an operator declared it', async () => {
    await on.connection.close();
    await removeEventQueue(broker.url, UNROUTED);
    await bindEventQueue({ url: broker.url, queue: UNROUTED });
    on = await busOn(broker.url);
    await on.bus.publish([{ ...(cloudEvents(1)[0] as CloudEvent), type: 'integration.service.registered' }]);
    expect(await unrouted(1)).to.have.length(1);
    await on.connection.close();
    await removeEventQueue(broker.url, UNROUTED);
    on = await busOn(broker.url);
  });

  it('uses an exchange as an operator declared it, and declares the queue of unrouted messages beside it', async () => {
    await on.connection.close();
    await removeEventQueue(broker.url, UNROUTED);
    await removeExchange();
    await onChannel(async (channel) => {
      await channel.assertExchange(EVENTS, 'topic', { durable: true, alternateExchange: 'amq.fanout' });
    });
    on = await busOn(broker.url);
    const [event] = cloudEvents(1) as [CloudEvent];
    await on.bus.publish([{ ...event, type: 'integration.service.registered' }]);
    expect(ids(await unrouted(1))).to.deep.equal([event.id]);
    await on.connection.close();
    await removeExchange();
    on = await busOn(broker.url);
  });

  it('does not count as published what a queue has no room for, and sends it to all queues again', async () => {
    const queue = await listener('roomy', 'integration.cache.hit');
    const full = { maxLength: 1, arguments: { 'x-overflow': 'reject-publish' }, exclusive: true };
    const connection = await connect(broker.url);
    const channel = await connection.createChannel();
    await channel.assertQueue('full', full);
    await channel.bindQueue('full', EVENTS, 'integration.cache.hit');
    const events = cloudEvents(3);
    for (const attempt of [1, 2]) {
      const outcome = await on.bus.publish(events).catch((error: Error) => error.message);
      expect(outcome, String(attempt)).to.match(/nacked/);
      await on.bus.whenReady(new AbortController().signal);
    }
    expect(ids((await queue.received(6)).map(({ event }) => event))).to.deep.equal(
      ids([...events, ...events]),
    );
    await connection.close();
    await queue.close();
    expect(await on.bus.publish(cloudEvents(1))).to.deep.equal([]);
  });

  it('is not ready while the broker is blocked, and ready when it no longer is', async () => {
    await broker.ctl('set_vm_memory_high_watermark', '0');
    // The broker notifies only connections that publish, and then reads nothing more.
    const taken = on.bus.publish(cloudEvents(1)).catch(() => []);
    await eventually('the block', async () => (on.bus.isReady() ? undefined : true));
    expect(await on.bus.publish(cloudEvents(1)).catch((error: Error) => error.message)).to.include(
      'takes no messages',
    );
    await broker.ctl('set_vm_memory_high_watermark', '0.4');
    await on.bus.whenReady(new AbortController().signal);
    await taken;
    expect(await on.bus.publish(cloudEvents(1))).to.deep.equal([]);
  });

  it('stops waiting for the bus when its user gives up', async () => {
    await on.connection.close();
    const patience = new AbortController();
    const waiting = on.bus.whenReady(patience.signal);
    patience.abort();
    await waiting;
    expect(on.bus.isReady()).to.equal(false);
  });
});
