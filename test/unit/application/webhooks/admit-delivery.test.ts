import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { admitDelivery } from '../../../../src/application/commands/admit-delivery.ts';
import { isEncodedBody, type Arrival } from '../../../../src/application/webhooks/admitted.ts';
import { isLeft } from '../../../../src/domain/shared/fp.ts';
import type { WebhookConfig } from '../../../../src/domain/webhook/webhook-config.ts';
import { newWebhookToken, webhookTokenHash } from '../../../../src/domain/webhook/webhook-token.ts';
import { memoryFloodGuard } from '../../../../src/infrastructure/memory/memory-flood-guard.ts';
import { aWebhook } from '../../../support/a-webhook.ts';
import { anId } from '../../../support/an-external-service.ts';
import { fixedClock } from '../../../support/fixed-clock.ts';

describe('deliveries before their body is read', () => {
  const aToken = () => newWebhookToken(randomBytes).token;
  const rig = (mostFailures: number, before = aWebhook(), now?: WebhookConfig, another?: WebhookConfig) => {
    const clock = fixedClock();
    const known = aToken();
    const ofAnother = aToken();
    const found = new Set<string>();
    let lookups = 0;
    let renewals = 0;
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
      judgeAddress: ({ ipMode }) => (ipMode === 'enforce' ? 'refused' : 'admitted'),
      webhooks: {
        byTokenHash: async (hash) => {
          lookups += 1;
          const config = { [webhookTokenHash(known)]: before, [webhookTokenHash(ofAnother)]: another }[hash];
          if (config === undefined) return undefined;
          found.add(hash);
          return { config, address: 'current' };
        },
        byTokenHashNow: async () => {
          renewals += 1;
          return now === undefined ? undefined : { config: now, address: 'current' };
        },
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
      if (isLeft(admitted)) return admitted.left.refusal.kind;
      return admitted.right.probationMs === undefined ? 'admitted' : 'on probation';
    };
    return { clock, known, ofAnother, deliver, lookups: () => lookups, renewals: () => renewals };
  };

  /** A webhook that allows no address until the test lists them. */
  const refusingAtFirst = (change: Partial<WebhookConfig> = {}) => {
    let isListed = false;
    const refusing: WebhookConfig = {
      ...aWebhook(change),
      get ipMode() {
        return isListed ? 'observe' : 'enforce';
      },
    };
    return { refusing, letIn: () => void (isListed = true) };
  };

  it('are on probation at the webhook that refused many from their network, and at no other', async () => {
    const { refusing, letIn } = refusingAtFirst();
    const another = aWebhook({ id: anId(901), ipMode: 'off' });
    const { known, ofAnother, deliver } = rig(3, refusing, undefined, another);
    for (const _ of [1, 2, 3]) expect(await deliver(known)).to.equal('address-refused');
    letIn();
    expect([await deliver(known), await deliver(ofAnother)]).to.deep.equal(['on probation', 'admitted']);
    expect(await deliver(known, '198.51.100.9')).to.equal('admitted');
  });

  it('are no larger on probation than their webhook takes of anybody', async () => {
    const { refusing, letIn } = refusingAtFirst({ maxBodyBytes: 1 });
    const { known, deliver } = rig(3, refusing);
    for (const _ of [1, 2, 3]) await deliver(known);
    letIn();
    expect(await deliver(known)).to.equal('too-large');
  });

  it('are no more looked for after many guesses from their address, for the rest of the minute', async () => {
    const { clock, known, deliver, lookups } = rig(3);
    for (const _ of [1, 2, 3]) expect(await deliver(aToken())).to.equal('unknown-address');
    expect([await deliver(aToken()), await deliver(known)]).to.deep.equal(['flooding', 'flooding']);
    expect(lookups()).to.equal(3);
    expect(await deliver(known, '203.0.113.10')).to.equal('admitted');
    clock.advance(60_000);
    expect(await deliver(aToken())).to.equal('unknown-address');
  });

  it('are guesses of one sender from anywhere in a network of IPv6 that one customer is given whole', async () => {
    const { known, deliver, lookups } = rig(3);
    for (const address of ['2001:db8:0:7::1', '2001:db8:0:7:ffff::', '2001:db8:0:7:1:2:3:4'])
      expect(await deliver(aToken(), address)).to.equal('unknown-address');
    expect(await deliver(aToken(), '2001:db8:0:7::2')).to.equal('flooding');
    expect(lookups()).to.equal(3);
    expect(await deliver(known, '2001:db8:0:8::1')).to.equal('admitted');
    expect(await deliver(known, '2001:db8::7')).to.equal('admitted');
  });

  it('are taken from an address of strangers when their token was found before', async () => {
    const { known, deliver } = rig(3);
    expect(await deliver(known)).to.equal('admitted');
    for (const _ of [1, 2, 3]) await deliver(aToken());
    expect([await deliver(aToken()), await deliver(known)]).to.deep.equal(['flooding', 'admitted']);
  });

  it('are looked up after any number of guesses that cannot be tokens', async () => {
    const { known, deliver, lookups } = rig(3);
    for (const guess of ['', 'admin', `whk_${'a'.repeat(49)}`, `${known}a`, known.toUpperCase()])
      expect(await deliver(guess)).to.equal('unknown-address');
    expect([await deliver(known), lookups()]).to.deep.equal(['admitted', 1]);
  });

  it('are refused by the current state of their webhook, not by the remembered one', async () => {
    const refusals = {
      gone: aWebhook({ status: 'archived' }),
      disabled: aWebhook({ status: 'disabled' }),
      'address-refused': aWebhook({ ipMode: 'enforce' }),
      'too-large': aWebhook({ maxBodyBytes: 1 }),
    };
    for (const [kind, before] of Object.entries(refusals)) {
      const changed = rig(3, before, aWebhook());
      expect(await changed.deliver(changed.known), kind).to.equal('admitted');
      const same = rig(3, before, before);
      expect([await same.deliver(same.known), same.renewals()]).to.deep.equal([kind, 1]);
      const removed = rig(3, before);
      expect(await removed.deliver(removed.known)).to.equal(kind);
    }
    const usual = rig(3);
    await usual.deliver(usual.known);
    expect(usual.renewals()).to.equal(0);
  });
});

