import type { ConsumeMessage, MessageProperties } from 'amqplib';
import { expect } from 'chai';
import {
  answerProperties,
  commandMessageOf,
  parkedProperties,
  postponedProperties,
  retriedProperties,
  withoutOddities,
} from '../../../../src/infrastructure/rabbitmq/command-properties.ts';

const reply = { status: 200, contentType: 'application/json', body: '{}', isRepeat: false };

const here = { queue: 'integration.commands', mostRetries: 4 };
const body = { body: Buffer.from('{}'), bodyBytes: 2 };

const properties = (change: Partial<MessageProperties> = {}): MessageProperties => ({
  contentType: 'application/json',
  contentEncoding: undefined,
  headers: { management_company_id: 'uk_company_1' },
  deliveryMode: 1,
  priority: undefined,
  correlationId: 'c-1',
  replyTo: 'answers',
  expiration: '60000',
  messageId: 'order-17',
  timestamp: 1_795_348_800,
  type: 'integration.command.geocode',
  userId: 'guest',
  appId: 'request-service',
  clusterId: undefined,
  ...change,
});

const delivery = (
  change: Partial<MessageProperties> = {},
  redelivered = false,
): Pick<ConsumeMessage, 'fields' | 'properties'> => ({
  fields: { consumerTag: 't', deliveryTag: 1, redelivered, exchange: '', routingKey: 'integration.commands' },
  properties: properties(change),
});

