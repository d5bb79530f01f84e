import { expect } from 'chai';
import { createHmac } from 'node:crypto';
import { deliveryChecks, type DeliveryTrial } from '../../../../src/application/webhooks/delivery-trial.ts';
import { tryDelivery, type SampleDelivery } from '../../../../src/application/queries/try-delivery.ts';
import { isLeft, isRight } from '../../../../src/domain/shared/fp.ts';
import type { WebhookConfig } from '../../../../src/domain/webhook/webhook-config.ts';
import { webhookTokenHash } from '../../../../src/domain/webhook/webhook-token.ts';
import { aSecret } from '../../../support/a-delivery.ts';
import { sha256 } from '../../../support/a-received-delivery.ts';
import { aScheme } from '../../../support/a-scheme.ts';
import { aWebhook } from '../../../support/a-webhook.ts';
import { anId, OTHER_TENANT, TENANT } from '../../../support/an-external-service.ts';
import { ADMINISTRATOR } from '../../../support/fake-application.ts';
import { fixedClock } from '../../../support/fixed-clock.ts';
import { githubHeaders } from '../../../support/planted-webhook.ts';

const SECRET = 'planted-secret-0001';
const BODY = '{"action":"opened"}';

describe('a request that is tried', () => {
  const clock = fixedClock();
  const judged: (string | undefined)[] = [];
  let claims: Map<string, string>;
  /** Whether the claims are those of filtered deliveries. */
  let ofFiltered: boolean;
  beforeEach(() => {
    claims = new Map();
    ofFiltered = false;
    judged.length = 0;
  });

  const github = (change: Partial<WebhookConfig> = {}): WebhookConfig =>
    aWebhook({
      sourceService: 'github',
      scheme: undefined,
      eventTypes: [],
      ipMode: 'off',
      maxBodyBytes: 1_000,
      response: undefined,
      ...change,
    });
  const sampleOf = (change: Partial<SampleDelivery> = {}, headers: object = {}): SampleDelivery => ({
    method: 'POST',
    token: undefined,
    rawHeaders: Object.entries({ ...githubHeaders(SECRET, BODY), 'x-github-delivery': 'guid-1', ...headers }),
    body: Buffer.from(BODY),
    clientAddress: undefined,
    receivedAt: undefined,
    ...change,
  });
  const tried = (sample: SampleDelivery, config = github(), tenantId = TENANT) =>
    tryDelivery({
      clock,
      webhooks: {
        byId: async (tenant) => (tenant === config.tenantId ? config : undefined),
      },
      deliveries: {
        claimedBy: async (_tenant, _webhook, { keyHash, isFiltered }) =>
          isFiltered || !ofFiltered ? claims.get(keyHash) : undefined,
      },
      openSecrets: () => ({ secrets: [aSecret(SECRET, { version: 3 })], unreadable: [] }),
      judgeAddress: (_config, address) => {
        judged.push(address);
        return address === '192.0.2.9' ? 'refused' : 'noted';
      },
    })({ tenantId, actor: ADMINISTRATOR, correlationId: 'r' }, { id: config.id, sample });
  const outcomeOf = async (...asked: Parameters<typeof tried>): Promise<DeliveryTrial['outcome']> => {
    const trial = await tried(...asked);
    if (isLeft(trial)) return expect.fail('is not known');
    return trial.right.outcome;
  };
  const passed = async (...asked: Parameters<typeof tried>) => {
    const outcome = await outcomeOf(...asked);
    return isRight(outcome) ? outcome.right : expect.fail(JSON.stringify(outcome.left));
  };
  const failed = async (...asked: Parameters<typeof tried>) => {
    const outcome = await outcomeOf(...asked);
    return isLeft(outcome) ? outcome.left : expect.fail('passed');
  };

  it('passes when a delivery would, and tells what would be made of it', async () => {
    expect(await passed(sampleOf())).to.deep.include({
      state: 'accepted',
      verification: { method: 'hmac-sha256', level: 'signed', secretVersion: 3 },
      eventType: 'issues',
      externalId: 'guid-1',
      dedupeKey: 'id:guid-1',
      flags: [],
      firstId: undefined,
    });
    expect(judged).to.deep.equal([]);
    expect(await passed(sampleOf(), github({ status: 'paused' }))).to.include({ state: 'held' });
    expect(await passed(sampleOf(), github({ eventTypes: ['push'] }))).to.include({ state: 'filtered' });
    expect(await passed(sampleOf({ clientAddress: '192.0.2.1' }))).to.deep.include({
      flags: ['address_not_listed'],
    });
  });

  it('fails at the first check that a delivery would fail at', async () => {
    const wrong = { 'x-hub-signature-256': `sha256=${'0'.repeat(64)}` };
    const failures = [
      await failed(sampleOf({ method: 'PUT' }, wrong), github({ status: 'archived' })),
      await failed(sampleOf({ token: 'whk_another' }), github({ status: 'archived' })),
      await failed(sampleOf({ clientAddress: '192.0.2.9' }), github({ status: 'archived' })),
      await failed(sampleOf({ clientAddress: '192.0.2.9' }), github({ status: 'disabled' })),
      await failed(sampleOf({ clientAddress: '192.0.2.9' }, { 'content-encoding': 'gzip' })),
      await failed(sampleOf({ body: Buffer.alloc(1_001) }, { 'content-encoding': 'gzip' })),
      await failed(sampleOf({ body: Buffer.alloc(1_001) })),
      await failed(sampleOf({}, wrong)),
    ];
    expect(failures.map(({ check, refusal }) => [check, refusal.kind])).to.deep.equal([
      ['method', 'method-not-allowed'],
      ['token', 'unknown-address'],
      ['status', 'gone'],
      ['status', 'disabled'],
      ['address', 'address-refused'],
      ['encoding', 'encoding-refused'],
      ['size', 'too-large'],
      ['authenticity', 'not-authentic'],
    ]);
    expect(new Set(failures.map(({ check }) => check)).size).to.equal(deliveryChecks.length);
    expect(failures.at(-1)?.refusal).to.deep.equal({
      kind: 'not-authentic',
      failure: { kind: 'signature-mismatch', header: 'x-hub-signature-256' },
    });
  });

  it('by GET is the handshake that was agreed, or fails its proof', async () => {
    const scheme = aScheme({
      kind: 'bearer',
      handshake: { in: 'query', match_path: 'word', match_value: 'w', respond_path: 'challenge' },
    });
    const config = github({ sourceService: 'custom', scheme });
    const asked = (query?: string) => sampleOf({ method: 'get', ...(query !== undefined && { query }) });
    expect(await passed(asked('word=w&challenge=1'), config)).to.deep.equal({
      state: 'handshake',
      verification: { method: 'none', level: 'none', secretVersion: undefined },
      eventType: undefined,
      externalId: undefined,
      dedupeKey: undefined,
      flags: [],
      firstId: undefined,
    });
    const byHead = sampleOf({ method: 'HEAD', query: 'word=w&challenge=1' });
    expect(await passed(byHead, config)).to.include({ state: 'handshake' });
    for (const query of ['word=x&challenge=1', 'word=w', undefined])
      expect(await failed(asked(query), config), query).to.deep.equal({
        check: 'authenticity',
        refusal: { kind: 'handshake-mismatch' },
      });
    const disabled = { ...config, status: 'disabled' as const };
    expect(await failed(asked('word=w&challenge=1'), disabled)).to.include({ check: 'status' });
    expect(await failed(asked('word=w&challenge=1'))).to.include({ check: 'method' });
    const byPut = sampleOf({ method: 'PUT', query: 'word=w&challenge=1' });
    expect(await failed(byPut, config)).to.include({ check: 'method' });
  });

  it('is a repeat where its key is taken, and a suspect where only its body is', async () => {
    claims.set(sha256(`body:${sha256(BODY)}`), anId(5));
    expect(await passed(sampleOf())).to.deep.include({ firstId: undefined, flags: ['replay_suspect'] });
    claims.set(sha256('id:guid-1'), anId(6));
    expect(await passed(sampleOf())).to.deep.include({ firstId: anId(6), flags: [] });
  });

  it('is not a repeat of a filtered one once its type is wanted, nor suspicious for having the same body', async () => {
    claims.set(sha256(`body:${sha256(BODY)}`), anId(5)).set(sha256('id:guid-1'), anId(5));
    ofFiltered = true;
    expect(await passed(sampleOf())).to.deep.include({ firstId: undefined, flags: [] });
    expect(await passed(sampleOf(), github({ eventTypes: ['push'] }))).to.include({ firstId: anId(5) });
    claims.set(sha256(`body:${sha256(BODY)}`), anId(6));
    expect(await passed(sampleOf())).to.deep.include({ firstId: undefined, flags: ['replay_suspect'] });
  });

  it('is held to the URL that its sender calls, token and all, before and after the address has changed', async () => {
    const at = (token: string) => `https://hooks.example.test/in/${token}?a=1`;
    const config = aWebhook({
      ...github(),
      sourceService: 'twilio',
      publicUrl: at('{token}'),
      address: {
        hash: webhookTokenHash('whk_new'),
        hint: 'new',
        previous: {
          hash: webhookTokenHash('whk_old'),
          hint: 'old',
          validUntil: clock.now() + 1,
          uses: 0,
          lastUsedAt: undefined,
        },
      },
    });
    const signed = (url: string, token: string | undefined) => ({
      ...sampleOf({ body: Buffer.alloc(0), token }),
      rawHeaders: [['x-twilio-signature', createHmac('sha1', SECRET).update(url).digest('base64')]] as const,
    });
    for (const token of ['whk_new', 'whk_old'])
      expect(await passed(signed(at(token), token), config)).to.include({ state: 'accepted' });
    expect(await failed(signed(at('whk_old'), 'whk_new'), config)).to.include({ check: 'authenticity' });
    expect(await failed(signed(at('whk_x'), 'whk_x'), config)).to.include({ check: 'token' });
    const untold = await tried(signed(at('whk_new'), undefined), config);
    expect(untold).to.have.nested.property('left.problems[0].pointer', '/token');
    clock.advance(1);
    expect(await failed(signed(at('whk_old'), 'whk_old'), config)).to.include({ check: 'token' });
  });

  it('is judged at the time it is said to have come', async () => {
    const config = github({ sourceService: 'stripe' });
    const at = clock.now() - 3_600_000;
    const t = Math.floor(at / 1000);
    const signature = createHmac('sha256', SECRET).update(`${t}.${BODY}`).digest('hex');
    const headers = { 'stripe-signature': `t=${t},v1=${signature}` };
    expect(await failed(sampleOf({}, headers), config)).to.deep.nested.include({
      'refusal.failure.kind': 'timestamp-too-old',
    });
    const { verification } = await passed(sampleOf({ receivedAt: new Date(at) }, headers), config);
    expect(verification.signedTimestamp).to.equal(t * 1_000);
  });

  it('is not tried by another tenant', async () => {
    expect(await tried(sampleOf(), github(), OTHER_TENANT)).to.deep.equal({
      _tag: 'Left',
      left: { kind: 'not-found', what: 'webhook' },
    });
  });
});
