import { expect } from 'chai';
import { newLedger, type Call } from '../../../../src/application/provider-call/call.ts';
import { anyCache } from '../../../../src/application/provider-call/provider-call.ts';
import { serviceQuota, withTenantQuota } from '../../../../src/application/provider-call/with-quota.ts';
import type { ExternalService } from '../../../../src/domain/external-service/external-service.ts';
import { isLeft, right } from '../../../../src/domain/shared/fp.ts';
import { MemoryRateLimiter } from '../../../../src/infrastructure/memory/memory-rate-limiter.ts';
import { aContext, anExternalService } from '../../../support/an-external-service.ts';
import { fakeQuotaStateStore } from '../../../support/fake-quota-state-store.ts';
import { fixedClock } from '../../../support/fixed-clock.ts';

const service = anExternalService({ serviceType: 'spreadsheet', limits: { minute: 2 } });

describe('the quota of calls that leave as one', () => {
  const clock = fixedClock();
  const call = (): Call<string> => ({
    ctx: aContext(),
    plan: { services: [service] },
    request: 'rows',
    options: { cache: anyCache, deadlineMs: undefined },
    ledger: newLedger('log-1'),
    startedAt: 0,
    deadlineAt: 1_000,
    signal: undefined,
  });
  const deps = () => ({
    limiter: new MemoryRateLimiter({ clock, sleep: clock.sleep, store: fakeQuotaStateStore().connect() }),
    tenantLimits: { spreadsheet: { minute: 3 } },
    telemetry: {
      callFinished: () => undefined,
      cacheLookup: () => undefined,
      providerCalled: () => undefined,
      rateLimitExceeded: () => undefined,
      rateLimitUtilization: () => undefined,
      healthChanged: () => undefined,
    },
    clock,
  });
  const asked = <A>(ask: (one: Call<string>, of: ExternalService) => A): A => ask(call(), service);

  it('counts each caller against its tenant and none against the service', async () => {
    const stage = withTenantQuota(deps());
    const ask = stage<string, string>({} as never, async () => right('written'));
    const outcomes = [await asked(ask), await asked(ask), await asked(ask), await asked(ask)];
    expect(outcomes.slice(0, 3)).to.deep.equal(Array.from({ length: 3 }, () => right('written')));
    const last = outcomes[3];
    expect(last && isLeft(last) && last.left).to.include({ kind: 'quota-exceeded', scope: 'tenant' });
  });

  it('counts a call once against its tenant, however often it is tried', async () => {
    const ask = withTenantQuota(deps())<string, string>({} as never, async () => right('written'));
    const same = call();
    for (let tries = 0; tries < 5; tries += 1) expect(isLeft(await ask(same, service))).to.equal(false);
  });

  it('counts what leaves against the service alone, and tells the caller that asked', async () => {
    const take = serviceQuota(deps());
    const one = call();
    expect(isLeft(await take(one, service))).to.equal(false);
    expect(one.ledger.windows.map(({ subjectId, used }) => [subjectId, used])).to.deep.equal([
      [service.id, 1],
    ]);
    expect(isLeft(await take(call(), service))).to.equal(false);
    const third = await take(call(), service);
    expect(isLeft(third) && third.left).to.include({ kind: 'quota-exceeded', scope: 'service' });
  });
});
