import { expect } from 'chai';
import { deliveryFacts } from '../../../../src/domain/webhook/delivery/delivery-facts.ts';
import { queryHandshakeAnswer, queryHandshakeOf } from '../../../../src/domain/webhook/delivery/handshake.ts';
import { aDelivery } from '../../../support/a-delivery.ts';
import { aScheme } from '../../../support/a-scheme.ts';

describe('a handshake in the query', () => {
  const meta = aScheme({
    kind: 'hmac',
    signature_header: 'X-Hub-Signature-256',
    handshake: {
      in: 'query',
      match_path: '/hub.verify_token',
      match_value: 'meatyhamhock',
      respond_path: '/hub.challenge',
    },
  });
  const answer = (query: string | undefined) => {
    const rule = queryHandshakeOf(meta);
    return rule === undefined ? expect.fail('no rule') : queryHandshakeAnswer(rule, query);
  };

  /** Meta, Webhooks, "Verification Requests": its example. */
  const ASKED = 'hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=meatyhamhock';

  it('is answered with its challenge as text', () => {
    expect(answer(ASKED)).to.deep.equal({
      status: 200,
      contentType: 'text/plain; charset=utf-8',
      body: '1158201444',
    });
  });

  it('is decoded as a form is, names too', () => {
    expect(answer('hub%2Everify_token=meaty%68amhock&hub.challenge=a+b%2B%C3%BC')).to.include({
      body: 'a b+ü',
    });
    expect(answer(`hub.verify_token=meatyhamhock&hub.challenge=${'x'.repeat(1_024)}`)).to.not.equal(
      undefined,
    );
  });

  for (const query of [
    undefined,
    '',
    'hub.challenge=1',
    'hub.verify_token=&hub.challenge=1',
    'hub.verify_token=meatyhamhoc&hub.challenge=1',
    'hub.verify_token=meatyhamhockk&hub.challenge=1',
    'hub.verify_token=Meatyhamhock&hub.challenge=1',
    'hub_verify_token=meatyhamhock&hub.challenge=1',
    'hub.verify_token=meatyhamhock',
    'hub.verify_token=meatyhamhock&hub.challenge=',
    'hub.verify_token=meatyhamhock&hub.challenge=1&hub.challenge=1',
    'hub.verify_token=meatyhamhock&hub.verify_token=meatyhamhock&hub.challenge=1',
    'hub.verify_token=meatyhamhock&hub.challenge=%E0%A4%A',
    `hub.verify_token=meatyhamhock&hub.challenge=${'x'.repeat(1_025)}`,
  ])
    it(`is not ${query === undefined ? 'no query' : JSON.stringify(query.slice(0, 70))}`, () =>
      expect(answer(query)).to.equal(undefined));

  it('is refused without a token, even if the stored token is empty', () => {
    const rule = { in: 'query', matchPath: 'word', matchValue: '', respondPath: 'challenge' } as const;
    expect(queryHandshakeAnswer(rule, 'challenge=1')).to.equal(undefined);
  });

  it('is not accepted in the body of a delivery, nor one for the body in a query', () => {
    const body = JSON.stringify({ 'hub.verify_token': 'meatyhamhock', 'hub.challenge': '1' });
    expect(deliveryFacts('custom', meta, 'signed', aDelivery({}, body)).handshake).to.equal(undefined);
    const handshake = { match_path: 'type', match_value: 'hello', respond_path: 'challenge' };
    expect(queryHandshakeOf(aScheme({ kind: 'none', handshake }))).to.equal(undefined);
    expect(queryHandshakeOf(aScheme({ kind: 'none' }))).to.equal(undefined);
    expect(queryHandshakeOf(undefined)).to.equal(undefined);
  });
});
