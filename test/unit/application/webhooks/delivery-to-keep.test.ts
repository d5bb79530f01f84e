import { expect } from 'chai';
import type { Admitted } from '../../../../src/application/webhooks/admitted.ts';
import { deliveryToKeep } from '../../../../src/application/webhooks/delivery-to-keep.ts';
import { deliveryFacts } from '../../../../src/domain/webhook/delivery/delivery-facts.ts';
import type { WebhookConfig } from '../../../../src/domain/webhook/webhook-config.ts';
import { aDelivery, DELIVERED_AT } from '../../../support/a-delivery.ts';
import { aBareWebhook } from '../../../support/a-webhook.ts';
import { anId } from '../../../support/an-external-service.ts';

const MINUTE = 60_000;
const DAY = 86_400_000;

describe('what is kept of a delivery', () => {
  const kept = (
    change: Partial<WebhookConfig>,
    { headers = {}, body = '{"n":1}', level = 'signed', isOverLimit = false }: Sent = {},
  ) => {
    const config = aBareWebhook(change);
    const raw = aDelivery(headers, body);
    const admitted: Admitted = {
      arrival: {
        ...raw,
        token: 'whk_1',
        clientAddress: '192.0.2.1',
        requestId: 'r',
        announcedBytes: body.length,
        isEncoded: false,
      },
      tokenHash: 'h',
      found: { config, address: 'current' },
      mostBytes: 1_024,
      verdict: 'admitted',
      probationMs: undefined,
    };
    const authentic = { method: 'token', level, secretVersion: 1 } as const;
    const facts = deliveryFacts(config.sourceService, config.scheme, level, raw);
    return deliveryToKeep(anId(1), { admitted, authentic }, raw, facts, isOverLimit);
  };
  type Sent = {
    readonly headers?: { readonly [name: string]: string };
    readonly body?: string;
    readonly level?: 'signed' | 'token';
    readonly isOverLimit?: boolean;
  };
  const issue = { headers: { 'x-github-event': 'issues', 'x-github-delivery': 'guid-1' } };

  it('waits for a pause or for the rate only where its type is published at all', () => {
    for (const [change, isOverLimit, state] of [
      [{}, false, 'accepted'],
      [{}, true, 'spooled'],
      [{ status: 'paused' }, false, 'held'],
      [{ status: 'paused' }, true, 'held'],
      [{ eventTypes: ['push'] }, false, 'filtered'],
      [{ eventTypes: ['push'] }, true, 'filtered'],
      [{ eventTypes: ['push'], status: 'paused' }, false, 'filtered'],
      [{ eventTypes: ['issues'], status: 'paused' }, false, 'held'],
    ] as const)
      expect(kept(change, { ...issue, isOverLimit }).state, JSON.stringify([change, isOverLimit])).to.equal(
        state,
      );
  });

  it('is nothing by which a handshake would be a repeat: each is answered like the first', () => {
    const body = '{"type":"url_verification","challenge":"c"}';
    for (const status of ['active', 'paused'] as const)
      expect(kept({ sourceService: 'slack', status, eventTypes: ['push'] }, { body })).to.deep.include({
        state: 'handshake',
        claim: undefined,
        bodyClaim: undefined,
      });
  });

  it('claims its id for longer than any sender repeats itself, and a body without one for ten minutes of a token', () => {
    const claimed = (sent: Sent) =>
      kept({ sourceService: 'telegram' }, { level: 'token', ...sent }).claim?.until;
    expect(claimed({ body: '{"update_id":1}' })).to.equal(DELIVERED_AT + 35 * DAY);
    expect(claimed({ body: '{}' })).to.equal(DELIVERED_AT + 10 * MINUTE);
  });

  it('claims its body for a day where its id is not signed', () => {
    expect(kept({}, issue).bodyClaim?.until).to.equal(DELIVERED_AT + DAY);
    expect(kept({ sourceService: 'stripe' }, { body: '{"id":"evt_1"}' }).bodyClaim).to.equal(undefined);
  });
});
