import type { ConfirmChannel } from 'amqplib';
import { expect } from 'chai';
import type { ChannelUser, KeptChannel } from '../../../../src/infrastructure/rabbitmq/kept-channel.ts';
import { RabbitmqCommandQueue } from '../../../../src/infrastructure/rabbitmq/rabbitmq-command-queue.ts';
import { fixedClock } from '../../../support/fixed-clock.ts';
import { recordingLogger } from '../../../support/recording-logger.ts';
import { sequentialIds } from '../../../support/sequential-ids.ts';

/** As of a broker whose queue has lost its leader. */
const silentChannel = {
  assertExchange: () => new Promise(() => undefined),
} as unknown as ConfirmChannel;

describe('RabbitmqCommandQueue on a broker that says nothing', () => {
  const make = () => {
    const clock = fixedClock();
    let user: ChannelUser | undefined;
    const queue = new RabbitmqCommandQueue({
      connection: {
        onChannel: (given) => {
          user = given;
          return {
            renew: () => undefined,
            close: () => new Promise(() => undefined),
          } as unknown as KeptChannel;
        },
      },
      queue: 'integration.commands',
      prefetch: 1,
      retryDelaysMs: [],
      clock,
      sleep: clock.sleep,
      ids: sequentialIds(),
      logger: recordingLogger(),
      onAnswerDropped: () => undefined,
    });
    queue.consume(() => new Promise(() => undefined));
    return { clock, queue, opened: () => user?.opened(silentChannel) };
  };

  it('gives the channel up after a while, for a new one', async () => {
    const { clock, opened } = make();
    let failure: unknown;
    opened()?.catch((error: unknown) => (failure = error));
    await clock.run(14_999);
    expect(failure).to.equal(undefined);
    await clock.run(1);
    expect(failure).to.be.an('error').with.property('message', 'no consumer after 15000 ms');
  });

  it('stops all the same', async () => {
    const { clock, queue } = make();
    const stopped = queue.stop(5_000);
    await clock.run(7_000);
    await stopped;
    expect(clock.pending()).to.equal(0);
  });
});