describe('a content encoding', () => {
  const isEncoded = (...values: readonly string[]): boolean =>
    isEncodedBody({ rawHeaders: values.map((value) => ['Content-Encoding', value]) });

  it('counts as none when it is missing, empty or identity, in any spelling', () => {
    expect(isEncoded()).to.equal(false);
    expect(isEncoded('', ' ', 'identity', ' Identity ', 'IDENTITY')).to.equal(false);
  });

  it('is one when any of several headers names one', () => {
    for (const coding of ['gzip', 'identity, gzip', 'identityx'])
      expect(isEncoded('identity', coding), coding).to.equal(true);
  });

  it('counts as none when headers do not mention it, whatever their names', () => {
    for (const name of ['constructor', '__proto__', 'toString', 'x-content-encoding'])
      expect(isEncodedBody({ rawHeaders: [[name, 'gzip']] }), name).to.equal(false);
  });

  it('can be in the transfer encoding, where only chunked is plain', () => {
    const transferred = (value: string): boolean =>
      isEncodedBody({ rawHeaders: [['Transfer-Encoding', value]] });
    expect(transferred('Chunked ')).to.equal(false);
    expect(transferred('gzip, chunked')).to.equal(true);
  });

  it('is told at once of a header full of blanks', () => {
    const blanks = `${'\u00a0'.repeat(15_000)}x`;
    for (let n = 0; n < 100; n += 1) expect(isEncoded(blanks)).to.equal(true);
  });
});
