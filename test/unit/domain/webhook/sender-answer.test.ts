import { expect } from 'chai';
import { deliveryContent } from '../../../../src/domain/webhook/delivery-content.ts';
import { senderAnswer } from '../../../../src/domain/webhook/sender-answer.ts';
import { sourceServices, type SourceService } from '../../../../src/domain/webhook/signature-scheme.ts';
import { aDelivery } from '../../../support/a-delivery.ts';

const FORM = 'application/x-www-form-urlencoded; charset=utf-8';
const JSON_TYPE = 'application/json';
const answer = (source: SourceService, type: string, body: string) => {
  const delivery = aDelivery({ 'Content-Type': type }, body);
  return senderAnswer(source, delivery, deliveryContent(source, delivery));
};

describe('what a sender wants to be answered with', () => {
  it('is nothing at all for the forms of Slack, whether their JSON can be read or not', () => {
    for (const body of ['payload=%7B%7D', 'payload=%7B', 'command=%2Fa', '', '%ff', '{}'])
      expect(answer('slack', FORM, body), body).to.include({ status: 200, body: '' });
    expect(answer('slack', JSON_TYPE, '{"type":"event_callback"}')).to.equal(undefined);
  });

  it('is 204 for the events of Discord, and not for its interactions', () => {
    expect(answer('discord', JSON_TYPE, '{"type":1,"event":{"type":"X"}}')).to.deep.equal({
      status: 204,
      contentType: undefined,
      body: undefined,
    });
    for (const body of ['{"type":2,"data":{"event":{}}}', '{"type":1,"event":null}', '[]', 'x', ''])
      expect(answer('discord', JSON_TYPE, body), body).to.equal(undefined);
  });

  it('is the usual for all others, of whatever they send', () => {
    const others = sourceServices.filter((source) => source !== 'slack' && source !== 'discord');
    for (const source of others) {
      expect(answer(source, FORM, 'payload=%7B%7D'), source).to.equal(undefined);
      expect(answer(source, JSON_TYPE, '{"type":1,"event":{}}'), source).to.equal(undefined);
    }
  });
});
