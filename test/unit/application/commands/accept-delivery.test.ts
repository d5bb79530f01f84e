import { expect } from 'chai';
import { acceptDelivery } from '../../../../src/application/commands/accept-delivery.ts';
import type { TalliedDelivery } from '../../../../src/application/webhooks/delivery-tally.ts';
import { isLeft } from '../../../../src/domain/shared/fp.ts';
import type { DeliveryToKeep } from '../../../../src/domain/webhook/delivery/received-delivery.ts';
import type { FoundWebhook } from '../../../../src/domain/webhook/webhook-config-repository.ts';
import type { AddressUsed, WebhookConfig } from '../../../../src/domain/webhook/webhook-config.ts';
import { aSecret, DELIVERED_AT } from '../../../support/a-delivery.ts';
import { aScheme } from '../../../support/a-scheme.ts';
import { aBareWebhook } from '../../../support/a-webhook.ts';
import { fixedClock } from '../../../support/fixed-clock.ts';
import { githubHeaders } from '../../../support/planted-webhook.ts';
import { sequentialIds } from '../../../support/sequential-ids.ts';

const BODY = Buffer.from('{"n":1}');
const OLD = 'the secret before';
const NEW = 'the secret that was rotated elsewhere';

type Deps = Parameters<typeof acceptDelivery>[0];

describe('the acceptance of a delivery', () => {
  const found = (address: AddressUsed, change: Partial<WebhookConfig> = {}): FoundWebhook => ({
    config: aBareWebhook(change),
    address,
  });
  /** The outcome of a delivery signed with `secret`, what is kept of it, and what is counted. */
  const accepted = async (secret: string, known: FoundWebhook, now = known) => {
    const kept: DeliveryToKeep[] = [];
    const counted: TalliedDelivery[] = [];
    const clock = fixedClock(DELIVERED_AT);
    const quiet = () => undefined;
    const deps: Deps = {
      clock,
      sleep: clock.sleep,
      ids: sequentialIds(1),
      telemetry: {
        bodyRead: quiet,
        verified: quiet,
        committed: quiet,
        answered: quiet,
        suspected: quiet,
        limited: quiet,
      },
      judgeAddress: () => 'admitted',
      openSecrets: ({ version }) => ({
        secrets: version === 1 ? [aSecret(OLD)] : [aSecret(NEW, { version: 2 })],
        unreadable: [],
      }),
      webhooks: { byTokenHashNow: async () => now },
      rejections: { note: quiet },
      tally: { count: (one) => void counted.push(one) },
      flood: { failed: quiet, waitOf: quiet },
      limiter: { take: () => expect.fail('no rate is set') },
      limits: undefined,
      spool: { isBehind: async () => false, hasRoom: async () => true },
      notices: { exceeded: quiet },
      ledger: {
        accept: async (one) => {
          kept.push(one);
          return { kind: 'stored', isSuspect: false };
        },
      },
    };
    const outcome = await acceptDelivery(deps)(
      {
        arrival: {
          token: 'whk_1',
          method: 'POST',
          rawHeaders: Object.entries(githubHeaders(secret, BODY)),
          receivedAt: new Date(DELIVERED_AT),
          clientAddress: '192.0.2.1',
          requestId: 'r',
          announcedBytes: BODY.length,
          isEncoded: false,
        },
        tokenHash: 'h',
        found: known,
        mostBytes: 1_024,
        verdict: 'admitted',
        probationMs: undefined,
      },
      BODY,
    );
    return { outcome: isLeft(outcome) ? outcome.left.refusal.kind : outcome.right, kept, counted };
  };

  it('goes by the webhook as it was when it proved the delivery, though it was admitted by an older one', async () => {
    const response = { status: 202, contentType: undefined, body: undefined };
    const now = found('current', { version: 2, status: 'paused', response });
    const { outcome, kept } = await accepted(NEW, found('current', { version: 1 }), now);
    expect(outcome).to.deep.include({ outcome: 'held', response });
    expect(kept.map(({ state }) => state)).to.deep.equal(['held']);
  });

  it('is answered as its webhook says, and else as its scheme does', async () => {
    const signature = { signature_header: 'X-Hub-Signature-256', prefix: 'sha256=' };
    const scheme = aScheme({ kind: 'hmac', ...signature, response: { status: 201 } });
    const response = { status: 202, contentType: undefined, body: undefined };
    for (const [own, status] of [
      [undefined, 201],
      [response, 202],
    ] as const) {
      const known = found('current', { version: 1, sourceService: 'custom', scheme, response: own });
      const { outcome } = await accepted(OLD, known);
      expect(outcome).to.have.nested.property('response.status', status);
    }
  });

  it('is counted for the secret that proved it and the address that it came to, as a refusal is for the address', async () => {
    for (const address of ['current', 'previous'] as const) {
      const known = found(address, { version: 1 });
      const counts = async (secret: string) =>
        (await accepted(secret, known)).counted.map((one) => ({
          accepted: one.accepted,
          toPreviousAddress: one.toPreviousAddress,
          secretVersion: one.secretVersion,
        }));
      const toPreviousAddress = address === 'previous';
      expect(await counts(OLD)).to.deep.equal([{ accepted: true, toPreviousAddress, secretVersion: 1 }]);
      expect(await counts(NEW)).to.deep.equal([
        { accepted: false, toPreviousAddress, secretVersion: undefined },
      ]);
    }
  });
});
