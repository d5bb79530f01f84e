import { expect } from 'chai';
import type { Admitted } from '../../../../src/application/webhooks/admitted.ts';
import { proveDelivery } from '../../../../src/application/webhooks/prove-delivery.ts';
import { isLeft } from '../../../../src/domain/shared/fp.ts';
import type { FoundWebhook } from '../../../../src/domain/webhook/webhook-config-repository.ts';
import type { WebhookConfig } from '../../../../src/domain/webhook/webhook-config.ts';
import { aDelivery, aSecret, DELIVERED_AT } from '../../../support/a-delivery.ts';
import { A_WEBHOOK_SECRET, aBareWebhook } from '../../../support/a-webhook.ts';
import { aScheme } from '../../../support/a-scheme.ts';
import { fixedClock } from '../../../support/fixed-clock.ts';
import { githubHeaders } from '../../../support/planted-webhook.ts';

const BODY = '{"n":1}';
const OLD = 'the secret before';
const NEW = 'the secret that was rotated elsewhere';

describe('a delivery that looks false', () => {
  const clock = fixedClock(DELIVERED_AT);
  const found = (version: number, change: Partial<WebhookConfig> = {}): FoundWebhook => ({
    config: aBareWebhook({ version, ...change }),
    address: 'current',
  });
  const admitted = (probationMs?: number, announcedBytes?: number): Admitted => ({
    arrival: {
      token: 'whk_1',
      method: 'POST',
      rawHeaders: [],
      receivedAt: new Date(DELIVERED_AT),
      clientAddress: '192.0.2.1',
      requestId: 'r',
      announcedBytes,
      isEncoded: false,
    },
    tokenHash: 'h',
    found: found(1),
    mostBytes: 1_024,
    verdict: 'admitted',
    probationMs,
  });
  /** The verdict on a delivery signed with `secret`, and how often the database was read. */
  const proven = async (
    secret: string,
    now: () => Promise<FoundWebhook | undefined>,
    probationMs?: number,
    unreadable: readonly number[] = [],
    { announcedBytes, signed = BODY }: { readonly announcedBytes?: number; readonly signed?: string } = {
      announcedBytes: BODY.length,
    },
  ) => {
    let asked = 0;
    const proving = proveDelivery(
      {
        clock,
        sleep: clock.sleep,
        telemetry: { verified: () => undefined },
        judgeAddress: ({ ipMode }) => (ipMode === 'enforce' ? 'refused' : 'admitted'),
        openSecrets: ({ version }) => ({
          secrets: version === 1 ? [aSecret(OLD)] : [aSecret(NEW), aSecret(OLD, { state: 'previous' })],
          unreadable,
        }),
        webhooks: {
          byTokenHashNow: () => {
            asked += 1;
            return now();
          },
        },
      },
      admitted(probationMs, announcedBytes),
      aDelivery(githubHeaders(secret, signed), BODY),
    );
    await clock.run(1_000);
    const outcome = await proving;
    return isLeft(outcome)
      ? { said: outcome.left.kind, asked }
      : { said: 'proven', asked, by: outcome.right.admitted.found.config };
  };

  it('is refused when the webhook is unchanged since it was remembered, or is gone', async () => {
    expect(await proven(NEW, async () => found(1))).to.deep.equal({ said: 'not-authentic', asked: 1 });
    expect(await proven(NEW, async () => undefined)).to.deep.equal({ said: 'not-authentic', asked: 1 });
  });

  it('is verified by a secret that this process does not know yet, and by the previous secret', async () => {
    expect(await proven(NEW, async () => found(2))).to.deep.include({ said: 'proven', asked: 1 });
    expect(await proven(OLD, async () => found(2))).to.deep.include({ said: 'proven', asked: 0 });
    expect(await proven('neither', async () => found(2))).to.include({ said: 'not-authentic' });
  });

  it('follows the webhook as it was read since', async () => {
    const changed = found(2, { eventTypes: ['push'], overflow: 'reject' });
    expect((await proven(NEW, async () => changed)).by).to.equal(changed.config);
    for (const [change, said] of [
      [{ status: 'archived' }, 'gone'],
      [{ status: 'disabled' }, 'disabled'],
      [{ ipMode: 'enforce' }, 'address-refused'],
      [{ maxBodyBytes: BODY.length - 1 }, 'too-large'],
      [{ maxBodyBytes: BODY.length }, 'proven'],
    ] as const)
      expect(await proven(NEW, async () => found(2, change))).to.include({ said });
  });

  it('is measured by its limit of now also when its bytes were not announced', async () => {
    const [less, enough] = [{ maxBodyBytes: BODY.length - 1 }, { maxBodyBytes: BODY.length }];
    expect(await proven(NEW, async () => found(2, less), undefined, [], {})).to.include({
      said: 'too-large',
    });
    expect(await proven(NEW, async () => found(2, enough), undefined, [], {})).to.include({ said: 'proven' });
  });

  it('is proven over the URL by which its webhook is called now', async () => {
    const publicUrl = 'https://moved.example.test/{token}';
    const signature = { signature_header: 'X-Hub-Signature-256', prefix: 'sha256=', template: '{url}{body}' };
    const scheme = aScheme({ kind: 'hmac', ...signature }, publicUrl);
    const moved = async () => found(2, { sourceService: 'custom', scheme, publicUrl });
    for (const [url, said] of [
      ['https://moved.example.test/whk_1', 'proven'],
      ['https://moved.example.test/whk_2', 'not-authentic'],
    ])
      expect(await proven(NEW, moved, undefined, [], { signed: `${url}${BODY}` })).to.include({ said });
  });

  it('is told to come again when the database does not say in time', async () => {
    const silent = () => new Promise<undefined>(() => undefined);
    expect(await proven(NEW, silent)).to.deep.equal({ said: 'storage-unavailable', asked: 1 });
  });

  it('may yet be true by a secret that does not open, unless that one has ended', async () => {
    const sealed = (validUntil: number | undefined) =>
      found(2, { secrets: [A_WEBHOOK_SECRET, { ...A_WEBHOOK_SECRET, version: 1, validUntil }] });
    for (const [validUntil, said] of [
      [undefined, 'secret-unreadable'],
      [DELIVERED_AT + 1, 'secret-unreadable'],
      [DELIVERED_AT, 'not-authentic'],
    ] as const) {
      const changed = async () => sealed(validUntil);
      expect(await proven('neither', changed, undefined, [1]), String(validUntil)).to.include({ said });
      expect(await proven(NEW, changed, undefined, [1])).to.include({ said: 'proven' });
    }
  });

  it('may yet be true by what a newer program wrote, and this one does not know', async () => {
    const scheme = aScheme({ kind: 'ed25519', signature_header: 'X-Sig' });
    for (const change of [
      { sourceService: 'zendesk' },
      { sourceService: 'custom', scheme: { ...scheme, kind: 'jwt' } },
      { sourceService: 'custom', scheme: { ...scheme, encoding: 'base32' } },
      { sourceService: 'custom', scheme: { ...scheme, timestamp: { header: 'x-t', unit: 'us' } } },
    ]) {
      const changed = async () => found(2, change as Partial<WebhookConfig>);
      expect(await proven('neither', changed)).to.include({ said: 'proof-unknown' });
    }
    const known = async () => found(2, { sourceService: 'custom', scheme });
    expect(await proven('neither', known)).to.include({ said: 'not-authentic' });
  });

  it('proves itself on probation too, and else is told to wait', async () => {
    expect(await proven(NEW, async () => found(2), 5_000)).to.include({ said: 'proven' });
    expect(await proven(NEW, async () => found(1), 5_000)).to.include({ said: 'flooding' });
  });
});
