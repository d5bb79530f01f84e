import type { ConfirmChannel, ConsumeMessage, Message, Replies } from 'amqplib';
import { expect } from 'chai';
import type { CommandReply, Settlement } from '../../../../src/application/command-queue.ts';
import { BrokerBlock } from '../../../../src/infrastructure/rabbitmq/broker-block.ts';
import type { ChannelUser, KeptChannel } from '../../../../src/infrastructure/rabbitmq/kept-channel.ts';
import { RabbitmqCommandQueue } from '../../../../src/infrastructure/rabbitmq/rabbitmq-command-queue.ts';
import type { RabbitmqConnection } from '../../../../src/infrastructure/rabbitmq/rabbitmq-connection.ts';
import { commandMeans } from '../../../support/command-means.ts';
import { fixedClock, turn } from '../../../support/fixed-clock.ts';
import { recordingLogger } from '../../../support/recording-logger.ts';
import { sequentialIds } from '../../../support/sequential-ids.ts';

/** As with a broker whose queue has lost its leader. */
const silentChannel = {
  assertExchange: () => new Promise(() => undefined),
} as unknown as ConfirmChannel;

/** A channel that declares and delivers, and confirms when the test tells it to. */
const aChannel = () => {
  const told: string[] = [];
  const confirms: ((error: Error | null) => void)[] = [];
  let deliver: (raw: ConsumeMessage) => void = () => undefined;
  let returned: (message: Message) => void = () => undefined;
  const channel = {
    assertExchange: async () => undefined,
    assertQueue: async () => undefined,
    bindQueue: async () => undefined,
    prefetch: async () => undefined,
    consume: async (_queue: string, take: typeof deliver) => {
      deliver = take;
      return { consumerTag: 'c' };
    },
    on: (event: string, listener: typeof returned) => void (event === 'return' && (returned = listener)),
    publish: (
      _exchange: string,
      queue: string,
      _content: Buffer,
      _options: object,
      confirmed: () => void,
    ) => {
      // A publish that checks whether publishing is permitted at all, see below.
      if (queue === '') return confirmed();
      told.push(`to ${queue}`);
      confirms.push(confirmed);
    },
    ack: () => void told.push('ack'),
    nack: () => void told.push('back, uncounted'),
    reject: (_message: Message, again: boolean) => void told.push(again ? 'back' : 'dropped'),
  } as unknown as ConfirmChannel;
  const message = {
    fields: { redelivered: false },
    properties: { headers: {}, messageId: 'm-1', replyTo: 'answers' },
    content: Buffer.from('{}'),
  } as unknown as ConsumeMessage;
  return {
    channel,
    told,
    deliver: () => deliver(message),
    confirm: (error: Error | null = null) => confirms.shift()?.(error),
    giveBackUnrouted: (routingKey: string) => returned({ fields: { routingKey } } as Message),
  };
};

const make = (settlement: Promise<Settlement> = new Promise(() => undefined)) => {
  const clock = fixedClock();
  const logger = recordingLogger();
  const block = new BrokerBlock();
  const broker = {
    get isBlocked() {
      return block.isOn;
    },
    set isBlocked(isOn: boolean) {
      if (isOn) block.begin();
      else block.end();
    },
    aside: (..._given: Parameters<RabbitmqConnection['aside']>) => Promise.resolve(),
  };
  const means = commandMeans();
  let renewals = 0;
  let user: ChannelUser | undefined;
  let dropped = 0;
  const queue = new RabbitmqCommandQueue({
    connection: {
      onChannel: (given) => {
        user = given;
        return {
          renew: () => void (renewals += 1),
          close: () => new Promise(() => undefined),
        } as unknown as KeptChannel;
      },
      aside: (...given) => broker.aside(...given),
      get isBlocked() {
        return block.isOn;
      },
      whenBlocked: (signal) => block.whenOn(signal),
      isUp: true,
    },
    queue: 'commands',
    prefetch: 1,
    means,
    retryDelaysMs: [1_000],
    clock,
    sleep: clock.sleep,
    ids: sequentialIds(),
    logger,
    onAnswerDropped: () => (dropped += 1),
  });
  queue.consume(() => settlement);
  const opened = (channel: ConfirmChannel) => user?.opened(channel);
  const lost = () => user?.lost?.();
  return {
    clock,
    queue,
    logger,
    broker,
    opened,
    lost,
    away: means.away,
    dropped: () => dropped,
    renewals: () => renewals,
  };
};

