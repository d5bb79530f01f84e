import { connect, type ChannelModel, type ConfirmChannel } from 'amqplib';
import { expect } from 'chai';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { CommandHandler, CommandMessage, Settlement } from '../../../src/application/command-queue.ts';
import { RabbitmqCommandQueue } from '../../../src/infrastructure/rabbitmq/rabbitmq-command-queue.ts';
import { RabbitmqConnection } from '../../../src/infrastructure/rabbitmq/rabbitmq-connection.ts';
import { systemClock, systemSleep } from '../../../src/infrastructure/system/system-clock.ts';
import { systemIds } from '../../../src/infrastructure/system/system-ids.ts';
import { aCommandConsumer } from '../../support/a-command-consumer.ts';
import { startFaultProxy } from '../../support/fault-proxy.ts';
import { eventually } from '../../support/until.ts';
import { startPrivateBroker, type PrivateBroker } from '../../support/private-broker.ts';
import { rabbitmqServer } from '../../support/rabbitmq-server.ts';
import { recordingLogger } from '../../support/recording-logger.ts';

const QUEUE = 'integration.commands';
const delaysMs = [20, 30, 40, 50];
/** Milliseconds between two checks that all queues and bindings exist. */
const LOOK_EVERY = 30_000;
/** Milliseconds between two attempts at a full queue. */
const ROOM_PAUSE = 1_000;
const reply = { status: 200, contentType: undefined, body: '', isRepeat: false };
const done: Settlement = { kind: 'done', reply };
const parked: Settlement = { kind: 'parked', reason: 'invalid-input', detail: 'wrong', reply };
const retry: Settlement = { kind: 'retry', reason: 'unavailable' };

