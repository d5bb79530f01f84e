import { expect } from 'chai';
import fc from 'fast-check';
import { left, right } from '../../../../src/domain/shared/fp.ts';
import { secretOpener } from '../../../../src/domain/webhook/opened-secrets.ts';
import { publishesType } from '../../../../src/domain/webhook/webhook-config.ts';
import {
  nextSecretVersion,
  withNewSecret,
  withNewToken,
} from '../../../../src/domain/webhook/webhook-rotation.ts';
import { A_WEBHOOK_SECRET, aBareWebhook, aWebhook } from '../../../support/a-webhook.ts';
import { anId, NOON } from '../../../support/an-external-service.ts';

const token = (name: string) => ({ token: `whk_${name}`, hash: name.repeat(64), hint: name });
const secret = (version: number, now: number) => ({
  ...A_WEBHOOK_SECRET,
  id: anId(version),
  version,
  createdAt: now,
});
const DAY = 86_400_000;

describe('a webhook', () => {
  it('publishes what its filter names, and everything without one', () => {
    const publishes = (eventTypes: readonly string[], eventType: string | undefined, action?: string) =>
      publishesType({ eventTypes }, { eventType, action });
    expect(publishes([], undefined)).to.equal(true);
    expect(publishes(['*'], undefined)).to.equal(true);
    expect(publishes(['push'], 'push')).to.equal(true);
    expect(publishes(['push'], 'push', 'forced')).to.equal(true);
    expect(publishes(['push'], 'ping')).to.equal(false);
    expect(publishes(['push'], undefined)).to.equal(false);
    expect(publishes(['issues.closed', 'ping'], 'issues', 'closed')).to.equal(true);
    expect(publishes(['issues.closed', 'ping'], 'issues', 'opened')).to.equal(false);
    expect(publishes(['issues.closed', 'ping'], 'issues')).to.equal(false);
  });

  it('publishes what a star in its filter stands for, which may be nothing', () => {
    const publishes = (wanted: string, eventType: string | undefined, action?: string) =>
      publishesType({ eventTypes: ['ping', wanted] }, { eventType, action });
    expect(publishes('invoice.*', 'invoice.paid')).to.equal(true);
    expect(publishes('invoice.*', 'invoiceitem.created')).to.equal(false);
    expect(publishes('invoice*', 'invoiceitem.created')).to.equal(true);
    expect(publishes('invoice.*', undefined)).to.equal(false);
    expect(publishes('customer.*', 'customer.subscription.deleted')).to.equal(true);
    expect(publishes('customer.*.deleted', 'customer.subscription.deleted')).to.equal(true);
    expect(publishes('customer.*.deleted', 'customer.deleted')).to.equal(false);
    expect(publishes('*/create', 'orders/create')).to.equal(true);
    expect(publishes('*/create', 'orders/created')).to.equal(false);
    expect(publishes('issues.*', 'issues', 'opened')).to.equal(true);
    expect(publishes('issues.*', 'issue_comment', 'created')).to.equal(false);
    expect(publishes('push.*', 'push')).to.equal(true);
    expect(publishes('*.opened', 'issues', 'opened')).to.equal(true);
    expect(publishes('(issues|push)*', 'issues')).to.equal(false);
  });

  it('keeps its address before for the overlap, and only that one', () => {
    const once = withNewToken(aBareWebhook(), token('a'), NOON, 60);
    expect(once.address).to.deep.equal({
      hash: 'a'.repeat(64),
      hint: 'a',
      previous: {
        hash: 'e'.repeat(64),
        hint: 'BareBare',
        validUntil: NOON + 60_000,
        uses: 0,
        lastUsedAt: undefined,
      },
    });
    expect(once.version).to.equal(2);
    expect(withNewToken(once, token('b'), NOON, 60).address.previous?.hash).to.equal('a'.repeat(64));
  });

  it('has exactly one current secret after any rotations, and none lives longer than it was given', () => {
    const step = fc.record({ after: fc.nat(3 * DAY), overlapSeconds: fc.nat(7 * 86_400) });
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 15 }), (steps) => {
        let webhook = aBareWebhook({ secrets: [secret(1, NOON)] });
        let now = NOON;
        const ends = new Map<number, number>();
        for (const { after, overlapSeconds } of steps) {
          now += after;
          const version = nextSecretVersion(webhook);
          webhook = withNewSecret(webhook, secret(version, now), now, overlapSeconds);
          expect(
            webhook.secrets.filter(({ state }) => state === 'current').map((s) => s.version),
          ).to.deep.equal([version]);
          for (const { version: known, validUntil } of webhook.secrets.slice(1)) {
            if (validUntil === undefined) throw new Error('a previous secret without an end');
            expect(validUntil).to.be.at.most(now + overlapSeconds * 1_000);
            expect(validUntil).to.be.at.most(ends.get(known) ?? Infinity);
            ends.set(known, validUntil);
          }
        }
        expect(webhook.secrets.length).to.be.at.most(8);
      }),
    );
  });

  it('accepts the previous secret for as long as the rotation says, and counts the change', () => {
    const before = aBareWebhook({ secrets: [secret(1, NOON)], version: 4 });
    const rotated = withNewSecret(before, secret(2, NOON), NOON + 10, 60);
    expect(rotated.secrets.map(({ version, validUntil }) => [version, validUntil])).to.deep.equal([
      [2, undefined],
      [1, NOON + 10 + 60_000],
    ]);
    expect([rotated.version, rotated.updatedAt]).to.deep.equal([5, NOON + 10]);
  });

  it('remembers an ended secret for a week, to tell who still signs with it', () => {
    const first = withNewSecret(aBareWebhook({ secrets: [secret(1, NOON)] }), secret(2, NOON), NOON, 0);
    const heldAt = (now: number) =>
      withNewSecret(first, secret(3, NOON), now, 0).secrets.map(({ version }) => version);
    expect(heldAt(NOON + 7 * DAY - 1)).to.deep.equal([3, 2, 1]);
    expect(heldAt(NOON + 7 * DAY)).to.deep.equal([3, 2]);
  });

  it('opens its secrets once, bound to tenant and row, with the end of each, and tells which do not open', () => {
    const asked: unknown[] = [];
    const open = secretOpener({
      open: (envelope, binding) => {
        asked.push(binding);
        return envelope === 'bad'
          ? left({ kind: 'secret-unreadable', reason: 'unknown-key' })
          : right(`opened ${envelope}`);
      },
    });
    const ended = (id: number, version: number) =>
      ({ id: anId(id), version, state: 'previous', validUntil: NOON }) as const;
    const webhook = aWebhook({
      secrets: [
        { ...A_WEBHOOK_SECRET, sealed: { envelope: 'good', hint: '' } },
        { ...A_WEBHOOK_SECRET, ...ended(902, 1), sealed: { envelope: 'bad', hint: '' } },
        { ...A_WEBHOOK_SECRET, ...ended(903, 0), sealed: { envelope: 'old', hint: '' } },
      ],
    });
    expect(open(webhook)).to.deep.equal({
      secrets: [
        { version: 2, kind: 'hmac', state: 'current', value: 'opened good' },
        { version: 0, kind: 'hmac', state: 'previous', value: 'opened old', validUntil: NOON },
      ],
      unreadable: [1],
    });
    expect(open(webhook)).to.equal(open(webhook));
    expect(asked).to.deep.equal(
      [901, 902, 903].map((n) => ({ tenantId: webhook.tenantId, rowId: anId(n), field: 'secret_key' })),
    );
  });
});