describe('RabbitmqCommandQueue and commands that come again', () => {
  it('gives one back at which its handler failed so that a broker of 4.3 counts it, too', async () => {
    const failing = Promise.reject<Settlement>(new Error('a bug'));
    const { opened } = make(failing);
    const { channel, told, deliver } = aChannel();
    await opened(channel);
    deliver();
    await turn();
    expect(told).to.deep.equal(['back']);
  });

  it('has one not counted that it did not begin, since it stops', async () => {
    const { opened, queue } = make();
    const { channel, told, deliver } = aChannel();
    await opened(channel);
    void queue.stop(5_000);
    deliver();
    await turn();
    expect(told).to.deep.equal(['back, uncounted']);
  });
});

describe('RabbitmqCommandQueue on a broker that lets it bind nothing', () => {
  it('tries again less and less often, to four minutes, until it may: each try is a line in the log there', async () => {
    const { opened, clock, broker } = make();
    const tries: number[] = [];
    const refused = () => Promise.reject(Object.assign(new Error('ACCESS_REFUSED'), { code: 403 }));
    let answer: () => Promise<void> = refused;
    broker.aside = () => {
      tries.push(clock.monotonic() / 30_000);
      return answer();
    };
    const channel = Object.assign(aChannel().channel, { bindQueue: refused });
    await opened(channel)?.catch(() => undefined);
    await opened(channel);
    for (let look = 1; look <= 30; look += 1) await clock.run(30_000);
    expect(tries.map((at) => at - (tries[0] ?? 0))).to.deep.equal([0, 1, 3, 7, 15, 23]);
    answer = () => Promise.resolve();
    for (let look = 1; look <= 4; look += 1) await clock.run(30_000);
    expect(tries.map((at) => at - (tries[0] ?? 0)).slice(6)).to.deep.equal([31, 32, 33, 34]);
  });

  it('becomes a consumer all the same where no channel opens on which it could try again', async () => {
    const { opened, clock, broker } = make();
    broker.aside = (_work, inTime) => inTime(new Promise(() => undefined));
    const { channel } = aChannel();
    channel.bindQueue = () => Promise.reject(Object.assign(new Error('ACCESS_REFUSED'), { code: 403 }));
    await opened(channel)?.catch(() => undefined);
    let isOpen = false;
    void opened(channel)?.then(() => (isOpen = true));
    await clock.run(14_999);
    expect(isOpen).to.equal(false);
    await clock.run(1);
    expect(isOpen).to.equal(true);
  });
});

describe('RabbitmqCommandQueue on a broker that lets it publish nothing', () => {
  it('consumes nothing: whatever a command came to would close the channel, with all that is in hand', async () => {
    const { opened } = make();
    const { channel } = aChannel();
    let isConsuming = false;
    channel.consume = () => ((isConsuming = true), Promise.resolve({ consumerTag: 'c' }) as never);
    channel.publish = (_exchange, _queue, _content, _options, confirmed) => {
      confirmed?.(new Error('channel closed'), {} as never);
      return true;
    };
    let failure: unknown;
    await opened(channel)?.catch((error: unknown) => (failure = error));
    expect(failure).to.be.an('error').with.property('message', 'channel closed');
    expect(isConsuming).to.equal(false);
  });
});

describe('RabbitmqCommandQueue whose queue is deleted as soon as it consumes', () => {
  it('gives the channel up for one that declares the queue again: on this one nothing more comes', async () => {
    const { opened } = make();
    const { channel } = aChannel();
    // Both answers of the broker are in one piece of the data read from the socket.
    channel.consume = async (_queue, take) => (take(null), { consumerTag: 'c' });
    let failure: unknown;
    await opened(channel)?.catch((error: unknown) => (failure = error));
    expect(failure).to.be.an('error').with.property('message', 'commands was deleted');
  });
});