describe('commands and a broker in trouble', () => {
  let broker: PrivateBroker;
  let sender: ChannelModel;
  let channel: ConfirmChannel;
  let connection: RabbitmqConnection;
  let logger: ReturnType<typeof recordingLogger>;
  let seen: CommandMessage[];
  let dropped: number;
  let queue: RabbitmqCommandQueue;

  before(async () => {
    await rabbitmqServer();
    broker = await startPrivateBroker();
  });
  after(() => broker.dispose());

  const connectSender = async (): Promise<void> => {
    sender = await connect(broker.url);
    sender.on('error', () => undefined);
    channel = await sender.createConfirmChannel();
    channel.on('error', () => undefined);
  };
  const consumers = async (): Promise<number> => (await channel.checkQueue(QUEUE)).consumerCount;
  /** Both at the broker and on our side, which learns of it later and cannot report the loss before. */
  const listening = () =>
    eventually('a consumer', async () =>
      (await consumers()) > 0 && connection.withoutChannel.length === 0 ? true : undefined,
    );
  const handled = (count: number) =>
    eventually(`${count} deliveries`, async () => (seen.length >= count ? seen : undefined));

  const newQueue = (sleep = systemSleep): RabbitmqCommandQueue =>
    new RabbitmqCommandQueue({
      connection,
      queue: QUEUE,
      prefetch: 4,
      retryDelaysMs: delaysMs,
      clock: systemClock,
      ids: systemIds,
      sleep,
      logger,
      onAnswerDropped: () => (dropped += 1),
    });

  const consuming = async (handler: CommandHandler): Promise<void> => {
    queue.consume((message) => {
      seen.push(message);
      return handler(message);
    });
    await eventually('the queue', async () => {
      const probe = await sender.createChannel();
      probe.on('error', () => undefined);
      return probe.checkQueue(QUEUE).then(
        () => probe.close().then(() => true),
        () => undefined,
      );
    });
    await listening();
  };
  const send = (messageId: string, more: object = {}): Promise<void> =>
    new Promise((resolve, reject) => {
      const properties = { messageId, persistent: true, ...more };
      channel.publish(QUEUE, QUEUE, Buffer.from('{}'), properties, (error) =>
        error === null ? resolve() : reject(error as Error),
      );
    });
  const taken = (name: string) =>
    eventually(`a message in ${name}`, async () => {
      // Checking a missing queue closes the channel.
      const probe = await sender.createChannel();
      probe.on('error', () => undefined);
      const there = await probe.checkQueue(name).catch(() => undefined);
      if (there === undefined) return undefined;
      const got = there.messageCount > 0 && (await probe.get(name, { noAck: true }));
      await probe.close();
      return got || undefined;
    });

  beforeEach(async () => {
    await broker.start();
    await connectSender();
    logger = recordingLogger();
    [seen, dropped] = [[], 0];
    connection = new RabbitmqConnection({ url: broker.url, logger, sleep: systemSleep, random: Math.random });
    connection.start();
    queue = newQueue();
  });
  afterEach(async () => {
    broker.thaw();
    await connection.close();
    await broker.start();
    await sender.close().catch(() => undefined);
    await connectSender();
    for (const name of [QUEUE, `${QUEUE}.dead`, ...delaysMs.map((ms) => `${QUEUE}.retry.${ms}`)])
      await channel.deleteQueue(name);
    await channel.deleteExchange(QUEUE);
    await sender.close();
  });

  it('declares a durable quorum queue, bound by every type, by its own name and by the empty key', async () => {
    await consuming(async () => done);
    const [line = ''] = (await broker.ctl('list_queues', 'name', 'type', 'durable'))
      .split('\n')
      .filter((text) => text.startsWith(`${QUEUE}\t`));
    expect(line).to.equal(`${QUEUE}\tquorum\ttrue`);
    const bindings = (await broker.ctl('list_bindings', 'source_name', 'destination_name', 'routing_key'))
      .split('\n')
      .filter((text) => text.startsWith(`${QUEUE}\t`))
      .map((text) => text.split('\t')[2]);
    expect(bindings).to.include.members([
      QUEUE,
      '',
      'integration.command.geocode',
      'integration.command.sheets.append',
    ]);
    expect(bindings).to.have.length(11);
  });

  it('redelivers unacknowledged and waiting messages after the broker was killed', async () => {
    let hold = true;
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    await consuming(async () => {
      if (hold) await held;
      return done;
    });
    // The broker writes the names of its quorum queues to a file on an orderly stop, and otherwise only now and then.
    await broker.stop();
    await broker.start();
    await connectSender();
    await listening();
    for (let n = 0; n < 6; n += 1) await send(`m-${n}`);
    await handled(4);
    await broker.kill();
    await eventually('the loss', async () => (connection.isUp ? undefined : true));
    hold = false;
    release();
    await broker.start();
    await connectSender();
    await handled(10);
    await eventually('an empty queue', async () =>
      (await channel.checkQueue(QUEUE)).messageCount === 0 ? true : undefined,
    );
    await queue.stop(2_000);
    // After a kill, RabbitMQ 3.10 may not serve a quorum queue with a name deleted shortly before: the other tests get
    // a broker that was never killed.
    await connection.close();
    await sender.close().catch(() => undefined);
    await broker.dispose();
    broker = await startPrivateBroker();
    const again = seen.slice(4).map(({ messageId }) => messageId);
    expect(new Set(again)).to.deep.equal(new Set(['m-0', 'm-1', 'm-2', 'm-3', 'm-4', 'm-5']));
  });

  it('never holds more than its prefetch when it lost its connection and has a new one', async () => {
    const proxy = await startFaultProxy({ host: '127.0.0.1', port: broker.port });
    await connection.close();
    const url = `amqp://guest:guest@127.0.0.1:${proxy.port}`;
    connection = new RabbitmqConnection({ url, logger, sleep: systemSleep, random: Math.random });
    connection.start();
    queue = newQueue();
    let release = (): void => undefined;
    const released = new Promise<void>((resolve) => (release = resolve));
    let [inHand, most] = [0, 0];
    await consuming(async () => {
      most = Math.max(most, (inHand += 1));
      await released;
      inHand -= 1;
      return done;
    });
    for (let n = 0; n < 12; n += 1) await send(`m-${n}`);
    await handled(4);
    proxy.reset();
    await eventually('the loss', async () => (connection.isUp ? undefined : true));
    await eventually('another connection', async () => (connection.isUp ? true : undefined));
    await listening();
    // Four of them are with the new consumer.
    await eventually('eight in the queue', async () =>
      (await channel.checkQueue(QUEUE)).messageCount === 8 ? true : undefined,
    );
    release();
    // A queue does not count messages being delivered: stopping when it is empty may return the last ones unhandled.
    await eventually('all twelve', async () =>
      new Set(seen.map(({ messageId }) => messageId)).size === 12 ? true : undefined,
    );
    await queue.stop(5_000);
    await proxy.close();
    expect(most).to.equal(4);
  });

  it('declares its queue again when somebody deletes it, and reports that', async () => {
    await consuming(async () => done);
    await channel.deleteQueue(QUEUE);
    await eventually('the queue again', async () => {
      const probe = await sender.createChannel();
      probe.on('error', () => undefined);
      return probe.checkQueue(QUEUE).then(
        ({ consumerCount }) => (consumerCount > 0 ? true : undefined),
        () => undefined,
      );
    });
    await send('after');
    expect((await handled(1))[0]?.messageId).to.equal('after');
    const told = logger.lines.filter(({ message }) =>
      message.startsWith('the queue of commands was deleted'),
    );
    expect(told.map(({ level, fields }) => ({ level, fields }))).to.deep.equal([
      { level: 'warn', fields: { queue: QUEUE } },
    ]);
  });

  it('restores its exchange and its bindings when somebody deletes them', async () => {
    queue = newQueue((ms, signal) => systemSleep(ms === LOOK_EVERY ? 50 : ms, signal));
    await consuming(async () => done);
    await channel.deleteExchange(QUEUE);
    await eventually('a command that arrives', async () => {
      // Publishing to a missing exchange closes the channel.
      const probe = await sender.createConfirmChannel();
      probe.on('error', () => undefined);
      const type = 'integration.command.geocode';
      probe.publish(QUEUE, type, Buffer.from('{}'), { messageId: 'after' });
      await probe.waitForConfirms().catch(() => undefined);
      await probe.close().catch(() => undefined);
      return seen.length > 0 ? true : undefined;
    });
  });

  it("loses its connection a few times over an answer that crashes the broker's reader, and then drops the answer", async () => {
    const others = new Map<string, number>();
    await consuming(async ({ messageId = '', returns }) => {
      if (messageId !== 'm-1') others.set(messageId, returns);
      return done;
    });
    // A truncated direct reply-to token: the broker decodes it as an Erlang term, fails, and closes the connection.
    await send('m-1', { replyTo: 'amq.rabbitmq.reply-to.g1h2AA5yZXBseUAyMzE0.abc==' });
    await eventually('an empty queue', async () => {
      const counts = await broker.ctl('list_queues', 'name', 'messages');
      return counts.includes(`${QUEUE}\t0`) ? true : undefined;
    });
    // The answer is dropped when its command is acknowledged, after it has broken one last connection with all
    // unacknowledged messages.
    await eventually('the answer to be let be', async () => (dropped > 0 ? true : undefined));
    await listening();
    await send('m-2');
    await eventually('the next one', async () => others.get('m-2'));
    expect(seen.map(({ messageId, returns }) => [messageId, returns])).to.deep.equal([
      ['m-1', 0],
      ['m-1', 1],
      ['m-1', 2],
      ['m-2', 0],
    ]);
    expect((await channel.checkQueue(`${QUEUE}.dead`)).messageCount).to.equal(0);
  });

  it('loses its channel once, with its unacknowledged messages, over answers that the broker considers too large', async () => {
    const limited = (bytes: number): Promise<unknown> =>
      broker.ctl('eval', `application:set_env(rabbit, max_message_size, ${bytes}).`);
    await limited(1_000);
    try {
      await consuming(async ({ messageId }) =>
        messageId === 'innocent' ? done : { kind: 'done', reply: { ...reply, body: 'x'.repeat(1_001) } },
      );
      for (const id of ['m-1', 'm-2', 'm-3', 'innocent']) await send(id, { replyTo: 'nobody' });
      await eventually('all answers to be dropped', async () => (dropped >= 4 ? true : undefined));
      const closed = logger.lines.filter(({ message }) => message === 'channel closed by the broker');
      expect(closed.map(({ fields }) => fields['channel'])).to.deep.equal(['commands']);
      expect(Math.max(...seen.map(({ returns }) => returns))).to.equal(1);
    } finally {
      await limited(134_217_728);
    }
  });

  it('accepts its queue as a sender or an operator declared it, and declares it again when that is deleted', async () => {
    await channel.assertQueue(QUEUE, { durable: true, arguments: { 'x-queue-type': 'quorum' } });
    await consuming(async ({ messageId }) => (messageId === 'wrong' ? parked : done));
    await send('m-1');
    await send('wrong');
    expect((await taken(`${QUEUE}.dead`)).properties.messageId).to.equal('wrong');
    expect((await handled(2))[0]?.messageId).to.equal('m-1');
    expect(logger.lines.filter(({ message }) => message === 'channel not opened')).to.have.length(1);
    await channel.deleteQueue(QUEUE);
    await eventually('the queue again', async () => {
      const [line] = (await broker.ctl('list_queues', 'name', 'consumers', 'arguments'))
        .split('\n')
        .filter((text) => text.startsWith(`${QUEUE}\t1`));
      return line?.includes('x-delivery-limit') === true ? true : undefined;
    });
  });

  it('refuses a queue that is not replicated, and reports once which argument differs', async () => {
    await channel.assertQueue(QUEUE, { durable: true, arguments: { 'x-queue-type': 'classic' } });
    await connection.close();
    let attempts = 0;
    connection = new RabbitmqConnection({
      url: broker.url,
      logger,
      sleep: (ms, signal) => {
        attempts += 1;
        return systemSleep(ms, signal);
      },
      random: Math.random,
    });
    connection.start();
    queue = newQueue();
    queue.consume(async () => done);
    await eventually('six attempts', async () => (attempts >= 6 ? true : undefined));
    const refusals = logger.lines
      .filter(({ message }) => message === 'channel not opened')
      .filter(({ fields }) =>
        String(fields['error']).includes("'x-queue-type' for queue 'integration.commands'"),
      );
    expect(refusals).to.have.length(1);
    expect(String(refusals[0]?.fields['advice'])).to.include('correct it, or delete it');
    expect(await consumers()).to.equal(0);
  });

  it('uses queues declared for it when it has no permission to configure them', async () => {
    await consuming(async () => done);
    await connection.close();
    await broker.ctl('set_permissions', 'guest', '^amq\\.gen', '.*', '.*');
    try {
      connection = new RabbitmqConnection({
        url: broker.url,
        logger,
        sleep: systemSleep,
        random: Math.random,
      });
      connection.start();
      queue = newQueue();
      queue.consume(async (message) => {
        seen.push(message);
        return done;
      });
      await listening();
      await send('m-1');
      await handled(1);
    } finally {
      await broker.ctl('set_permissions', 'guest', '.*', '.*', '.*');
    }
  });

  it('binds its queue as soon as that is permitted, even if it was forbidden when it started', async () => {
    queue = newQueue((ms, signal) => systemSleep(ms === LOOK_EVERY ? 50 : ms, signal));
    // Binding a queue requires write permission on it.
    await broker.ctl('set_permissions', 'guest', '.*', '^amq\\.default$', '.*');
    try {
      await consuming(async () => done);
    } finally {
      await broker.ctl('set_permissions', 'guest', '.*', '.*', '.*');
    }
    await eventually('a command that arrives', async () => {
      await send('m-1');
      return seen.length > 0 ? true : undefined;
    });
    expect(logger.lines.map(({ message }) => message)).not.to.include('channel closed by the broker');
  });

  it('leaves commands in the queue while it may not publish, and consumes them when it may', async () => {
    await consuming(async () => done);
    await connection.close();
    // No write permission on the default exchange, through which retries, dead letters and answers are sent.
    await broker.ctl('set_permissions', 'guest', '.*', '^integration\\.', '.*');
    try {
      connection = new RabbitmqConnection({
        url: broker.url,
        logger,
        sleep: systemSleep,
        random: Math.random,
      });
      connection.start();
      queue = newQueue();
      queue.consume(async (message) => {
        seen.push(message);
        return parked;
      });
      await send('m-1');
      await eventually('that it says so', async () =>
        logger.lines.some(
          ({ message, fields }) =>
            message === 'channel not opened' && String(fields['error']).includes("'amq.default'"),
        )
          ? true
          : undefined,
      );
      expect(await consumers()).to.equal(0);
    } finally {
      await broker.ctl('set_permissions', 'guest', '.*', '.*', '.*');
    }
    const dead = await taken(`${QUEUE}.dead`);
    expect(dead.properties.headers).to.include({ 'x-reason': 'invalid-input' });
    expect(seen.map(({ returns }) => returns)).to.deep.equal([0]);
  });

  const oddities: Readonly<Record<string, object>> = {
    'an integer of 64 bits': { '!': 'int64', value: 9_223_372_036_854_775_807n },
    'a time of 64 bits': { '!': 'timestamp', value: 18_446_744_073_709_551_615n },
    'nearly as many headers as AMQP has place for': { wide: 'x'.repeat(60_000), wider: 'x'.repeat(5_400) },
  };
  for (const [what, odd] of Object.entries(oddities))
    it(`retries and parks a message with ${what}`, async () => {
      await consuming(async ({ retries }) => (retries === 0 ? retry : parked));
      const own = { management_company_id: 'a-company', traceparent: 'a-parent' };
      await send('m-1', { correlationId: 'c-1', headers: { odd, ...own } });
      const { properties } = await taken(`${QUEUE}.dead`);
      expect(properties).to.include({ messageId: 'm-1', correlationId: 'c-1' });
      expect(properties.headers).to.include({ ...own, 'x-reason': 'invalid-input', 'x-attempt': 1 });
      expect(seen).to.have.length(2);
    });

  it('loses no dead letter or retry when the queues for them were deleted', async () => {
    await consuming(async ({ messageId, retries }) => {
      if (messageId === 'wrong') return parked;
      return retries === 0 ? retry : done;
    });
    for (const name of [`${QUEUE}.dead`, `${QUEUE}.retry.20`]) await channel.deleteQueue(name);
    await send('wrong');
    await send('again');
    expect((await taken(`${QUEUE}.dead`)).properties.messageId).to.equal('wrong');
    expect((await handled(3)).filter(({ messageId }) => messageId === 'again')).to.have.length(2);
  });

  it('parks everything that found no room once the limit of the dead letters is lifted', async () => {
    const limit = '{"max-length":1,"overflow":"reject-publish"}';
    await broker.ctl(
      'set_policy',
      'narrow',
      '^integration\\.commands\\.dead$',
      limit,
      '--apply-to',
      'queues',
    );
    const unsettled = () =>
      logger.lines.filter(({ message }) => message === 'command not settled, it will be redelivered');
    let lift = (): void => undefined;
    const lifted = new Promise<void>((resolve) => (lift = resolve));
    // Half a minute of attempts in three seconds. After the first failure all wait until the limit is lifted, however
    // long that takes on a busy machine. Otherwise a command could be returned five times by then: the broker would
    // move it to the dead letters itself, and it retries a full queue every three minutes only.
    queue = newQueue(async (ms, signal) => {
      await systemSleep(ms === ROOM_PAUSE ? ROOM_PAUSE / 10 : ms, signal);
      if (ms === ROOM_PAUSE && unsettled().length > 0) await lifted;
    });
    await consuming(async () => parked);
    for (let n = 0; n < 12; n += 1) await send(`m-${n}`);
    await eventually('one without room', async () => unsettled().length > 0 || undefined);
    await broker.ctl('clear_policy', 'narrow');
    lift();
    await eventually('twelve dead letters', async () =>
      (await channel.checkQueue(`${QUEUE}.dead`)).messageCount >= 12 ? true : undefined,
    );
    expect(unsettled()).to.have.length(1);
    // Parked by us. What the broker moves there itself, after too many returns, has no such header.
    for (let n = 0; n < 12; n += 1)
      expect((await taken(`${QUEUE}.dead`)).properties.headers).to.include({ 'x-reason': 'invalid-input' });
  });

  it("sends no copies of a retry to the sender's CC and BCC destinations", async () => {
    const { queue: spy } = await channel.assertQueue('', { exclusive: true });
    await consuming(async ({ retriesLeft }) => (retriesLeft > 0 ? retry : done));
    await send('m-1', { headers: { CC: [spy] }, userId: 'guest', expiration: '60000' });
    await handled(5);
    await queue.stop(2_000);
    // The broker makes such copies only when the sender itself publishes, and to an exchange without such a key.
    expect((await channel.checkQueue(spy)).messageCount).to.equal(0);
  });

  it('answers over the direct reply-to pseudo-queue, and counts none of them as dropped', async () => {
    await consuming(async () => done);
    const answer = new Promise<string>((resolve) => {
      void channel.consume(
        'amq.rabbitmq.reply-to',
        (raw) => raw && resolve(String(raw.properties.correlationId)),
        { noAck: true },
      );
    });
    await send('m-1', { replyTo: 'amq.rabbitmq.reply-to', correlationId: 'c-1' });
    expect(await answer).to.equal('c-1');
    await queue.stop(2_000);
    expect(dropped).to.equal(0);
  });

  it('stops in bounded time while the broker hangs, and the message is redelivered', async () => {
    await consuming(async () => {
      broker.freeze();
      return done;
    });
    await send('m-1', { replyTo: 'nobody' });
    await handled(1);
    const startedAt = performance.now();
    await queue.stop(500);
    // A confirm would be awaited for half a minute.
    expect(performance.now() - startedAt).to.be.lessThan(12_000);
  });

  it('parks a message at which five processes died, and the sixth survives', async () => {
    const sut = aCommandConsumer();
    await consuming(async () => done);
    await queue.stop(1_000);
    await send('poison', {
      type: 'integration.command.geocode',
      headers: { management_company_id: 'uk_company_1' },
    });
    for (let n = 0; n < 5; n += 1) {
      const consumer = spawn(process.execPath, ['test/support/crashing-consumer.ts', broker.url]);
      expect(await once(consumer, 'exit')).to.deep.equal([null, 'SIGKILL']);
    }
    queue = newQueue();
    await consuming(sut.consume);
    const dead = await taken(`${QUEUE}.dead`);
    expect(dead.properties.messageId).to.equal('poison');
    expect(dead.properties.headers).to.include({ 'x-reason': 'poisoned' });
    expect(sut.application.contexts).to.deep.equal([]);
    await send('next');
    await handled(2);
  });

  it('reports what it could not settle', async () => {
    await consuming(() => Promise.reject(new Error('a bug')));
    await send('m-1');
    await taken(`${QUEUE}.dead`);
    const lines = logger.lines.filter(
      ({ message }) => message === 'command not settled, it will be redelivered',
    );
    expect(lines).to.have.length(6);
    expect(lines[0]).to.deep.include({ level: 'warn' });
    expect(lines[0]?.fields).to.include({ error: 'a bug' });
  });
});
