import { expect } from 'chai';
import fc from 'fast-check';
import type { CloudEvent } from '../../../../src/application/event-bus.ts';
import { eventOfText } from '../../../../src/infrastructure/events/event-text.ts';
import {
  LARGEST_PAYLOAD,
  webhookEventText,
} from '../../../../src/infrastructure/events/webhook-event-text.ts';
import { eventContent } from '../../../../src/infrastructure/rabbitmq/event-message.ts';
import { aDelivery } from '../../../support/a-received-delivery.ts';
import { anId } from '../../../support/an-external-service.ts';
import { eventProblems } from '../../../support/asyncapi.ts';

const textOf = (body: string | Uint8Array, change: Parameters<typeof aDelivery>[1] = {}): string => {
  const { delivery, content, body: bytes } = aDelivery(1, { ...change, body });
  const { head, tail } = webhookEventText(delivery, bytes, content);
  return head + tail;
};
const parsed = (text: string) => JSON.parse(text) as CloudEvent;

describe('text of a delivery’s event', () => {
  it('is the documented event for any JSON that was sent, which it contains unchanged', () => {
    fc.assert(
      fc.property(fc.json(), fc.constantFrom('', ' ', '\n\t'), (json, blank) => {
        const body = `${blank}${json}${blank}`;
        fc.pre(/^\s*[[{]/.test(body));
        const text = textOf(body);
        expect(text).to.contain(`"payload":${body}}}`);
        expect(parsed(text).data['payload']).to.deep.equal(JSON.parse(body));
        expect(parsed(text).data['size']).to.equal(Buffer.byteLength(body));
      }),
    );
  });

  it('fits the description of the bus with every kind of payload', () => {
    for (const body of [
      '{"a":1}',
      'no JSON',
      '',
      Buffer.from([0xff, 0xfe]),
      Buffer.alloc(LARGEST_PAYLOAD + 1),
    ])
      expect(eventProblems(parsed(textOf(body)))).to.deep.equal([]);
    expect(parsed(textOf(Buffer.from([0xff, 0xfe]))).data['payload_base64']).to.equal('//4=');
    expect(parsed(textOf(Buffer.alloc(LARGEST_PAYLOAD + 1, 0x20))).data['payload_ref']).to.equal(
      `/webhooks/deliveries/${anId(1)}/body`,
    );
  });

  it('takes further flags between its halves', () => {
    for (const flags of [[], ['id_unusable'] as const]) {
      const kept = aDelivery(1, { delivery: { flags } });
      const { head, tail } = webhookEventText(kept.delivery, kept.body, kept.content);
      const more = flags.length === 0 ? '"replay_suspect"' : ',"replay_suspect"';
      expect(parsed(head + more + tail).data['flags']).to.deep.equal([...flags, 'replay_suspect']);
    }
  });

  it('has another id and says whose replay it is when it is sent again', () => {
    const kept = aDelivery(1);
    const replay = { id: anId(7), eventId: anId(8), by: 'admin-1', reason: null };
    const { head, tail } = webhookEventText(kept.delivery, kept.body, kept.content, replay);
    const event = parsed(head + tail);
    expect(event.id).to.equal(anId(8));
    expect(event.data).to.deep.include({
      delivery_id: anId(1),
      replay: { id: anId(7), original_id: anId(1), reason: null, by: 'admin-1' },
    });
    expect(eventProblems(event)).to.deep.equal([]);
  });

  it('goes to the broker byte for byte', () => {
    const text = textOf('{"id":12345678901234567890,"ratio":1.0,"far":1e400}');
    expect(eventContent(eventOfText(parsed(text), text)).toString()).to.equal(text);
  });
});