describe('properties of a command', () => {
  const messageOf = (headers: MessageProperties['headers'], redelivered = false) =>
    commandMessageOf(delivery({ headers }, redelivered), body, here);

  it('count the retries behind it and those that are left', () => {
    expect(messageOf({ 'x-attempt': 3 })).to.include({ retries: 3, retriesLeft: 1 });
  });

  for (const claimed of [-1, 0.5, '3', null, {}, 99])
    it(`bound what a sender claims about them: ${JSON.stringify(claimed)}`, () => {
      const { retries, retriesLeft } = messageOf({ 'x-attempt': claimed });
      expect([retries, retriesLeft]).to.deep.equal(claimed === 99 ? [4, 0] : [0, 4]);
    });

  it('count returns as the queue does, and not as a sender says on the first delivery', () => {
    expect(messageOf({ 'x-delivery-count': 5 }, true).returns).to.equal(5);
    expect(messageOf({ 'x-delivery-count': 5 }, false).returns).to.equal(0);
    expect(messageOf({}, true).returns).to.equal(0);
  });

  it('count returns on behind those of the copies before, within what a sender may claim', () => {
    const copy = postponedProperties(properties(), { retries: 2, returns: 3 }).headers ?? {};
    expect(messageOf(copy)).to.include({ retries: 2, returns: 3 });
    expect(messageOf({ ...copy, 'x-delivery-count': 1 }, true)).to.include({ returns: 4, returnsInARow: 1 });
    expect(retriedProperties(properties({ headers: copy }), 3).headers).to.not.have.property('x-returns');
    expect(withoutOddities({ headers: copy }).headers).to.include({ 'x-returns': 3 });
    for (const claimed of [-1, 0.5, '3', null, {}, 99])
      expect(messageOf({ 'x-returns': claimed }).returns).to.equal(claimed === 99 ? 5 : 0);
  });

  it('are undefined where they are empty or no text', () => {
    const message = commandMessageOf(
      delivery({ type: '', messageId: 7, replyTo: undefined, headers: undefined }),
      body,
      here,
    );
    expect(message).to.include({ type: undefined, messageId: undefined, replyTo: undefined });
    expect(message.headers).to.deep.equal({});
  });

  describe('of a copy', () => {
    it('are those it had, persistent, without its expiration', () => {
      expect(retriedProperties(properties(), 2)).to.deep.equal({
        contentType: 'application/json',
        correlationId: 'c-1',
        replyTo: 'answers',
        messageId: 'order-17',
        timestamp: 1_795_348_800,
        type: 'integration.command.geocode',
        appId: 'request-service',
        headers: { management_company_id: 'uk_company_1', 'x-user-id': 'guest', 'x-attempt': 2 },
        persistent: true,
        mandatory: true,
      });
    });

    it('have the priority that its sender gave it, which RabbitMQ 4 uses', () => {
      expect(retriedProperties(properties({ priority: 9 }), 1)).to.include({ priority: 9 });
    });

    it('leave out what would send more copies, and what other deliveries left behind', () => {
      const headers = {
        CC: ['integration.events'],
        BCC: ['x'],
        'x-death': [],
        'x-first-death-queue': 'q',
        'x-last-death-reason': 'expired',
        'x-delivery-count': 3,
        'x-acquired-count': 3,
        kept: 'x-death',
      };
      expect(retriedProperties(properties({ headers, userId: undefined }), 1).headers).to.deep.equal({
        kept: 'x-death',
        'x-attempt': 1,
      });
    });

    it('keep on all further ones the user that the broker once checked', () => {
      const { headers } = retriedProperties(properties(), 1);
      expect(commandMessageOf(delivery({ userId: undefined, headers }), body, here).userId).to.equal('guest');
    });

    it('can do without what is no UTF-8, which is longer once it was read as text', () => {
      // As the library decodes 100 bytes that are not text.
      const correlationId = '\uFFFD'.repeat(100);
      const sent = withoutOddities(retriedProperties(properties({ correlationId }), 1));
      expect(sent)
        .to.include({ messageId: 'order-17', replyTo: 'answers' })
        .and.not.have.property('correlationId');
    });

    it('say of a parked one why and since when', () => {
      const { headers } = parkedProperties(
        properties({ headers: { 'x-attempt': 4 }, userId: undefined }),
        { kind: 'parked', reason: 'invalid-input', detail: 'one value is not valid', reply },
        { parkedAt: '2026-11-26T08:00:00.000Z', bodyBytes: 2, retries: 4 },
      );
      expect(headers).to.deep.equal({
        'x-attempt': 4,
        'x-reason': 'invalid-input',
        'x-reason-detail': 'one value is not valid',
        'x-parked-at': '2026-11-26T08:00:00.000Z',
        'x-body-bytes': 2,
      });
    });
  });

  describe('of a dead letter that was moved back', () => {
    const parkedOnce = () =>
      parkedProperties(
        properties({ headers: { 'x-attempt': 4, management_company_id: 'uk_company_1' } }),
        { kind: 'parked', reason: 'provider-unavailable', detail: 'nobody answers', reply },
        { parkedAt: '2026-11-26T08:00:00.000Z', bodyBytes: 2, retries: 4 },
      ).headers;

    it('give it all its tries again, and say what it is', () => {
      expect(messageOf(parkedOnce() ?? {})).to.include({ retries: 0, retriesLeft: 4, isMovedBack: true });
    });

    it('say so too of one that the broker gave up, and not of a retry', () => {
      const retried = { reason: 'expired', queue: 'integration.commands.retry.1000', count: 1 };
      const givenUp = { reason: 'delivery_limit', queue: 'integration.commands', count: 1 };
      const readOf = (deaths: unknown) => messageOf({ 'x-attempt': 3, 'x-death': deaths as never });
      expect(readOf([givenUp, retried])).to.include({ retries: 0, retriesLeft: 4, isMovedBack: true });
      for (const others of [[retried], [retried, givenUp], [], [null], 'delivery_limit', undefined])
        expect(readOf(others)).to.include({ retries: 3, isMovedBack: false });
    });

    it('say so too of one whose time was over before anybody took it', () => {
      const inTime = { reason: 'expired', queue: 'integration.commands.retry.1000', count: 1 };
      const expired = { reason: 'expired', queue: 'integration.commands', count: 1 };
      const readOf = (...deaths: readonly object[]) =>
        messageOf({ 'x-attempt': 3, 'x-death': [...deaths] as never });
      expect(readOf(expired, inTime)).to.include({ retries: 0, isMovedBack: true });
      expect(readOf(inTime, expired)).to.include({ retries: 3, isMovedBack: false });
    });

    it('forget how often it came back before', () => {
      const returned = { 'x-returns': 5, 'x-parked-at': '2026-11-26T08:00:00.000Z' };
      expect(messageOf(returned).returns).to.equal(0);
      expect(messageOf({ ...returned, 'x-delivery-count': 1 }, true).returns).to.equal(1);
    });

    it('say how large its body came, of which only the beginning was kept', () => {
      const cut = { 'x-parked-at': '2026-11-26T08:00:00.000Z', 'x-body-bytes': 20_971_520 };
      expect(messageOf(cut).bodyBytes).to.equal(20_971_520);
      for (const claimed of [-1, 0.5, '3', null, {}])
        expect(messageOf({ ...cut, 'x-body-bytes': claimed }).bodyBytes).to.equal(body.bodyBytes);
      expect(messageOf({ 'x-body-bytes': 20_971_520 }).bodyBytes).to.equal(body.bodyBytes);
    });

    it('count the tries after that, and say of the next parking what is true of it', () => {
      const again = retriedProperties(properties({ headers: parkedOnce() }), 1).headers ?? {};
      expect(again).to.have.all.keys('management_company_id', 'x-user-id', 'x-attempt');
      expect(messageOf(again)).to.include({ retries: 1, retriesLeft: 3, isMovedBack: false });
      const { headers } = parkedProperties(
        properties({ headers: parkedOnce() }),
        { kind: 'parked', reason: 'invalid-input', detail: 'one value is not valid', reply },
        { parkedAt: '2026-11-26T09:00:00.000Z', bodyBytes: 2, retries: 0 },
      );
      expect(headers).to.not.have.property('x-attempt');
      expect(headers).to.include({ 'x-reason': 'invalid-input', 'x-parked-at': '2026-11-26T09:00:00.000Z' });
    });
  });

  describe('of an answer', () => {
    it('tell what it answers, its status and whether it was given before', () => {
      expect(
        answerProperties(commandMessageOf(delivery(), body, here), { ...reply, isRepeat: true }, 'a-1'),
      ).to.deep.equal({
        contentType: 'application/json',
        type: 'integration.command.geocode',
        correlationId: 'c-1',
        appId: 'integration-service',
        messageId: 'a-1',
        headers: { status: 200, repeated: true },
        persistent: true,
        mandatory: true,
      });
    });

    it('are few for a command that says nothing about itself', () => {
      const silent = delivery({ type: undefined, correlationId: undefined, messageId: undefined });
      const empty = { ...reply, contentType: undefined };
      expect(answerProperties(commandMessageOf(silent, body, here), empty, 'a-1')).to.deep.equal({
        appId: 'integration-service',
        messageId: 'a-1',
        headers: { status: 200, repeated: false },
        persistent: true,
        mandatory: true,
      });
    });
  });
});
