import type { ChannelModel, ConfirmChannel } from 'amqplib';
import { expect } from 'chai';
import { EventEmitter } from 'node:events';
import { KeptChannel, type ChannelUser } from '../../../../src/infrastructure/rabbitmq/kept-channel.ts';
import { fixedClock, turn } from '../../../support/fixed-clock.ts';
import { recordingLogger } from '../../../support/recording-logger.ts';

/** A channel of a broker that records whether it was closed. */
const aChannel = () => {
  let isClosed = false;
  const close = async (): Promise<void> => void (isClosed = true);
  const channel = Object.assign(new EventEmitter(), { close }) as unknown as ConfirmChannel;
  return { channel, isClosed: () => isClosed };
};

describe('a channel that the broker does not open', () => {
  const make = (change: Partial<ChannelUser> = {}) => {
    const clock = fixedClock();
    const logger = recordingLogger();
    const seen: string[] = [];
    const broker = { isBlocked: false };
    const user = {
      name: 'events',
      opened: async () => void seen.push('opened'),
      lost: () => void seen.push('lost'),
      disconnected: () => void seen.push('disconnected'),
      ...change,
    };
    const kept = new KeptChannel(user, {
      logger,
      sleep: clock.sleep,
      random: () => 0,
      isBlocked: () => broker.isBlocked,
    });
    const openings: PromiseWithResolvers<ConfirmChannel>[] = [];
    const createConfirmChannel = (): Promise<ConfirmChannel> => {
      const opening = Promise.withResolvers<ConfirmChannel>();
      openings.push(opening);
      return opening.promise;
    };
    const model = { createConfirmChannel } as unknown as ChannelModel;
    const messages = () => logger.lines.map(({ message, fields }) => [message, fields['error']]);
    return { clock, kept, model, openings, seen, messages, broker };
  };
  const NOT_OPENED = ['channel not opened', 'not opened after 15000 ms'];

  it('is given up after 15 s for another one, and the log says so once', async () => {
    const { clock, kept, model, openings, seen, messages } = make();
    kept.attach(model);
    await clock.run(14_999);
    expect([openings.length, messages()]).to.deep.equal([1, []]);
    await clock.run(60_000);
    expect(openings.length).to.be.greaterThan(2);
    expect(messages()).to.deep.equal([NOT_OPENED]);
    openings.at(-1)?.resolve(aChannel().channel);
    await turn();
    expect([seen, kept.isMissing]).to.deep.equal([['opened'], false]);
  });

  it('is closed when it comes after all: nobody uses it', async () => {
    const { clock, kept, model, openings, seen } = make();
    const late = aChannel();
    kept.attach(model);
    await clock.run(15_000);
    openings[0]?.resolve(late.channel);
    await turn();
    expect([seen, late.isClosed()]).to.deep.equal([[], true]);
  });

  it('is waited for as long as the broker reports that it accepts nothing for now', async () => {
    const { clock, kept, model, openings, messages, broker } = make();
    broker.isBlocked = true;
    kept.attach(model);
    await clock.run(3_600_000);
    expect([openings.length, messages()]).to.deep.equal([1, []]);
    broker.isBlocked = false;
    await clock.run(15_000);
    expect(messages()).to.deep.equal([NOT_OPENED]);
  });

  it('is being opened, and in no trouble, until something has gone wrong that the log tells of', async () => {
    const { clock, kept, model } = make();
    kept.attach(model);
    await clock.run(14_999);
    expect([kept.isMissing, kept.isInTrouble]).to.deep.equal([true, false]);
    await clock.run(1);
    expect([kept.isMissing, kept.isInTrouble]).to.deep.equal([true, true]);
  });

  it('is notified that its connection is gone even while there is no channel on it', async () => {
    const { kept, model, openings, seen } = make();
    kept.attach(model);
    openings[0]?.resolve(aChannel().channel);
    await turn();
    kept.renew();
    expect(seen).to.deep.equal(['opened', 'lost']);
    kept.attach(undefined);
    expect(seen).to.deep.equal(['opened', 'lost', 'disconnected']);
  });
});
