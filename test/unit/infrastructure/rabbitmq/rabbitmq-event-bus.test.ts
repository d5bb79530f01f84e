import type { ConfirmChannel } from 'amqplib';
import { expect } from 'chai';
import { EventEmitter } from 'node:events';
import type { CloudEvent } from '../../../../src/application/event-bus.ts';
import type { ChannelUser, KeptChannel } from '../../../../src/infrastructure/rabbitmq/kept-channel.ts';
import { RabbitmqEventBus } from '../../../../src/infrastructure/rabbitmq/rabbitmq-event-bus.ts';
import { cloudEvents } from '../../../contract/event-bus.contract.ts';
import { fixedClock } from '../../../support/fixed-clock.ts';

const LARGEST = 4_000;
/** A second there and back: declaring exchange and queue on a new channel takes three. */
const ROUND_MS = 1_000;
/** After which the relay gives a batch up (outbox-batch.ts). */
const PATIENCE_MS = 20_000;

type OnConfirm = (error: Error | null) => void;

/** Takes messages up to a size, closes the channel over a larger one, and needs its time for all of it. */
const aSlowBroker = () => {
  const clock = fixedClock();
  const taken: string[] = [];
  let user: ChannelUser | undefined;

  const aChannel = (): ConfirmChannel => {
    const events = new EventEmitter();
    const waiting = new Set<OnConfirm>();
    let isOver = false;
    const confirm = (confirmed: OnConfirm): void => void (waiting.delete(confirmed) && confirmed(null));
    const close = (): void => {
      const error = Object.assign(new Error('PRECONDITION_FAILED: too large'), { code: 406 });
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
      // Each callback is another one: the bus makes one for a batch.
      const own: OnConfirm = (error) => confirmed(error);
      waiting.add(own);
      if (isOver) return;
      isOver = content.length > LARGEST;
      if (!isOver) taken.push(messageId);
      const answer = isOver ? close : () => confirm(own);
      void clock.sleep(ROUND_MS).then(answer);
    };
    const nothing = async (): Promise<void> => undefined;
    const declaring = { assertExchange: nothing, assertQueue: nothing };
    return Object.assign(events, { ...declaring, publish }) as unknown as ConfirmChannel;
  };
  const renew = async (): Promise<void> => {
    user?.lost?.();
    await clock.sleep(3 * ROUND_MS);
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
  return { clock, bus, taken, open: () => user?.opened(aChannel()) };
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
