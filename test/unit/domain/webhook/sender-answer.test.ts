import { expect } from 'chai';
import { deliveryFacts } from '../../../../src/domain/webhook/delivery/delivery-facts.ts';
import { senderAnswer } from '../../../../src/domain/webhook/delivery/sender-answer.ts';
import {
  sourceServices,
  type SourceService,
} from '../../../../src/domain/webhook/scheme/signature-scheme.ts';
import { aDelivery } from '../../../support/a-delivery.ts';

const FORM = 'application/x-www-form-urlencoded; charset=utf-8';
const JSON_TYPE = 'application/json';
const MODAL = `payload=${encodeURIComponent('{"type":"view_submission","view":{}}')}`;
const COMMAND = 'command=%2Fweather&text=94070';
const EVENT = '{"type":1,"event":{"type":"APPLICATION_AUTHORIZED"}}';
const answer = (source: SourceService, type: string, body: string) =>
  senderAnswer(source, deliveryFacts(source, undefined, 'signed', aDelivery({ 'Content-Type': type }, body)));

describe('the answer that a sender expects', () => {
  it('is nothing at all for the modals and commands of Slack, and the usual for all else of it', () => {
    for (const body of [MODAL, COMMAND])
      expect(answer('slack', FORM, body), body).to.include({ status: 200, body: '' });
    for (const body of ['payload=%7B%22type%22%3A%22block_actions%22%7D', 'payload=%7B', '', '%ff'])
      expect(answer('slack', FORM, body), body).to.equal(undefined);
    expect(answer('slack', JSON_TYPE, '{"type":"event_callback","event":{"type":"message"}}')).to.equal(
      undefined,
    );
  });

  it('is 204 for the events of Discord, and the usual for its interactions', () => {
    const expected = { status: 204, contentType: undefined, body: undefined };
    expect(answer('discord', JSON_TYPE, EVENT)).to.deep.equal(expected);
    for (const body of ['{"type":2,"data":{"event":{}}}', '{"type":1,"event":null}', '[]', 'x', ''])
      expect(answer('discord', JSON_TYPE, body), body).to.equal(undefined);
  });

  it('is the standard one for all others, whatever they send', () => {
    for (const source of sourceServices.filter((one) => one !== 'slack' && one !== 'discord')) {
      for (const body of [MODAL, COMMAND]) expect(answer(source, FORM, body), source).to.equal(undefined);
      expect(answer(source, JSON_TYPE, EVENT), source).to.equal(undefined);
    }
  });
});