describe('RabbitmqCommandQueue that could carry nothing out', () => {
  /** A channel that records what is done on it, and whose consumer is registered when the test says so. */
  const followed = () => {
    const { channel } = aChannel();
    const steps: string[] = [];
    let answers: (() => void)[] = [];
    const step = (name: string) => {
      steps.push(name);
      return new Promise<void>((resolve) => void answers.push(resolve));
    };
    channel.consume = () => step('consume').then(() => ({ consumerTag: 'c' }));
    channel.cancel = () => step('cancel').then(() => ({ consumerTag: 'c' }));
    const answer = async (): Promise<void> => {
      for (const one of answers.splice(0)) one();
      await turn();
    };
    return { channel, steps, answer };
  };

  it('becomes no consumer, is one when it can, and does one thing after the other', async () => {
    const { opened, away } = make();
    const { channel, steps, answer } = followed();
    away(true);
    await opened(channel);
    expect(steps).to.deep.equal([]);
    away(false);
    await turn();
    away(true);
    away(false);
    away(true);
    await turn();
    expect(steps).to.deep.equal(['consume']);
    await answer();
    expect(steps).to.deep.equal(['consume', 'cancel']);
    await answer();
    expect(steps).to.deep.equal(['consume', 'cancel']);
  });

  it('sees what became of that while it became one', async () => {
    const { opened, away } = make();
    const { channel, steps, answer } = followed();
    const opening = opened(channel);
    await turn();
    away(true);
    await answer();
    await opening;
    expect(steps).to.deep.equal(['consume', 'cancel']);
  });

  it('gives a channel up on which it does not become one again, and says so', async () => {
    const { opened, away, clock, renewals, logger } = make();
    const { channel } = followed();
    away(true);
    await opened(channel);
    away(false);
    await clock.run(14_999);
    expect(renewals()).to.equal(0);
    await clock.run(1);
    expect(renewals()).to.equal(1);
    expect(logger.lines.map(({ message }) => message)).to.deep.equal([
      'consuming of commands could not be paused or resumed, opening a new channel',
    ]);
  });
});

describe('RabbitmqCommandQueue on a broker that says nothing', () => {
  it('gives the channel up after a while, for a new one', async () => {
    const { clock, opened } = make();
    let failure: unknown;
    opened(silentChannel)?.catch((error: unknown) => (failure = error));
    await clock.run(14_999);
    expect(failure).to.equal(undefined);
    await clock.run(1);
    expect(failure).to.be.an('error').with.property('message', 'no consumer after 15000 ms');
  });

  it('becomes a consumer all the same on a way of two seconds there and back, which each step has to go', async () => {
    const { clock, opened, logger } = make();
    const { channel } = aChannel();
    let steps = 0;
    const far = async (): Promise<never> => {
      steps += 1;
      await clock.sleep(2_000);
      return {} as never;
    };
    let isConsuming = false;
    const consume = async () => (await far(), (isConsuming = true), { consumerTag: 'c' });
    Object.assign(channel, { assertExchange: far, assertQueue: far, bindQueue: far, prefetch: far, consume });
    const opening = opened(channel);
    await clock.run(60_000);
    await opening;
    expect(isConsuming).to.equal(true);
    expect(steps).to.be.greaterThan(15_000 / 2_000);
    expect(logger.lines).to.deep.equal([]);
  });

  it('waits for a broker that accepts nothing for now, which is not a queue without a leader', async () => {
    const { clock, opened, broker } = make();
    broker.isBlocked = true;
    let failure: unknown;
    opened(silentChannel)?.catch((error: unknown) => (failure = error));
    await clock.run(3_600_000);
    expect(failure).to.equal(undefined);
    broker.isBlocked = false;
    await clock.run(15_000);
    expect(failure).to.be.an('error').with.property('message', 'no consumer after 15000 ms');
    expect(clock.pending()).to.equal(0);
  });

  it('becomes a consumer again after a block, on the channel that it has', async () => {
    const { clock, opened, broker, away, renewals, logger } = make();
    const { channel } = aChannel();
    const consuming = Promise.withResolvers<Replies.Consume>();
    channel.consume = () => consuming.promise;
    away(true);
    await opened(channel);
    broker.isBlocked = true;
    away(false);
    await clock.run(60_000);
    broker.isBlocked = false;
    consuming.resolve({ consumerTag: 'c' });
    await turn();
    expect(renewals()).to.equal(0);
    expect(logger.lines).to.deep.equal([]);
  });

  it('looks after nothing on a channel that it has given up, when that answers after all', async () => {
    const { clock, opened } = make();
    const { channel } = aChannel();
    const consuming = Promise.withResolvers<Replies.Consume>();
    channel.consume = () => consuming.promise;
    opened(channel)?.catch(() => undefined);
    await clock.run(15_000);
    consuming.resolve({ consumerTag: 'c' });
    await turn();
    expect(clock.pending()).to.equal(0);
  });

  it('stops soon when it holds no message, whatever the grace', async () => {
    const { clock, queue, opened } = make();
    await opened({ ...aChannel().channel, cancel: () => new Promise(() => undefined) } as never);
    let isStopped = false;
    void queue.stop(60_000).then(() => (isStopped = true));
    await clock.run(5_000);
    expect(isStopped).to.equal(true);
  });

  it('stops all the same', async () => {
    const { clock, queue } = make();
    const stopped = queue.stop(5_000);
    await clock.run(7_000);
    await stopped;
    expect(clock.pending()).to.equal(0);
  });
});

