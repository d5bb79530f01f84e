import { expect } from 'chai';
import { accountQuota, accountSubjects } from '../../../../src/application/provider-call/account-quota.ts';
import { newLedger, type Call } from '../../../../src/application/provider-call/call.ts';
import { anyCache } from '../../../../src/application/provider-call/provider-call.ts';
import type { ExternalService } from '../../../../src/domain/external-service/external-service.ts';
import { isLeft } from '../../../../src/domain/shared/fp.ts';
import { MemoryRateLimiter } from '../../../../src/infrastructure/memory/memory-rate-limiter.ts';
import { fakeQuotaStateStore } from '../../../support/fake-quota-state-store.ts';
import { fixedClock, turn } from '../../../support/fixed-clock.ts';
import { aService, aTenant, contextOf } from '../../../support/pipeline-fixture.ts';

const account = { clientEmail: 'gateway@p-1.iam.gserviceaccount.com', projectId: 'p-1' };

const sheetsOf = (tenant: string, config: ExternalService['config'] = {}): ExternalService =>
  aService({
    id: `service-of-${tenant}`,
    tenantId: aTenant(tenant),
    serviceName: 'google_sheets',
    serviceType: 'spreadsheet',
    provider: 'google_sheets',
    config,
  });

const rig = () => {
  const clock = fixedClock();
  const exceeded: string[] = [];
  const timers = {
    set: (callback: () => void, ms: number) => {
      const ring = async (): Promise<void> => {
        await clock.sleep(ms);
        callback();
      };
      void ring();
    },
    clear: () => undefined,
  };
  const quota = accountQuota({
    limiter: new MemoryRateLimiter({ clock, sleep: clock.sleep, store: fakeQuotaStateStore().connect() }),
    accountOf: ({ provider }) => (provider === 'google_sheets' ? account : undefined),
    clock,
    timers,
    telemetry: {
      rateLimitExceeded: (service) => void exceeded.push(service),
      rateLimitUtilization: () => undefined,
    },
  });
  const aCall = (deadlineMs = 1_000): Call<string> => ({
    ctx: contextOf('one'),
    plan: { services: [] },
    request: 'x',
    options: { cache: anyCache, deadlineMs: undefined },
    ledger: newLedger('log-1'),
    startedAt: clock.monotonic(),
    deadlineAt: clock.monotonic() + deadlineMs,
    signal: undefined,
  });
  const take = (service: ExternalService, call = aCall()) => quota.take(call, service, 'writes');
  const spend = async (service: ExternalService, times: number): Promise<void> => {
    for (let n = 0; n < times; n += 1) expect(isLeft(await take(service))).to.equal(false);
  };
  return { clock, quota, exceeded, aCall, take, spend };
};

describe('the quota of an account', () => {
  it('is one for all tenants that use it: 60 calls a minute, reads and writes apart', async () => {
    const { quota, aCall, spend, exceeded } = rig();
    await spend(sheetsOf('one'), 30);
    await spend(sheetsOf('two'), 30);
    const call = aCall();
    const refused = await quota.take(call, sheetsOf('three'), 'writes');
    if (!isLeft(refused) || refused.left.kind !== 'quota-exceeded') throw new Error('not refused');
    expect(refused.left).to.deep.include({ scope: 'service', retryAfterMs: 60_000 });
    expect(refused.left.message).to.equal(
      'the account of google_sheets has used up its 60 writes of this minute',
    );
    expect(call.ledger.refusals).to.have.length(1);
    expect(exceeded).to.deep.equal(['google_sheets']);
    expect(isLeft(await quota.take(aCall(), sheetsOf('three'), 'reads'))).to.equal(false);
  });

  it('is waited for by a call that has the time, and a moment longer for what Google counts late', async () => {
    const { clock, aCall, take, spend } = rig();
    await spend(sheetsOf('one'), 60);
    const waiting = take(sheetsOf('one'), aCall(61_000));
    let isSettled = false;
    void waiting.then(() => (isSettled = true));
    for (let passed = 0; passed < 60_000; passed += 1_000) {
      await turn();
      clock.advance(1_000);
    }
    await turn();
    expect(isSettled).to.equal(false);
    clock.advance(500);
    expect(isLeft(await waiting)).to.equal(false);
  });

  it('is known to be hopeless before anything is taken, for a call that has not', async () => {
    const { quota, aCall, spend } = rig();
    const service = sheetsOf('one');
    expect(await quota.hopeless(aCall(), service, 'writes')).to.equal(undefined);
    await spend(service, 60);
    expect(await quota.hopeless(aCall(), service, 'writes')).to.deep.include({ kind: 'quota-exceeded' });
    expect(await quota.hopeless(aCall(70_000), service, 'writes')).to.equal(undefined);
  });

  it('is what the service says it is, for an account that has another', async () => {
    const { take, spend } = rig();
    const service = sheetsOf('one', { account_writes_per_minute: 2 });
    await spend(service, 2);
    expect(isLeft(await take(service))).to.equal(true);
  });

  it('belongs to no tenant, and shows neither address nor project', () => {
    const subjects = accountSubjects(sheetsOf('one'), account, 'reads');
    expect(subjects.map(({ limits }) => limits.minute)).to.deep.equal([60, 300]);
    for (const { tenantId, subjectId, serviceName } of subjects)
      expect(`${tenantId} ${subjectId} ${serviceName}`).to.match(
        /^~google-\S+ (account|project):\w+:reads \S+$/,
      );
    expect(accountSubjects(sheetsOf('one'), undefined, 'reads')).to.deep.equal([]);
  });
});
