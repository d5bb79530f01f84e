import { expect } from 'chai';
import { getServiceQuota } from '../../../../src/application/queries/get-service-quota.ts';
import { getService } from '../../../../src/application/queries/get-service.ts';
import { getLog } from '../../../../src/application/queries/read-logs.ts';
import { reportCosts } from '../../../../src/application/queries/report-costs.ts';
import { systemHealth, type DependencyHealth } from '../../../../src/application/queries/system-health.ts';
import type { CallLogReader } from '../../../../src/domain/audit/call-log-reader.ts';
import type { ExternalServiceReader } from '../../../../src/domain/external-service/external-service-repository.ts';
import { right } from '../../../../src/domain/shared/fp.ts';
import { MemoryRateLimiter } from '../../../../src/infrastructure/memory/memory-rate-limiter.ts';
import {
  aContext,
  anExternalService,
  anId,
  OTHER_TENANT,
  TENANT,
} from '../../../support/an-external-service.ts';
import { answerOf, failureOf } from '../../../support/command-fixture.ts';
import { fakeQuotaStateStore } from '../../../support/fake-quota-state-store.ts';
import { fixedClock } from '../../../support/fixed-clock.ts';

const service = anExternalService({ limits: { minute: 60, day: 2_000 } });
const services: ExternalServiceReader = {
  byId: async (tenant, id) => (tenant === TENANT && id === service.id ? service : undefined),
  byName: async () => undefined,
  list: async () => ({ items: [service], nextCursor: undefined }),
  activeOf: async () => [service],
};

describe('asking for one service', () => {
  it('gives it to its tenant and to nobody else', async () => {
    const get = getService({ services });
    expect(await answerOf(get(aContext(), { id: service.id }))).to.equal(service);
    const notFound = { kind: 'not-found', what: 'service' };
    expect(await failureOf(get(aContext(OTHER_TENANT), { id: service.id }))).to.deep.equal(notFound);
    expect(await failureOf(get(aContext(), { id: anId(404) }))).to.deep.equal(notFound);
  });
});

describe('asking for a quota', () => {
  it('reports the use of every window that a call would be counted in, and takes nothing', async () => {
    const clock = fixedClock();
    const limiter = new MemoryRateLimiter({
      clock,
      sleep: clock.sleep,
      store: fakeQuotaStateStore().connect(),
    });
    const tenantLimits = { geocoding: { minute: 50 } };
    const ask = getServiceQuota({ services, limiter, tenantLimits, accountOf: () => undefined });
    const subject = {
      tenantId: TENANT,
      subjectId: service.id,
      serviceName: service.serviceName,
      limits: service.limits,
    };
    await limiter.take([subject], 1);
    for (let time = 0; time < 2; time += 1) {
      const windows = await answerOf(ask(aContext(), { id: service.id }));
      expect(windows.map((w) => [w.subjectId, w.window, w.limit, w.used, w.remaining])).to.deep.equal([
        [service.id, 'minute', 60, 1, 59],
        [service.id, 'day', 2_000, 1, 1_999],
        ['tenant:geocoding', 'minute', 50, 0, 50],
      ]);
    }
    expect((await failureOf(ask(aContext(OTHER_TENANT), { id: service.id }))).kind).to.equal('not-found');
    await limiter.close();
  });

  it('knows only the service’s own windows where the tenant has no limit', async () => {
    const clock = fixedClock();
    const limiter = new MemoryRateLimiter({
      clock,
      sleep: clock.sleep,
      store: fakeQuotaStateStore().connect(),
    });
    const windows = await answerOf(
      getServiceQuota({ services, limiter, tenantLimits: {}, accountOf: () => undefined })(aContext(), {
        id: service.id,
      }),
    );
    expect(windows).to.have.length(2);
    await limiter.close();
  });
});

describe('asking the trail', () => {
  const asked: unknown[] = [];
  const logs: CallLogReader = {
    byId: async () => undefined,
    list: async () => right({ items: [], nextCursor: undefined }),
    summary: async () => right([]),
    costs: async (...given) => {
      asked.push(given);
      return right([{ group: 'x', calls: 1, costMicros: 5, currency: 'USD' }]);
    },
  };

  it('says so when there is no such row', async () => {
    expect(await failureOf(getLog({ logs })(aContext(), { id: anId(1) }))).to.deep.equal({
      kind: 'not-found',
      what: 'log',
    });
  });

  it('tells the costs of all services, or of one that is the tenant’s', async () => {
    const costs = reportCosts({ logs, services });
    const rows = right([{ group: 'x', calls: 1, costMicros: 5, currency: 'USD' }]);
    expect(await costs(aContext(), { filter: {}, groupBy: 'day' })).to.deep.equal(rows);
    const ofOne = { filter: { serviceId: service.id }, groupBy: 'service' } as const;
    expect(await costs(aContext(), ofOne)).to.deep.equal(rows);
    expect((await failureOf(costs(aContext(OTHER_TENANT), ofOne))).kind).to.equal('not-found');
    expect(asked).to.deep.equal([
      [TENANT, {}, 'day'],
      [TENANT, { serviceId: service.id }, 'service'],
    ]);
  });
});

describe('asking for the health of this service', () => {
  const check =
    (status: DependencyHealth['status'], required: boolean) => async (): Promise<DependencyHealth> => ({
      name: 'x',
      status,
      required,
    });
  const cases: readonly (readonly [readonly (readonly [DependencyHealth['status'], boolean])[], string])[] = [
    [[], 'ok'],
    [
      [
        ['ok', true],
        ['ok', false],
      ],
      'ok',
    ],
    [
      [
        ['ok', true],
        ['degraded', false],
      ],
      'degraded',
    ],
    [
      [
        ['ok', true],
        ['down', false],
      ],
      'degraded',
    ],
    [[['degraded', true]], 'degraded'],
    [
      [
        ['down', true],
        ['ok', false],
      ],
      'down',
    ],
  ];
  for (const [parts, status] of cases)
    it(`is ${status} with ${JSON.stringify(parts)}`, async () => {
      const health = await systemHealth(parts.map(([state, required]) => check(state, required)))();
      expect(health.status).to.equal(status);
      expect(health.dependencies).to.have.length(parts.length);
    });

  it('is read once for all concurrent callers, and again for later ones', async () => {
    let looks = 0;
    const health = systemHealth([
      async () => {
        looks += 1;
        return { name: 'postgresql', status: 'ok', required: true };
      },
    ]);
    const all = await Promise.all([health(), health(), health()]);
    expect(all.map(({ status }) => status)).to.deep.equal(['ok', 'ok', 'ok']);
    expect(looks).to.equal(1);
    await health();
    expect(looks).to.equal(2);
  });
});
