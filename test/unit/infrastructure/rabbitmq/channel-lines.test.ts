import { expect } from 'chai';
import { channelLines } from '../../../../src/infrastructure/rabbitmq/channel-lines.ts';
import { fixedClock } from '../../../support/fixed-clock.ts';
import { recordingLogger } from '../../../support/recording-logger.ts';

const SETTLED = 15_000;
const refusal = (code: number, text: string): Error => Object.assign(new Error(text), { code });
const FORBIDDEN = refusal(403, 'ACCESS_REFUSED - access to exchange');

describe('what the log says of a channel', () => {
  const aChannel = () => {
    const clock = fixedClock();
    const logger = recordingLogger();
    const lines = channelLines({ channel: 'commands', logger, sleep: clock.sleep });
    return { ...lines, clock, logger, messages: () => logger.lines.map(({ message }) => message) };
  };

  it('is nothing while all goes well', async () => {
    const channel = aChannel();
    channel.opened();
    channel.gone();
    channel.opened();
    await channel.clock.run(SETTLED);
    expect(channel.messages()).to.deep.equal([]);
  });

  it('is one line for a trouble however often it is met, and one when it is over', async () => {
    const channel = aChannel();
    for (let attempt = 1; attempt <= 20; attempt += 1) channel.notOpened(FORBIDDEN);
    channel.opened();
    await channel.clock.run(SETTLED);
    expect(channel.messages()).to.deep.equal(['channel not opened', 'channel open again']);
    expect(channel.logger.lines[1]).to.deep.include({
      level: 'info',
      fields: { channel: 'commands', failures: 20 },
    });
  });

  it('is one line for a channel that opens and is closed whenever it is used', async () => {
    const channel = aChannel();
    for (let use = 1; use <= 20; use += 1) {
      channel.opened();
      await channel.clock.run(SETTLED - 1);
      channel.closed(FORBIDDEN);
      channel.gone();
    }
    expect(channel.messages()).to.deep.equal(['channel closed by the broker']);
  });

  it('is a line for each further reason', () => {
    const channel = aChannel();
    const OTHER = refusal(406, 'PRECONDITION_FAILED - inequivalent arg');
    for (const error of [FORBIDDEN, OTHER, FORBIDDEN, OTHER]) channel.notOpened(error);
    expect(channel.logger.lines.map(({ fields }) => fields['error'])).to.deep.equal([
      FORBIDDEN.message,
      OTHER.message,
    ]);
  });

  it('is the same trouble after its connection was lost in the middle of it', async () => {
    const channel = aChannel();
    channel.notOpened(FORBIDDEN);
    channel.opened();
    channel.gone();
    await channel.clock.run(SETTLED);
    channel.notOpened(FORBIDDEN);
    expect(channel.messages()).to.deep.equal(['channel not opened']);
  });

  it('is told anew when it comes again after its end', async () => {
    const channel = aChannel();
    channel.closed(FORBIDDEN);
    channel.opened();
    await channel.clock.run(SETTLED);
    channel.closed(FORBIDDEN);
    expect(channel.messages()).to.deep.equal([
      'channel closed by the broker',
      'channel open again',
      'channel closed by the broker',
    ]);
  });

  it('says what is to be done about what the broker refuses, and nothing of what it does not know', () => {
    const channel = aChannel();
    channel.notOpened(FORBIDDEN);
    channel.notOpened(new Error('no consumer after 15000 ms'));
    const [known, unknown] = channel.logger.lines;
    expect(known?.fields['advice']).to.equal(
      'give the user of RABBITMQ_URL the permission that is refused here',
    );
    expect(unknown?.fields).not.to.have.property('advice');
  });

  it('does not say of a limit that what meets it was made otherwise, and may be deleted', () => {
    const channel = aChannel();
    // RabbitMQ 3.10.8.
    const words = "PRECONDITION_FAILED - cannot declare queue 'a': queue limit in vhost 'v1' (2) is reached";
    channel.notOpened(refusal(406, words));
    expect(channel.logger.lines[0]?.fields['advice']).to.equal(
      'raise the limit that is reached here, or remove something that counts towards it',
    );
  });

  it('does not say of a message or of a slow consumer that something was made otherwise, and may be deleted', () => {
    // RabbitMQ 3.10.8.
    const words = [
      'PRECONDITION_FAILED - message size 5949 is larger than configured max size 3000',
      'PRECONDITION_FAILED - delivery acknowledgement on channel 1 timed out. Timeout value used: 1800000 ms.',
    ];
    const channel = aChannel();
    for (const one of words) channel.closed(refusal(406, one));
    for (const { fields } of channel.logger.lines) expect(fields).not.to.have.property('advice');
    expect(channel.logger.lines).to.have.lengthOf(2);
  });

  it('says of what was made otherwise that it is to be mended, or deleted when it is empty', () => {
    const channel = aChannel();
    // RabbitMQ 3.10.8.
    const words =
      "inequivalent arg 'x-message-ttl' for queue 'a' in vhost '/': received the value '5000' of type";
    channel.notOpened(refusal(406, `PRECONDITION_FAILED - ${words} 'short' but current is none`));
    expect(channel.logger.lines[0]?.fields['advice']).to.match(/declared differently/);
  });

  it('does not ask for a permission where an exchange was made for no publisher at all', () => {
    const channel = aChannel();
    // RabbitMQ 3.10.8.
    const words = "ACCESS_REFUSED - cannot publish to internal exchange 'integration.events' in vhost '/'";
    channel.closed(refusal(403, words));
    expect(channel.logger.lines[0]?.fields['advice']).to.match(/declared differently/);
  });

  it('does not ask anybody to make what is made again at the next attempt', () => {
    const channel = aChannel();
    channel.closed(refusal(404, "NOT_FOUND - no exchange 'integration.events' in vhost '/'"));
    expect(channel.logger.lines[0]?.fields['advice']).to.equal(
      'it is declared again at the next attempt if the user of RABBITMQ_URL may configure it: otherwise grant that permission, or declare it',
    );
  });
});
