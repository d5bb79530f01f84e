import type { ConfirmChannel } from 'amqplib';
import { expect } from 'chai';
import { EventEmitter } from 'node:events';
import type { CloudEvent } from '../../../../src/application/event-bus.ts';
import type { ChannelUser, KeptChannel } from '../../../../src/infrastructure/rabbitmq/kept-channel.ts';
import { RabbitmqEventBus } from '../../../../src/infrastructure/rabbitmq/rabbitmq-event-bus.ts';
import { cloudEvents } from '../../../contract/event-bus.contract.ts';
import { fixedClock } from '../../../support/fixed-clock.ts';

const LARGEST = 4_000;
/** A round trip of one second: declaring exchange and queue on a new channel takes three. */
const ROUND_MS = 1_000;
/** The time after which the relay gives up a batch (outbox-batch.ts). */
const PATIENCE_MS = 20_000;

type OnConfirm = (error: Error | null) => void;

const TOO_LARGE = 'PRECONDITION_FAILED: too large';

/** Accepts messages up to a size, closes the channel over a larger one, and takes time for everything. */
const aSlowBroker = ({ roundMs = ROUND_MS, renewMs = 3 * ROUND_MS, words = TOO_LARGE } = {}) => {
  const clock = fixedClock();
  const taken: string[] = [];
  let largest = LARGEST;
  let user: ChannelUser | undefined;

  const aChannel = (): ConfirmChannel => {
    const events = new EventEmitter();
    const waiting = new Set<OnConfirm>();
    let isOver = false;
    const confirm = (confirmed: OnConfirm): void => void (waiting.delete(confirmed) && confirmed(null));
    const close = (): void => {
      const error = Object.assign(new Error(words), { code: 406 });
      events.emit('error', error);
      for (const confirmed of waiting) confirmed(error);
      waiting.clear();
    };
    const publish = (
      _exchange: string,
      _key: string,
      content: Buffer,
      { messageId }: { readonly messageId: string },
      confirmed: OnConfirm,
    ): void => {
      // A separate callback each time, as the bus makes one for each batch.
      const own: OnConfirm = (error) => confirmed(error);
      waiting.add(own);
      if (isOver) return;
      isOver = content.length > largest;
      if (!isOver) taken.push(messageId);
      const answer = isOver ? close : () => confirm(own);
      void clock.sleep(roundMs).then(answer);
    };
    const nothing = async (): Promise<void> => undefined;
    const declaring = { assertExchange: nothing, assertQueue: nothing };
    return Object.assign(events, { ...declaring, publish }) as unknown as ConfirmChannel;
  };
  const renew = async (): Promise<void> => {
    user?.lost?.();
    await clock.sleep(renewMs);
    await user?.opened(aChannel());
  };
  const connection = {
    isBlocked: false,
    onUnblocked: () => undefined,
    whenBlocked: () => new Promise<void>(() => undefined),
    onChannel: (given: ChannelUser) => {
      user = given;
      return { renew: () => void renew() } as unknown as KeptChannel;
    },
  };
  const bus = new RabbitmqEventBus({ connection, sleep: clock.sleep, onUnroutable: () => undefined });
  return {
    clock,
    bus,
    taken,
    open: (channel = aChannel()) => user?.opened(channel),
    /** A channel that is being opened does not count as lost. */
    disconnect: () => user?.disconnected?.(),
    takesUpTo: (bytes: number) => void (largest = bytes),
  };
};

describe('RabbitmqEventBus on a broker that refuses a message and is slow', () => {
  for (const culprits of [[50], [0], [99], [3, 4, 98]])
    it(`finds number ${culprits.join(', ')} of 100 before its caller gives up, and sends the others in order`, async () => {
      const { clock, bus, taken, open } = aSlowBroker();
      await open();
      const events: readonly CloudEvent[] = cloudEvents(100).map((event, n) =>
        culprits.includes(n) ? { ...event, data: { payload: 'x'.repeat(LARGEST + n) } } : event,
      );
      let refused: readonly string[] | undefined;
      void bus.publish(events).then((refusals) => (refused = refusals.map(({ id }) => id)));
      while (refused === undefined) await clock.run(ROUND_MS);
      expect(refused).to.deep.equal(culprits.map((n) => events[n]?.id));
      const others = events.filter((_, n) => !culprits.includes(n)).map(({ id }) => id);
      expect([...new Set(taken)]).to.deep.equal(others);
      expect(clock.monotonic() / culprits.length).to.be.below(PATIENCE_MS);
    });
});

