import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { answerHandshake } from '../../../../src/application/webhooks/answer-handshake.ts';
import type { DeliveryRejection } from '../../../../src/application/webhooks/rejection-log.ts';
import { isLeft } from '../../../../src/domain/shared/fp.ts';
import type { WebhookConfig } from '../../../../src/domain/webhook/webhook-config.ts';
import { newWebhookToken } from '../../../../src/domain/webhook/webhook-token.ts';
import { memoryFloodGuard } from '../../../../src/infrastructure/memory/memory-flood-guard.ts';
import { aScheme } from '../../../support/a-scheme.ts';
import { aWebhook } from '../../../support/a-webhook.ts';
import { fixedClock } from '../../../support/fixed-clock.ts';

const RULE = { in: 'query', match_path: 'word', match_value: 'agreed', respond_path: 'challenge' };
const custom = (handshake: object, change: Partial<WebhookConfig> = {}): WebhookConfig =>
  aWebhook({
    sourceService: 'custom',
    ipMode: 'off',
    scheme: aScheme({ kind: 'bearer', handshake }),
    ...change,
  });

describe('a handshake by GET', () => {
  const clock = fixedClock();
  const { token } = newWebhookToken(randomBytes);
  const rig = (config: WebhookConfig | undefined, mostFailures = 100) => {
    const noted: DeliveryRejection[] = [];
    const answered: string[] = [];
    const shake = answerHandshake({
      clock,
      sleep: clock.sleep,
      rejections: { note: (rejection) => void noted.push(rejection) },
      tally: { count: ({ accepted }) => void answered.push(`counted as ${accepted ? 'taken' : 'refused'}`) },
      telemetry: {
        answered: ({ outcome, reason }) => void answered.push(`${outcome} ${reason}`),
        bodyRead: () => undefined,
        verified: () => undefined,
        committed: () => undefined,
        suspected: () => undefined,
        limited: () => undefined,
      },
      flood: memoryFloodGuard({ monotonic: clock.monotonic, mostFailures }),
      judgeAddress: () => 'admitted',
      webhooks: {
        byTokenHash: () => Promise.reject(new Error('may be ten seconds old')),
        byTokenHashNow: async () => (config === undefined ? undefined : { config, address: 'current' }),
        isKnown: () => true,
      },
    });
    const said = async (query?: string): Promise<string> => {
      const outcome = await shake({
        token,
        method: 'GET',
        ...(query !== undefined && { query }),
        rawHeaders: [],
        receivedAt: new Date(clock.now()),
        clientAddress: '203.0.113.9',
        requestId: 'r',
        announcedBytes: 0,
        isEncoded: false,
      });
      if (!isLeft(outcome)) return outcome.right.answer.body;
      return outcome.left === 'no-handshake' ? outcome.left : outcome.left.refusal.kind;
    };
    return { said, noted, answered };
  };

  it('is answered by the current state of the webhook, and counted, not as a delivery', async () => {
    const { said, answered, noted } = rig(custom(RULE));
    expect(await said('word=agreed&challenge=42')).to.equal('42');
    expect([answered, noted]).to.deep.equal([['handshake undefined'], []]);
  });

  it('is refused and noted with another word', async () => {
    const { said, answered, noted } = rig(custom(RULE));
    expect(await said('word=another&challenge=42')).to.equal('handshake-mismatch');
    expect(answered).to.deep.equal(['counted as refused', 'refused handshake-mismatch']);
    expect(noted.map(({ reason, method, detail }) => [reason, method, detail])).to.deep.equal([
      ['handshake-mismatch', 'GET', {}],
    ]);
  });

  it('is refused where the webhook has no handshake, without saying so', async () => {
    const { in: _, ...inBody } = RULE;
    for (const config of [custom(inBody), aWebhook({ ipMode: 'off' })]) {
      const { said, answered, noted } = rig(config);
      expect(await said('word=agreed&challenge=42')).to.equal('no-handshake');
      expect([answered, noted]).to.deep.equal([[], []]);
    }
  });

  it('gets the same refusal as a delivery where the webhook is closed or unknown', async () => {
    const asked = 'word=agreed&challenge=42';
    expect(await rig(custom(RULE, { status: 'archived' })).said(asked)).to.equal('gone');
    expect(await rig(custom(RULE, { status: 'disabled' })).said(asked)).to.equal('disabled');
    expect(await rig(undefined).said(asked)).to.equal('unknown-address');
    expect(await rig(custom(RULE, { status: 'paused' })).said(asked)).to.equal('42');
  });

  it('is no oracle: who guesses too often is told to wait, and who knows the word is not', async () => {
    const { said } = rig(custom(RULE), 2);
    const guesses = [];
    for (const word of ['a', 'b', 'c']) guesses.push(await said(`word=${word}&challenge=42`));
    expect(guesses).to.deep.equal(['handshake-mismatch', 'handshake-mismatch', 'flooding']);
    expect(await said('word=agreed&challenge=42')).to.equal('42');
  });
});
