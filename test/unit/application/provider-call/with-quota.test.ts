import { expect } from 'chai';
import type { Operation } from '../../../../src/application/provider-call/operation.ts';
import { ownQuota } from '../../../../src/application/provider-call/quota/own-quota.ts';
import { openedOnce } from '../../../../src/application/provider-call/opened-secrets.ts';
import { viaAdapter } from '../../../../src/application/provider-call/stages/via-adapter.ts';
import { withQuota } from '../../../../src/application/provider-call/stages/with-quota.ts';
import type { ProviderAccess } from '../../../../src/domain/provider/provider-access.ts';
import { isLeft, right } from '../../../../src/domain/shared/fp.ts';
import { lineRig, sheetsOf } from '../../../support/line-rig.ts';

const TENANT_LIMIT = 3;

const rig = (change: Partial<Operation<string, string>> = {}) => {
  const line = lineRig();
  const { clock, limiter, newQuota, aCall } = line;
  const account = newQuota();
  const own = ownQuota({
    limiter,
    tenantLimits: { spreadsheet: { minute: TENANT_LIMIT } },
    telemetry: { rateLimitExceeded: () => undefined, rateLimitUtilization: () => undefined },
    clock,
  });
  const operation = { name: 'sheets_write', account: 'writes', ...change } as Operation<string, string>;
  const ask = withQuota(own, account)(operation, async () => right('written'));
  const usedBy = async (tenant: string): Promise<number | undefined> => {
    const { tenantId } = sheetsOf(tenant);
    const subject = { tenantId, subjectId: 'tenant:spreadsheet', serviceName: 'tenant:spreadsheet' };
    return (await limiter.peek([{ ...subject, limits: { minute: TENANT_LIMIT } }]))[0]?.used;
  };
  const write = (tenant: string, deadlineMs = 1_000, perMinute = 2) =>
    ask(aCall(deadlineMs), sheetsOf(tenant, { account_writes_per_minute: perMinute }));
  return { ...line, account, own, operation, write, usedBy };
};

describe('the quota of a call that its provider cannot make', () => {
  it('is not spent, whosever it is', async () => {
    const { write, usedBy, taken } = rig({ lacks: (provider) => provider === 'google_sheets' });
    for (let n = 0; n <= TENANT_LIMIT; n += 1) await write('one');
    expect([taken.length, await usedBy('one')]).to.deep.equal([0, 0]);
  });
});

describe('the quota of a call in the name of an account', () => {
  it('is spent with the tenant’s own, and neither is by a call that waits in vain', async () => {
    const { clock, write, usedBy, taken } = rig();
    for (let n = 0; n < 2; n += 1) expect(await write('one')).to.deep.equal(right('written'));
    expect([taken.length, await usedBy('one')]).to.deep.equal([2, 2]);
    const refused = await write('two');
    expect(isLeft(refused) && refused.left).to.include({ kind: 'quota-exceeded', scope: 'service' });
    const waiting = write('two', 62_000);
    await clock.run(59_000);
    expect(await usedBy('two')).to.equal(0);
    await clock.run(1_500);
    expect(await waiting).to.deep.equal(right('written'));
    expect(await usedBy('two')).to.equal(1);
  });

  it('is left to others where the tenant’s own refuses', async () => {
    const { write, usedBy } = rig();
    for (let n = 0; n < TENANT_LIMIT; n += 1) await write('one', 1_000, 4);
    const refused = await write('one', 1_000, 4);
    expect(isLeft(refused) && refused.left).to.include({ kind: 'quota-exceeded', scope: 'tenant' });
    expect(await write('two', 1_000, 4)).to.deep.equal(right('written'));
    expect(await usedBy('two')).to.equal(1);
    expect(isLeft(await write('three', 1_000, 4))).to.equal(true);
  });

  it('is not spent by one that pays when it leaves, which is refused when there is no hope', async () => {
    const { account, write, usedBy, taken } = rig({ paysWhenItLeaves: true });
    expect(await write('one')).to.deep.equal(right('written'));
    expect([taken.length, await usedBy('one')]).to.deep.equal([0, 0]);
    account.refused(sheetsOf('one', { account_writes_per_minute: 2 }), 'writes', 30_000);
    const refused = await write('one');
    expect(isLeft(refused) && refused.left).to.include({ kind: 'quota-exceeded', retryAfterMs: 30_000 });
  });

  it("counts additional calls of an adapter, within the time it allows, and is told of the provider's refusals", async () => {
    const { clock, account, own, aCall, operation, usedBy } = rig();
    const service = sheetsOf('one', { account_reads_per_minute: 1 });
    let access: ProviderAccess | undefined;
    const ask: Operation<string, string>['ask'] = async (_provider, given) => {
      access = given;
      return right('asked');
    };
    const secretBox = { seal: () => '', open: () => right('key'), needsResealing: () => false };
    const secretsOf = openedOnce(secretBox);
    await viaAdapter({ secretsOf, clock, attemptTimeoutMs: 3_000, own, account })({ ...operation, ask })(
      aCall(3_000),
      service,
    );
    const calls = access?.account;
    if (access === undefined || calls === undefined) throw new Error('nobody counts');
    expect(await calls.another('reads', access)).to.deep.equal(right(undefined));
    expect(isLeft(await calls.another('reads', access))).to.equal(true);
    const patient = calls.another('reads', { ...access, timeoutMs: 62_000 });
    await clock.run(60_500);
    expect(await patient).to.deep.equal(right(undefined));
    expect(await usedBy('one')).to.equal(0);
    calls.refused('writes', 9_000);
    expect(account.hopeless(aCall(), service, 'writes')).to.deep.include({ retryAfterMs: 9_000 });
  });
});