const reply: CommandReply = { status: 200, contentType: undefined, body: '', isRepeat: false };
const done: Settlement = { kind: 'done', reply };
const parked: Settlement = { kind: 'parked', reason: 'invalid-input', detail: 'wrong', reply };
const retry: Settlement = { kind: 'retry', reason: 'unavailable' };

describe('RabbitmqCommandQueue on a broker that does not confirm', () => {
  /** One command is in progress, and its outcome is published but not confirmed. */
  const inHand = async (settlement: Settlement | Promise<Settlement>) => {
    const made = make(Promise.resolve(settlement));
    const wire = aChannel();
    await made.opened(wire.channel);
    wire.deliver();
    await turn();
    return { ...made, ...wire };
  };

  for (const [words, settlement, queue] of [
    ['a retry', retry, 'commands.retry.1000'],
    ['a dead letter', parked, 'commands.dead'],
  ] as const)
    it(`gives a command back when ${words} of it is not confirmed in half a minute, and says why`, async () => {
      const { clock, told, logger, lost } = await inHand(settlement);
      await clock.run(29_999);
      expect(told).to.deep.equal([`to ${queue}`]);
      await clock.run(1);
      expect(told).to.deep.equal([`to ${queue}`, 'back']);
      expect(logger.lines.map(({ message, fields }) => ({ message, ...fields }))).to.deep.equal([
        {
          message: 'command not settled, it will be redelivered',
          message_id: 'm-1',
          error: `no confirm of a message for ${queue} in 30000 ms`,
          error_name: 'Error',
        },
      ]);
      lost();
      expect(clock.pending()).to.equal(0);
    });

  it('keeps a command in hand for half a minute whose dead letter finds no room, and sends that again each second', async () => {
    const { clock, told, confirm, logger, renewals } = await inHand(parked);
    const refuse = async () => {
      confirm(new Error('message nacked'));
      await turn();
    };
    await refuse();
    for (let n = 1; n < 30; n += 1) {
      await clock.run(999);
      expect(told).to.have.length(n);
      await clock.run(1);
      await refuse();
    }
    expect(told).to.deep.equal(Array.from({ length: 30 }, () => 'to commands.dead'));
    await clock.run(1_000);
    await refuse();
    expect(told.slice(30)).to.deep.equal(['to commands.dead', 'back']);
    expect(logger.lines.map(({ fields }) => fields['error'])).to.deep.equal([
      'the broker does not take messages for commands.dead',
    ]);
    // A channel that met a full queue may report that for ever.
    expect(renewals()).to.equal(1);
  });

  it('says once that a queue confirms nothing, however many commands that is met by, and that it is over', async () => {
    const { clock, deliver, told, confirm, logger } = await inHand(retry);
    for (let n = 1; n < 5; n += 1) {
      await clock.run(30_000);
      deliver();
      await turn();
    }
    await clock.run(30_000 + 60_000);
    deliver();
    await turn();
    // Those of the five attempts before, which nobody waits for any more, and its own.
    for (let n = 0; n < 6; n += 1) confirm();
    await turn();
    expect(told.filter((step) => step === 'back')).to.have.length(5);
    expect(told.at(-1)).to.equal('ack');
    expect(logger.lines.map(({ message }) => message)).to.deep.equal([
      'command not settled, it will be redelivered',
      'commands are settled again',
    ]);
    expect(logger.lines[1]?.fields).to.deep.equal({ failures: 5 });
  });

  it('says nothing of commands that went back with their channel, which has its own line', async () => {
    const { lost, confirm, logger, told } = await inHand(parked);
    lost();
    confirm(new Error('channel closed'));
    await turn();
    expect(told.at(-1)).to.equal('back');
    expect(logger.lines).to.deep.equal([]);
  });

  it('acknowledges a command whose dead letter finds room at last, and hears of one that is lost meanwhile', async () => {
    for (const [end, outcome] of [
      [null, 'ack'],
      [new Error('channel closed'), 'back'],
    ] as const) {
      const { clock, told, confirm } = await inHand(parked);
      confirm(new Error('message nacked'));
      await clock.run(1_000);
      confirm(end);
      await turn();
      expect(told.slice(0, 3)).to.deep.equal([
        'to commands.dead',
        'to commands.dead',
        outcome === 'ack' ? 'to answers' : 'back',
      ]);
    }
  });

  it('ignores a confirm that comes later', async () => {
    const { clock, told, confirm } = await inHand(retry);
    await clock.run(30_000);
    confirm();
    await turn();
    expect(told).to.deep.equal(['to commands.retry.1000', 'back']);
  });

  it('drops an answer that is not confirmed, counts it, and the command is done', async () => {
    const { clock, told, dropped } = await inHand(done);
    await clock.run(30_000);
    expect(told).to.deep.equal(['to answers', 'ack']);
    expect(dropped()).to.equal(1);
  });

  it('drops an answer at once when its queue is full, so that a sender that reads none delays no others', async () => {
    const { told, dropped, confirm } = await inHand(done);
    confirm(new Error('message nacked'));
    await turn();
    expect(told).to.deep.equal(['to answers', 'ack']);
    expect(dropped()).to.equal(1);
  });

  it('waits as long as the broker reports that it accepts nothing for now', async () => {
    const { clock, told, broker, confirm, lost } = await inHand(retry);
    broker.isBlocked = true;
    await clock.run(3_600_000);
    expect(told).to.deep.equal(['to commands.retry.1000']);
    broker.isBlocked = false;
    confirm();
    await turn();
    expect(told).to.deep.equal(['to commands.retry.1000', 'ack']);
    lost();
    expect(clock.pending()).to.equal(0);
  });

  it('gives a command back whose queues cannot be made again', async () => {
    const { clock, told, channel, giveBackUnrouted, confirm } = await inHand(retry);
    channel.assertExchange = () => new Promise(() => undefined);
    giveBackUnrouted('commands.retry.1000');
    confirm();
    await clock.run(15_000);
    expect(told).to.deep.equal(['to commands.retry.1000', 'back']);
  });

  describe('that stops', () => {
    /** Without the clock being moved. */
    const stopping = (queue: RabbitmqCommandQueue) => {
      let isOver = false;
      void queue.stop(60_000).then(() => (isOver = true));
      return async () => (await turn(), isOver);
    };

    it('does not wait for a broker that accepts nothing to confirm, and acknowledges none of those messages', async () => {
      const { queue, broker, told } = await inHand(done);
      broker.isBlocked = true;
      expect(await stopping(queue)()).to.equal(true);
      expect(told).to.deep.equal(['to answers']);
    });

    it('waits no longer when the broker says meanwhile that it takes nothing', async () => {
      const { queue, broker, told } = await inHand(done);
      const isOver = stopping(queue);
      expect(await isOver()).to.equal(false);
      broker.isBlocked = true;
      expect(await isOver()).to.equal(true);
      expect(told).to.deep.equal(['to answers']);
    });

    it('finishes a command that is under way although the broker takes nothing', async () => {
      const work = Promise.withResolvers<Settlement>();
      const { queue, broker, told } = await inHand(work.promise);
      broker.isBlocked = true;
      const isOver = stopping(queue);
      expect(await isOver()).to.equal(false);
      work.resolve(done);
      expect(await isOver()).to.equal(true);
      expect(told).to.deep.equal(['to answers']);
    });
  });
});
