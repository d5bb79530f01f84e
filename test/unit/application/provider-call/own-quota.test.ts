import { expect } from 'chai';
import { newLedger } from '../../../../src/application/provider-call/call-ledger.ts';
import type { Call } from '../../../../src/application/provider-call/call.ts';
import { callQuota } from '../../../../src/application/provider-call/quota/call-quota.ts';
import { ownQuota } from '../../../../src/application/provider-call/quota/own-quota.ts';
import { anyCache } from '../../../../src/application/provider-call/call-options.ts';
import { isLeft } from '../../../../src/domain/shared/fp.ts';
import { MemoryRateLimiter } from '../../../../src/infrastructure/memory/memory-rate-limiter.ts';
import { aContext, anExternalService } from '../../../support/an-external-service.ts';
import { fakeQuotaStateStore } from '../../../support/fake-quota-state-store.ts';
import { fixedClock } from '../../../support/fixed-clock.ts';
import { lineRig } from '../../../support/line-rig.ts';

const service = anExternalService({ serviceType: 'spreadsheet', limits: { minute: 2 } });

describe('the quota of calls that leave as one', () => {
  const clock = fixedClock();
  const call = (): Call<string> => ({
    ctx: aContext(),
    plan: { services: [service] },
    request: 'rows',
    options: { cache: anyCache, deadlineMs: undefined },
    cacheKey: undefined,
    ledger: newLedger('log-1'),
    startedAt: 0,
    deadlineAt: 1_000,
    signal: undefined,
  });
  const quota = () =>
    ownQuota({
      limiter: new MemoryRateLimiter({ clock, sleep: clock.sleep, store: fakeQuotaStateStore().connect() }),
      tenantLimits: { spreadsheet: { minute: 3 } },
      telemetry: { rateLimitExceeded: () => undefined, rateLimitUtilization: () => undefined },
      clock,
    });

  it('counts each caller against its tenant and none against the service', async () => {
    const { chargeTenant } = quota();
    for (let n = 0; n < 3; n += 1) expect(isLeft(await chargeTenant(call(), service))).to.equal(false);
    const last = await chargeTenant(call(), service);
    expect(isLeft(last) && last.left).to.include({ kind: 'quota-exceeded', scope: 'tenant' });
  });

  it('counts a call once against its tenant, however often it is tried', async () => {
    const { chargeTenant, chargeService } = quota();
    const same = call();
    for (let tries = 0; tries < 5; tries += 1)
      expect(isLeft(await chargeTenant(same, service))).to.equal(false);
    expect(isLeft(await chargeService(same, service))).to.equal(false);
  });

  it('counts what leaves against the service alone, and tells the caller that asked', async () => {
    const { chargeService } = quota();
    const one = call();
    expect(isLeft(await chargeService(one, service))).to.equal(false);
    expect(one.ledger.windows.map(({ subjectId, used }) => [subjectId, used])).to.deep.equal([
      [service.id, 1],
    ]);
    expect(isLeft(await chargeService(call(), service))).to.equal(false);
    const third = await chargeService(call(), service);
    expect(isLeft(third) && third.left).to.include({ kind: 'quota-exceeded', scope: 'service' });
  });

  it('attributes a call to its payer and to its representative, who is charged nothing', async () => {
    const own = quota();
    const account = lineRig().newQuota();
    const [payer, other] = [call(), call()];
    const ahead = (one: Call<string>) => callQuota({ own, account }, { account: 'writes' }, one, service);
    await ahead(payer).payCaller(true);
    ahead(other).standFor();
    expect([payer, other].map(({ ledger }) => ledger.requestsPaid)).to.deep.equal([1, 1]);
    expect(other.ledger.windows).to.deep.equal([]);
  });

  for (const [takesMs, leavesAfterMs] of [
    [250, 60_250],
    [3_000, 63_000],
  ] as const)
    it(`lets a call that took ${takesMs} ms leave the windows of its service ${leavesAfterMs} ms after it began`, async () => {
      const { chargeCall, chargeCallWithReceipt } = quota();
      const paid = await chargeCallWithReceipt(call(), service);
      if (isLeft(paid)) throw new Error('refused');
      clock.advance(takesMs);
      paid.right.isOver();
      expect(isLeft(await chargeCall(call(), service))).to.equal(false);
      clock.advance(leavesAfterMs - takesMs - 1);
      expect(isLeft(await chargeCall(call(), service))).to.equal(true);
      clock.advance(1);
      expect(isLeft(await chargeCall(call(), service))).to.equal(false);
    });

  it('counts a call that leaves alone against both, or against neither', async () => {
    const { chargeCall, chargeTenant } = quota();
    for (let n = 0; n < 2; n += 1) expect(isLeft(await chargeCall(call(), service))).to.equal(false);
    const third = await chargeCall(call(), service);
    expect(isLeft(third) && third.left).to.include({ kind: 'quota-exceeded', scope: 'service' });
    expect(isLeft(await chargeTenant(call(), service))).to.equal(false);
  });
});