describe('RabbitmqEventBus on the farthest broker that there is', () => {
  /**
   * Two and a half round trips of the handshake must fit into its time-out, so RabbitMQ accepts no client with a larger
   * one.
   */
  const FARTHEST_MS = 3_900;
  const far = { roundMs: FARTHEST_MS, renewMs: 4 * FARTHEST_MS };

  /** The attempts until the batch is complete, each abandoned at its time-out; twenty at most. */
  const attemptsAt = async (
    { clock, bus }: ReturnType<typeof aSlowBroker>,
    events: readonly CloudEvent[],
  ): Promise<{ readonly refused: readonly string[] | undefined; readonly attempts: number }> => {
    let refused: readonly string[] | undefined;
    let attempts = 0;
    while (refused === undefined && attempts < 20) {
      while (!bus.isReady()) await clock.run(100);
      attempts += 1;
      const late = new AbortController();
      void bus.publish(events, late.signal).then(
        (refusals) => (refused = refusals.map(({ id }) => id)),
        () => undefined,
      );
      await clock.run(PATIENCE_MS);
      late.abort();
    }
    return { refused, attempts };
  };

  it('comes to an end with one that is too large in as many attempts as it takes, each given up in its time', async () => {
    const broker = aSlowBroker({ ...far, words: `message size 4003 larger than max size ${LARGEST}` });
    await broker.open();
    const events: readonly CloudEvent[] = cloudEvents(100).map((event, n) =>
      [3, 98].includes(n) ? { ...event, data: { payload: 'x'.repeat(LARGEST + n) } } : event,
    );
    const { refused, attempts } = await attemptsAt(broker, events);
    expect(refused).to.deep.equal([events[3]?.id, events[98]?.id]);
    expect(attempts).to.be.below(5);
    expect([...new Set(broker.taken)]).to.deep.equal(
      events.filter((_, n) => ![3, 98].includes(n)).map(({ id }) => id),
    );
  });

  for (const culprits of [[50], [0], [99], [3, 98], [3, 50, 98]])
    it(`comes to an end also where the broker does not say what it takes, with number ${culprits.join(', ')} of 100`, async () => {
      const broker = aSlowBroker(far);
      await broker.open();
      const events: readonly CloudEvent[] = cloudEvents(100).map((event, n) =>
        culprits.includes(n) ? { ...event, data: { payload: 'x'.repeat(LARGEST + n) } } : event,
      );
      const { refused, attempts } = await attemptsAt(broker, events);
      expect(refused).to.deep.equal(culprits.map((n) => events[n]?.id));
      expect(attempts).to.be.at.most(4 * culprits.length);
      const others = events.filter((_, n) => !culprits.includes(n)).map(({ id }) => id);
      expect([...new Set(broker.taken)]).to.deep.equal(others);
    });

  it('sends nothing more of a batch that was given up meanwhile: its next attempt brings all of it', async () => {
    const { clock, bus, taken, open } = aSlowBroker(far);
    await open();
    const events = cloudEvents(3).map((event, n) =>
      n === 1 ? { ...event, data: { payload: 'x'.repeat(LARGEST) } } : event,
    );
    const late = new AbortController();
    const outcome = bus.publish(events, late.signal).catch((error: Error) => error.message);
    await clock.run(FARTHEST_MS + 1);
    late.abort();
    const sent = taken.length;
    await clock.run(60_000);
    expect(await outcome).to.equal('cancelled before it was sent');
    expect(taken.length).to.equal(sent);
  });

  it('keeps what it knows to be refused where the others are taken after nobody waits any longer', async () => {
    // The rest leaves 19 s after the first attempt began, which is given up a second later, and is taken at 20.9 s.
    const words = `message size 4001 larger than max size ${LARGEST}`;
    const { clock, bus, taken, open } = aSlowBroker({ roundMs: 1_900, renewMs: 4 * 1_900, words });
    await open();
    const events = cloudEvents(3).map((event, n) =>
      n === 1 ? { ...event, data: { payload: 'x'.repeat(LARGEST + 1) } } : event,
    );
    const late = new AbortController();
    const outcome = bus.publish(events, late.signal).catch((error: Error) => error.message);
    await clock.run(PATIENCE_MS);
    late.abort();
    await clock.run(5_000);
    expect(await outcome).to.equal('cancelled before it was finished');
    expect(new Set(taken)).to.deep.equal(new Set([events[0]?.id, events[2]?.id]));
    let refused: readonly string[] | undefined;
    void bus.publish(events).then((refusals) => (refused = refusals.map(({ id }) => id)));
    await clock.run(1_900);
    expect(refused).to.deep.equal([events[1]?.id]);
  });
});

describe('RabbitmqEventBus whose connection is lost while a channel opens over a refusal', () => {
  const large = (events: readonly CloudEvent[]): readonly CloudEvent[] =>
    events.map((event, n) => (n === 1 ? { ...event, data: { payload: 'x'.repeat(LARGEST + 1) } } : event));
  /** The second one is known to be refused, and a channel opens for the others. */
  const searching = async () => {
    const broker = aSlowBroker({ words: `message size 4001 larger than max size ${LARGEST}` });
    await broker.open();
    const events = large(cloudEvents(3));
    const late = new AbortController();
    const outcome = broker.bus.publish(events, late.signal).catch((error: Error) => error.message);
    // Published, a new channel, published again, and refused.
    await broker.clock.run(5 * ROUND_MS);
    expect(broker.bus.isReady()).to.equal(false);
    return { ...broker, events, outcome, giveUp: () => late.abort() };
  };

  it('sends again what was refused, since the broker may return and accept it', async () => {
    const { clock, bus, taken, events, giveUp, disconnect, takesUpTo } = await searching();
    giveUp();
    disconnect();
    takesUpTo(2 * LARGEST);
    await clock.run(3 * ROUND_MS);
    taken.length = 0;
    const again = bus.publish(events);
    await clock.run(10 * ROUND_MS);
    expect(await again).to.deep.equal([]);
    expect(taken).to.deep.equal(events.map(({ id }) => id));
  });

  it('gives the batch up, of which half is known from the connection before', async () => {
    const { clock, outcome, disconnect } = await searching();
    disconnect();
    await clock.run(10 * ROUND_MS);
    expect(await outcome).to.equal('the connection was lost before it was sent');
  });
});

describe('RabbitmqEventBus on a broker that does not answer', () => {
  it('gives a channel up on which nothing is declared in 15 s, for a new one', async () => {
    const { clock, bus, open } = aSlowBroker();
    const channel = { assertExchange: () => new Promise(() => undefined) } as unknown as ConfirmChannel;
    const outcome = open(channel)?.catch((error: Error) => error.message);
    await clock.run(15_000);
    expect(await outcome).to.equal('not declared after 15000 ms');
    expect(bus.isReady()).to.equal(false);
  });
});
