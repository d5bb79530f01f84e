import { expect } from 'chai';
import { takeGroup } from '../../../../src/infrastructure/postgres/webhooks/take-group.ts';
import type { WaitingDelivery } from '../../../../src/infrastructure/postgres/webhooks/waiting-delivery.ts';
import { aDelivery } from '../../../support/a-received-delivery.ts';
import { anId } from '../../../support/an-external-service.ts';

describe('deliveries that go into one statement', () => {
  const waiting = (...change: Parameters<typeof aDelivery>): WaitingDelivery => ({
    kept: aDelivery(...change),
    followers: [],
    resolve: () => undefined,
    reject: () => undefined,
    isOver: false,
  });
  /** The ids of each group, those of repeats after the one that they follow. */
  const groupsOf = (
    ...deliveries: readonly WaitingDelivery[]
  ): readonly (readonly (readonly string[])[])[] => {
    const queue = new Set(deliveries);
    const groups: string[][][] = [];
    while (queue.size > 0)
      groups.push(
        takeGroup(queue).map((first) => [first, ...first.followers].map(({ kept }) => kept.delivery.id)),
      );
    return groups;
  };

  it('are one where they are equal, and those of the same key with another body wait', () => {
    const [first, equal, other] = [
      waiting(1, { key: 'id:one' }),
      waiting(2, { key: 'id:one' }),
      waiting(3, { key: 'id:one', body: '{"another":true}' }),
    ];
    expect(groupsOf(first, other, equal)).to.deep.equal([[[anId(1), anId(2)]], [[anId(3)]]]);
  });

  it('are each their own where they came to two webhooks: an event may be meant for both', () => {
    const [one, two] = [900, 901].map((webhook, n) =>
      waiting(n + 1, { key: 'id:one', delivery: { webhookId: anId(webhook) } }),
    );
    expect(groupsOf(one as WaitingDelivery, two as WaitingDelivery)).to.deep.equal([[[anId(1)], [anId(2)]]]);
  });

  it('are each their own without a key, as handshakes are', () => {
    const handshakes = [1, 2].map((n) => waiting(n, { claim: undefined, state: 'handshake' }));
    expect(groupsOf(...handshakes)).to.deep.equal([[[anId(1)], [anId(2)]]]);
  });
});
