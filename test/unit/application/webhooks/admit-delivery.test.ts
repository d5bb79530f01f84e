import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { admitDelivery, type Arrival } from '../../../../src/application/commands/admit-delivery.ts';
import { isLeft } from '../../../../src/domain/shared/fp.ts';
import { newWebhookToken, webhookTokenHash } from '../../../../src/domain/webhook/webhook-token.ts';
import { memoryFloodGuard } from '../../../../src/infrastructure/memory/memory-flood-guard.ts';
import { aWebhook } from '../../../support/a-webhook.ts';
import { fixedClock } from '../../../support/fixed-clock.ts';

describe('deliveries before their body is read', () => {
  const aToken = () => newWebhookToken(randomBytes).token;
  const rig = (mostFailures: number) => {
    const clock = fixedClock();
    const known = aToken();
    const found = new Set<string>();
    let lookups = 0;
    const admit = admitDelivery({
      clock,
      sleep: clock.sleep,
      rejections: { note: () => undefined },
      tally: { count: () => undefined },
      telemetry: {
        answered: () => undefined,
        bodyRead: () => undefined,
        verified: () => undefined,
        committed: () => undefined,
        suspected: () => undefined,
        limited: () => undefined,
      },
      flood: memoryFloodGuard({ monotonic: clock.monotonic, mostFailures }),
      judgeAddress: () => 'admitted',
      webhooks: {
        byTokenHash: async (hash) => {
          lookups += 1;
          if (hash !== webhookTokenHash(known)) return undefined;
          found.add(hash);
          return { config: aWebhook(), address: 'current' };
        },
        byTokenHashNow: async () => undefined,
        isKnown: (hash) => found.has(hash),
      },
    });
    const deliver = async (token: string, clientAddress = '203.0.113.9'): Promise<string> => {
      const arrival: Arrival = {
        token,
        method: 'POST',
        rawHeaders: [],
        receivedAt: new Date(clock.now()),
        clientAddress,
        requestId: 'r',
        announcedBytes: 2,
        isEncoded: false,
      };
      const admitted = await admit(arrival);
      return isLeft(admitted) ? admitted.left.refusal.kind : 'admitted';
    };
    return { clock, known, deliver, lookups: () => lookups };
  };

  it('are no more looked for after many guesses from their address, for the rest of the minute', async () => {
    const { clock, known, deliver, lookups } = rig(3);
    for (const _ of [1, 2, 3]) expect(await deliver(aToken())).to.equal('unknown-address');
    expect([await deliver(aToken()), await deliver(known)]).to.deep.equal(['flooding', 'flooding']);
    expect(lookups()).to.equal(3);
    expect(await deliver(known, '203.0.113.10')).to.equal('admitted');
    clock.advance(60_000);
    expect(await deliver(aToken())).to.equal('unknown-address');
  });

  it('are taken from an address of strangers when their token was found before', async () => {
    const { known, deliver } = rig(3);
    expect(await deliver(known)).to.equal('admitted');
    for (const _ of [1, 2, 3]) await deliver(aToken());
    expect([await deliver(aToken()), await deliver(known)]).to.deep.equal(['flooding', 'admitted']);
  });
});
