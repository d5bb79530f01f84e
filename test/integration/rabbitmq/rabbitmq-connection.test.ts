import type { ConfirmChannel } from 'amqplib';
import { expect } from 'chai';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { RabbitmqConnection } from '../../../src/infrastructure/rabbitmq/rabbitmq-connection.ts';
import { rabbitmqHealth } from '../../../src/infrastructure/rabbitmq/rabbitmq-health.ts';
import { systemSleep } from '../../../src/infrastructure/system/system-clock.ts';
import { eventually } from '../../support/until.ts';
import { startPrivateBroker, type PrivateBroker } from '../../support/private-broker.ts';
import { rabbitmqServer } from '../../support/rabbitmq-server.ts';
import { recordingLogger } from '../../support/recording-logger.ts';

/** As of turned-out.ts. */
const STAYS_MS = 15_000;
const NEVER_MS = 3_600_000;

describe('the connection to RabbitMQ', () => {
  let broker: PrivateBroker;
  let logger: ReturnType<typeof recordingLogger>;
  let connection: RabbitmqConnection;
  before(async () => {
    // Where only Debian's packages can provide RabbitMQ, the broker of the run has them installed.
    await rabbitmqServer();
    broker = await startPrivateBroker();
  });
  after(() => broker.dispose());

  const connectionTo = (url: string): RabbitmqConnection =>
    new RabbitmqConnection({ url, logger, sleep: systemSleep, random: () => 0 });
  beforeEach(async () => {
    await broker.start();
    logger = recordingLogger();
    connection = connectionTo(broker.url);
  });
  afterEach(() => connection.close());

  const isUp = (expected = true) =>
    eventually(`a connection that is ${expected ? 'up' : 'down'}`, async () =>
      connection.isUp === expected ? true : undefined,
    );
  const messages = (): readonly string[] => logger.lines.map(({ message }) => message);
  const expectAnAbsence = (lines: readonly string[]): void => {
    expect([lines[0], lines.at(-1)]).to.deep.equal([
      'RabbitMQ away, connecting again until it is back',
      'connected to RabbitMQ',
    ]);
    // An attempt before its return may fail for another reason than the first one.
    expect(lines.slice(1, -1).every((line) => line === 'RabbitMQ still away, for another reason')).to.equal(
      true,
    );
  };
  /** A user of the connection that records each channel and its loss. */
  const aUser = (opened: (channel: ConfirmChannel) => Promise<unknown> = async () => undefined) => {
    const seen: string[] = [];
    let channel: ConfirmChannel | undefined;
    const kept = connection.onChannel({
      name: 'test',
      opened: async (given) => {
        await opened(given);
        channel = given;
        seen.push('opened');
      },
      lost: () => void seen.push('lost'),
    });
    const has = (count: number) =>
      eventually(`${count} steps`, async () => (seen.length >= count ? seen : undefined));
    return { kept, seen, has, channel: () => channel as ConfirmChannel };
  };

  it('starts without a broker, reports once that it is unavailable, and connects when it is available', async () => {
    await broker.stop();
    connection.start();
    const user = aUser();
    await eventually('the line of the log', async () => (logger.lines.length > 0 ? true : undefined));
    expect(connection.isUp).to.equal(false);
    const detail = 'not connected, events wait in the outbox, the log says why';
    expect(await rabbitmqHealth(connection)()).to.include({ status: 'degraded', required: false, detail });
    await broker.start();
    await user.has(1);
    expect(connection.isUp).to.equal(true);
    expect(await rabbitmqHealth(connection)()).to.deep.equal({
      name: 'rabbitmq',
      required: false,
      status: 'ok',
    });
    expectAnAbsence(messages());
  });

  it('reports why it cannot reconnect when the reason differs from that of the loss, each reason once', async () => {
    await broker.stop();
    connection.start();
    const reasons = () => logger.lines.map(({ fields }) => JSON.stringify(fields));
    await eventually('the first reason', async () => (reasons().length > 0 ? true : undefined));
    const other = createServer((socket) => socket.destroy());
    other.listen(Number(new URL(broker.url).port), '127.0.0.1');
    await eventually('another', async () => (reasons().length > 1 ? true : undefined));
    other.close();
    await once(other, 'close');
    expect(reasons()[0]).to.contain('ECONNREFUSED');
    expect(reasons()[1]).to.be.a('string').and.not.contain('ECONNREFUSED');
    expect(new Set(reasons()).size).to.equal(reasons().length);
  });

  it('does not wait for a channel that fails to open or close in time', async () => {
    connection.start();
    await isUp();
    const late = () => Promise.reject(new Error('no answer in time'));
    let worked = 0;
    const work = async (): Promise<void> => void (worked += 1);
    const failure = await connection.aside(work, late).catch((error: unknown) => error);
    expect(failure).to.have.property('message', 'no answer in time');
    expect(worked).to.equal(0);
    let answers = 0;
    await connection.aside(work, (answer) => ((answers += 1) === 1 ? answer : late()));
    expect([worked, answers]).to.deep.equal([1, 2]);
    await eventually('no channel left open', async () =>
      (await broker.ctl('list_channels', '--quiet', 'pid')).includes('<') ? undefined : true,
    );
  });

  it('reports that the virtual host may be missing where the broker accepts the login but not the opening', async () => {
    const url = new URL(broker.url);
    url.pathname = '/not-there';
    const lost = connectionTo(url.href);
    lost.start();
    await eventually('the reason', async () => (logger.lines.length > 0 ? true : undefined));
    await lost.close();
    const [line] = logger.lines;
    expect(line?.fields).to.include({ broker: `${url.host}/not-there` });
    expect(JSON.stringify(line?.fields)).to.contain('the virtual host of RABBITMQ_URL is not there');
  });

  it('reconnects at growing intervals, and reports it once, where the broker closes each connection as soon as it is used', async () => {
    await broker.ctl('add_user', 'narrow', 'narrow');
    await broker.ctl('set_permissions', 'narrow', '.*', '.*', '.*');
    await broker.ctl('set_user_limits', 'narrow', '{"max-channels":0}');
    const settled = new AbortController();
    const pausedAt: number[] = [];
    connection = new RabbitmqConnection({
      url: broker.url.replace('guest:guest', 'narrow:narrow'),
      logger,
      // No connection counts as stable before the test says so: on a busy machine lifting the limit takes longer than
      // that.
      sleep: (ms, signal) =>
        systemSleep(ms === STAYS_MS ? NEVER_MS : ms, signal && AbortSignal.any([signal, settled.signal])),
      random: () => {
        pausedAt.push(performance.now());
        return 0;
      },
    });
    connection.start();
    const user = aUser();
    await eventually('six ends', async () => (pausedAt.length >= 6 ? true : undefined));
    expect((pausedAt[5] ?? 0) - (pausedAt[0] ?? 0)).to.be.at.least(1_500);
    const away = ['connected to RabbitMQ', 'RabbitMQ away, connecting again until it is back'];
    expect(messages()).to.deep.equal(away);
    expect(JSON.stringify(logger.lines[1])).to.contain('maximum allowed user limit');
    await broker.ctl('clear_user_limits', 'narrow', 'max-channels');
    await user.has(1);
    expect(messages()).to.deep.equal(away);
    settled.abort();
    await eventually('the line of its return', async () => (messages().length > 2 ? true : undefined));
    expect(messages()).to.deep.equal([...away, 'connected to RabbitMQ']);
  });

  it('gives every user a new channel after kill -9 of the broker', async () => {
    connection.start();
    const users = [aUser(), aUser()];
    await Promise.all(users.map((user) => user.has(1)));
    await broker.kill();
    await isUp(false);
    await broker.start();
    for (const user of users) expect(await user.has(3)).to.deep.equal(['opened', 'lost', 'opened']);
    await users[0]?.channel().checkExchange('amq.topic');
    const [up, ...absence] = messages();
    expect(up).to.equal('connected to RabbitMQ');
    expectAnAbsence(absence);
  });

  it('reopens a channel that the broker closed, without touching the others', async () => {
    connection.start();
    const [one, other] = [aUser(), aUser()];
    await Promise.all([one.has(1), other.has(1)]);
    const refused = await one
      .channel()
      .checkQueue('no-such-queue')
      .catch(() => 'refused');
    expect(refused).to.equal('refused');
    expect(await one.has(3)).to.deep.equal(['opened', 'lost', 'opened']);
    await one.channel().checkExchange('amq.topic');
    expect(other.seen).to.deep.equal(['opened']);
    expect(messages()).to.deep.equal(['connected to RabbitMQ', 'channel closed by the broker']);
  });

  it('reopens a channel that the broker closed because of one of many messages, on the same connection', async () => {
    connection.start();
    const [one, other] = [aUser(), aUser()];
    await Promise.all([one.has(1), other.has(1)]);
    // More than the connection accepts at once: all but the first are queued when the broker closes the channel.
    const large = Buffer.alloc(1_048_576);
    for (let n = 0; n < 64; n += 1) one.channel().publish('no-such-exchange', '', large);
    expect(await one.has(3)).to.deep.equal(['opened', 'lost', 'opened']);
    await one.channel().checkExchange('amq.topic');
    expect(other.seen).to.deep.equal(['opened']);
    expect(messages()).to.deep.equal(['connected to RabbitMQ', 'channel closed by the broker']);
  });

  it('retries when a user cannot declare what it needs, while the others work', async () => {
    connection.start();
    let attempts = 0;
    const unlucky = aUser(async (channel) => {
      attempts += 1;
      if (attempts < 3) await channel.checkQueue('no-such-queue');
    });
    const other = aUser();
    await Promise.all([unlucky.has(1), other.has(1)]);
    expect(attempts).to.equal(3);
    expect(unlucky.seen).to.deep.equal(['opened']);
    expect(messages().filter((line) => line === 'channel not opened')).to.have.length(1);
  });

  it('reports whose channel cannot be opened for as long as it lasts', async () => {
    connection.start();
    let mayOpen = false;
    const user = aUser(async (channel) => {
      if (!mayOpen) await channel.checkQueue('no-such-queue');
    });
    await eventually('the refusal', async () =>
      messages().includes('channel not opened') ? true : undefined,
    );
    const found = { name: 'rabbitmq', required: false };
    const detail = 'no channel for test, the log says why';
    expect(await rabbitmqHealth(connection)()).to.deep.equal({ ...found, status: 'degraded', detail });
    mayOpen = true;
    await user.has(1);
    expect(await rabbitmqHealth(connection)()).to.deep.equal({ ...found, status: 'ok' });
    await user.kept.close();
    expect(await rabbitmqHealth(connection)()).to.deep.equal({ ...found, status: 'ok' });
  });

  it('replaces a channel with a new one when its user asks', async () => {
    connection.start();
    const user = aUser();
    await user.has(1);
    const before = user.channel();
    user.kept.renew();
    expect(user.seen).to.deep.equal(['opened', 'lost']);
    await user.has(3);
    expect(user.channel()).not.to.equal(before);
    await user.channel().checkExchange('amq.topic');
  });

  it('leaves a channel closed that its user closed', async () => {
    connection.start();
    const [user, other] = [aUser(), aUser()];
    await Promise.all([user.has(1), other.has(1)]);
    await user.kept.close();
    await broker.kill();
    await broker.start();
    await other.has(3);
    expect(user.seen).to.deep.equal(['opened', 'lost']);
  });

  it('knows that the broker blocks it, and that it no longer does', async () => {
    connection.start();
    const user = aUser();
    await user.has(1);
    await broker.ctl('set_vm_memory_high_watermark', '0');
    // The broker notifies only connections that publish.
    user.channel().publish('amq.topic', 'nobody', Buffer.from('{}'));
    await eventually('the block', async () => (connection.isBlocked ? true : undefined));
    expect(await rabbitmqHealth(connection)()).to.include({ status: 'degraded' });
    await broker.ctl('set_vm_memory_high_watermark', '0.4');
    await eventually('the end of the block', async () => (connection.isBlocked ? undefined : true));
    expect(messages().slice(1)).to.deep.equal([
      'RabbitMQ takes no messages for now',
      'RabbitMQ takes messages again',
    ]);
  });

  it('does not wait for the closing handshake of a broker that reads nothing', async () => {
    const never = () => new Promise<void>(() => undefined);
    connection = new RabbitmqConnection({ url: broker.url, logger, sleep: never, random: () => 0 });
    connection.start();
    const user = aUser();
    await user.has(1);
    await broker.ctl('set_vm_memory_high_watermark', '0');
    try {
      user.channel().publish('amq.topic', 'nobody', Buffer.from('{}'));
      await eventually('the block', async () => (connection.isBlocked ? true : undefined));
      await connection.close();
    } finally {
      await broker.ctl('set_vm_memory_high_watermark', '0.4');
    }
    expect(connection.isUp).to.equal(false);
  });

  it('gives up a broker that accepts and never answers, and reconnects when it does', async () => {
    connection = connectionTo(`${broker.url}?heartbeat=1`);
    connection.start();
    const user = aUser();
    await user.has(1);
    broker.freeze();
    try {
      await isUp(false);
    } finally {
      broker.thaw();
    }
    await user.has(3);
  });

  it('closes in time although the broker hangs', async () => {
    connection = connectionTo(`${broker.url}?heartbeat=1`);
    connection.start();
    await aUser().has(1);
    broker.freeze();
    try {
      await connection.close();
    } finally {
      broker.thaw();
    }
    expect(connection.isUp).to.equal(false);
  });

  it('logs in with a non-ASCII user and password', async () => {
    const [user, password] = ['служба-ü', 'пароль § %€'];
    await broker.ctl('add_user', user, password);
    await broker.ctl('set_permissions', user, '.*', '.*', '.*');
    const url = new URL(broker.url);
    url.username = encodeURIComponent(user);
    url.password = encodeURIComponent(password);
    connection = connectionTo(url.href);
    connection.start();
    await eventually('a line of the log', async () => (logger.lines.length > 0 ? true : undefined));
    expect(messages()).to.deep.equal(['connected to RabbitMQ']);
  });

  it('never logs the password, whether it is right or wrong', async () => {
    const url = new URL(broker.url);
    connection.start();
    await isUp();
    url.password = 'wrong-and-secret';
    const refused = connectionTo(url.href);
    refused.start();
    await eventually('the refusal', async () =>
      messages().includes('RabbitMQ away, connecting again until it is back') ? true : undefined,
    );
    await refused.close();
    const said = JSON.stringify(logger.lines);
    expect(said).to.include('ACCESS').and.include(url.host);
    expect(said).not.to.include('wrong-and-secret').and.not.include(':guest@');
  });
});
