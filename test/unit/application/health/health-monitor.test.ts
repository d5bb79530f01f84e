import { expect } from 'chai';
import { healthMonitor } from '../../../../src/application/health/health-monitor.ts';
import type {
  ExternalService,
  HealthStatus,
} from '../../../../src/domain/external-service/external-service.ts';
import type { ProviderAccess, ProviderProbe } from '../../../../src/domain/provider/provider-access.ts';
import type { ProviderError } from '../../../../src/domain/provider/provider-error.ts';
import { left, right } from '../../../../src/domain/shared/fp.ts';
import type { SecretBox } from '../../../../src/domain/shared/secret-box.ts';
import { anExternalService, anId, NOON, TENANT } from '../../../support/an-external-service.ts';
import { fixedClock, turn } from '../../../support/fixed-clock.ts';
import { memoryUnitOfWork } from '../../../support/memory-unit-of-work.ts';
import { sequentialIds } from '../../../support/sequential-ids.ts';
import { silentTelemetry } from '../../../support/silent-telemetry.ts';

const PLANTED = 'PLANTED-KEY';
const aHealthyService = (change: Partial<ExternalService> = {}) =>
  anExternalService({ healthStatus: 'healthy', lastHealthCheck: NOON - 1_000, ...change });

const fixture = (...services: readonly ExternalService[]) => {
  const clock = fixedClock(NOON);
  const unitOfWork = memoryUnitOfWork();
  unitOfWork.put(...services);
  const ids = sequentialIds(1_000);
  const accesses: ProviderAccess[] = [];
  const unstored: unknown[] = [];
  const metrics: string[] = [];
  const invalidated: string[] = [];
  const state: {
    probe: Awaited<ReturnType<ProviderProbe['probe']>>;
    open: ReturnType<SecretBox['open']>;
  } = { probe: right({ reachable: true }), open: right(PLANTED) };
  const probe: ProviderProbe['probe'] = async (access) => {
    accesses.push(access);
    return state.probe;
  };
  /** Opens another process over the same database. */
  const changed: (readonly [string, string, string])[] = [];
  const open = () =>
    healthMonitor({
      unitOfWork,
      probes: { google_maps: { probe, probeIsFree: true } },
      secretBox: { seal: () => '', open: () => state.open, needsResealing: () => false },
      telemetry: {
        ...silentTelemetry,
        healthChanged: (service, from, to) => void metrics.push(`${service} ${from} ${to}`),
      },
      clock,
      ids,
      probeTimeoutMs: 3_000,
      servicesChanged: (tenant) => void invalidated.push(tenant),
      onChanged: ({ service, to, reason }) => void changed.push([service.id, to, reason]),
      onUnstored: (id, error) => void unstored.push([id, error]),
    });
  const monitor = open();
  /** The row as the next call would read it. */
  const row = (id = anId(1)): ExternalService => {
    const service = unitOfWork.service(id);
    if (service === undefined) throw new Error('no such row');
    return service;
  };
  const observe = async (
    count: number,
    outcome: 'answered' | 'failed',
    { by = monitor, id = anId(1) }: { by?: typeof monitor; id?: string } = {},
  ) => {
    for (let n = 0; n < count; n += 1) {
      clock.advance(10);
      by.observe(row(id), outcome, outcome === 'failed' ? 'provider-timeout' : 'answered');
      await by.settled();
    }
  };
  const events = () => unitOfWork.events().map(({ type, data }) => [type, data['from'], data['to']]);
  return {
    clock,
    unitOfWork,
    monitor,
    open,
    row,
    observe,
    events,
    state,
    accesses,
    unstored,
    metrics,
    changed,
    invalidated,
  };
};

const DEGRADED = 'integration.health.degraded';
const RECOVERED = 'integration.health.recovered';

describe('the health monitor, watching calls', () => {
  it('tells of each change exactly once, with who, from where, to where and why', async () => {
    const { observe, unitOfWork, row, metrics, changed, invalidated } = fixture(aHealthyService());
    await observe(5, 'failed');
    expect(unitOfWork.events()).to.deep.equal([
      {
        id: anId(1_000),
        type: DEGRADED,
        tenantId: TENANT,
        subject: anId(1),
        time: NOON + 30,
        correlationId: 'health-monitor',
        data: {
          service_id: anId(1),
          service_name: 'google-main',
          from: 'healthy',
          to: 'degraded',
          reason: 'provider-timeout',
        },
      },
    ]);
    expect(row()).to.deep.include({ healthStatus: 'degraded', lastHealthCheck: NOON + 30, version: 1 });
    expect(metrics).to.deep.equal(['google_maps healthy degraded']);
    expect(changed).to.deep.equal([[anId(1), 'degraded', 'provider-timeout']]);
    expect(invalidated).to.deep.equal([TENANT]);
  });

  it('writes nothing as long as nothing changes', async () => {
    const { observe, unitOfWork } = fixture(aHealthyService());
    await observe(50, 'answered');
    await observe(2, 'failed');
    await observe(50, 'answered');
    expect(unitOfWork.runs()).to.equal(0);
  });

  it('goes all the way down and comes back from the bottom', async () => {
    const { observe, events, row } = fixture(aHealthyService());
    await observe(20, 'failed');
    expect(row().healthStatus).to.equal('unhealthy');
    await observe(2, 'answered');
    expect(row().healthStatus).to.equal('unhealthy');
    await observe(10, 'answered');
    expect(row().healthStatus).to.equal('healthy');
    expect(events()).to.deep.equal([
      [DEGRADED, 'healthy', 'degraded'],
      [DEGRADED, 'degraded', 'unhealthy'],
      [RECOVERED, 'unhealthy', 'healthy'],
    ]);
  });

  for (const status of ['degraded', 'unhealthy'] as const)
    it(`restores a service that was ${status} when this process began`, async () => {
      const { observe, events, row } = fixture(aHealthyService({ healthStatus: status }));
      await observe(3, 'answered');
      expect(row().healthStatus).to.equal('healthy');
      expect(events()).to.deep.equal([[RECOVERED, status, 'healthy']]);
    });

  it('calls the first answer of a new service no recovery', async () => {
    const { observe, events, row } = fixture(
      aHealthyService({ healthStatus: 'unknown', lastHealthCheck: undefined }),
    );
    await observe(1, 'answered');
    expect(row().healthStatus).to.equal('healthy');
    expect(events()).to.deep.equal([]);
  });

  it('tells once of an outage that a thousand calls under way meet at the same moment', async () => {
    const { monitor, unitOfWork, events, row } = fixture(aHealthyService());
    const seen = row();
    for (let n = 0; n < 1_000; n += 1) monitor.observe(seen, 'failed', 'provider-timeout');
    await monitor.settled();
    expect(row().healthStatus).to.equal('unhealthy');
    expect(events().map(([, , to]) => to)).to.deep.equal(['degraded', 'unhealthy']);
    expect(unitOfWork.runs()).to.equal(2);
    // Still with the previous row, as in calls that began before the change.
    for (let n = 0; n < 100; n += 1) monitor.observe(seen, 'failed', 'provider-timeout');
    await monitor.settled();
    expect(unitOfWork.runs()).to.equal(2);
  });

  it('counts on while a change is being stored, and does not fall back behind the next one', async () => {
    const { monitor, unitOfWork, events, row } = fixture(aHealthyService());
    const [first, second] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const waiting = [first.promise, second.promise];
    unitOfWork.before = async () => waiting.shift();
    for (let n = 0; n < 3; n += 1) monitor.observe(row(), 'failed', 'provider-timeout');
    // Another replica has just probed it and found the row unchanged.
    const checked = { ...row(), lastHealthCheck: NOON + 60_000 };
    for (let n = 0; n < 7; n += 1) monitor.observe(checked, 'failed', 'provider-timeout');
    first.resolve();
    await turn();
    expect(row().healthStatus).to.equal('degraded');
    monitor.observe(row(), 'failed', 'provider-timeout');
    second.resolve();
    await monitor.settled();
    expect(row().healthStatus).to.equal('unhealthy');
    expect(events().map(([, , to]) => to)).to.deep.equal(['degraded', 'unhealthy']);
    expect(unitOfWork.runs()).to.equal(2);
  });

  it('keeps services apart', async () => {
    const other = aHealthyService({ id: anId(2), serviceName: 'other' });
    const { observe, row } = fixture(aHealthyService(), other);
    await observe(2, 'failed');
    await observe(2, 'failed', { id: anId(2) });
    await observe(1, 'failed');
    expect([row().healthStatus, row(anId(2)).healthStatus]).to.deep.equal(['degraded', 'healthy']);
  });

  it('forgets a service that was removed meanwhile', async () => {
    const { monitor, unitOfWork, events, unstored, row } = fixture(aHealthyService());
    const seen = row();
    await unitOfWork.run(
      {
        tenantId: TENANT,
        actor: { kind: 'system', id: 'x', tenants: 'all', scopes: 'all' },
        correlationId: 'x',
      },
      async (tx) => right(await tx.services.remove(seen.id, 1)),
    );
    for (let n = 0; n < 5; n += 1) monitor.observe(seen, 'failed', 'provider-timeout');
    await monitor.settled();
    expect([events(), unstored]).to.deep.equal([[], []]);
  });
});

describe('the health monitor, with the database away', () => {
  it('tries the change again with the very next failure, and then tells of it once', async () => {
    const { observe, unitOfWork, events, unstored, row } = fixture(aHealthyService());
    unitOfWork.before = () => Promise.reject(new Error('away'));
    await observe(4, 'failed');
    expect(unstored).to.have.length(2);
    expect(row().healthStatus).to.equal('healthy');
    unitOfWork.before = async () => undefined;
    await observe(3, 'failed');
    expect(row().healthStatus).to.equal('degraded');
    expect(events()).to.deep.equal([[DEGRADED, 'healthy', 'degraded']]);
  });

  it('tries a recovery again with the very next answer', async () => {
    const { observe, unitOfWork, events, row } = fixture(aHealthyService({ healthStatus: 'unhealthy' }));
    unitOfWork.before = () => Promise.reject(new Error('away'));
    await observe(3, 'answered');
    unitOfWork.before = async () => undefined;
    await observe(1, 'answered');
    expect(row().healthStatus).to.equal('healthy');
    expect(events()).to.deep.equal([[RECOVERED, 'unhealthy', 'healthy']]);
  });

  it('goes from healthy to unhealthy at once when the outage outlasted the steps between', async () => {
    const { monitor, row, unitOfWork, events, observe } = fixture(aHealthyService());
    const back = Promise.withResolvers<void>();
    unitOfWork.before = () => back.promise;
    for (let n = 0; n < 30; n += 1) monitor.observe(row(), 'failed', 'provider-timeout');
    await turn();
    unitOfWork.before = async () => undefined;
    back.reject(new Error('away'));
    await monitor.settled();
    await observe(1, 'failed');
    expect(row().healthStatus).to.equal('unhealthy');
    expect(events()).to.deep.equal([[DEGRADED, 'healthy', 'unhealthy']]);
  });

  it('does not let one service wait for another', async () => {
    const other = aHealthyService({ id: anId(2), serviceName: 'other' });
    const { monitor, row, unitOfWork } = fixture(aHealthyService(), other);
    const asked: number[] = [];
    const hangs = Promise.withResolvers<void>();
    unitOfWork.before = async () => {
      asked.push(unitOfWork.runs());
      await hangs.promise;
    };
    for (const id of [anId(1), anId(2)])
      for (let n = 0; n < 3; n += 1) monitor.observe(row(id), 'failed', 'provider-timeout');
    await turn();
    expect(unitOfWork.runs()).to.equal(2);
    hangs.resolve();
    await monitor.settled();
    expect([row().healthStatus, row(anId(2)).healthStatus]).to.deep.equal(['degraded', 'degraded']);
  });
});

describe('several health monitors over one database', () => {
  it('tell of one outage once', async () => {
    const { monitor, open, row, events, metrics } = fixture(aHealthyService());
    const replica = open();
    const seen = row();
    for (const by of [monitor, replica])
      for (let n = 0; n < 3; n += 1) by.observe(seen, 'failed', 'provider-timeout');
    await Promise.all([monitor.settled(), replica.settled()]);
    expect(events()).to.deep.equal([[DEGRADED, 'healthy', 'degraded']]);
    expect(metrics).to.have.length(1);
  });

  it('let the one that sees answers bring back what another that died had degraded', async () => {
    const { open, observe, row, events } = fixture(aHealthyService());
    const living = open();
    await observe(5, 'answered', { by: living });
    await observe(3, 'failed');
    expect(row().healthStatus).to.equal('degraded');
    await observe(3, 'answered', { by: living });
    expect(row().healthStatus).to.equal('healthy');
    expect(events().map(([type]) => type)).to.deep.equal([DEGRADED, RECOVERED]);
  });

  it('follow each other through any number of changes', async () => {
    const { monitor, open, observe, row, events } = fixture(aHealthyService());
    const replica = open();
    for (let round = 0; round < 3; round += 1) {
      await observe(3, 'failed', { by: round % 2 === 0 ? monitor : replica });
      expect(row().healthStatus).to.equal('degraded');
      await observe(3, 'answered', { by: round % 2 === 0 ? replica : monitor });
      expect(row().healthStatus).to.equal('healthy');
    }
    expect(events()).to.have.length(6);
  });

  it('do not undo a change because of a call that began before it', async () => {
    const { monitor, row, observe, events } = fixture(aHealthyService());
    const before = row();
    await observe(3, 'failed');
    monitor.observe(before, 'answered', 'answered');
    monitor.observe(before, 'failed', 'provider-timeout');
    await monitor.settled();
    expect(row().healthStatus).to.equal('degraded');
    expect(events()).to.have.length(1);
  });

  it('agree although the clock of one is an hour ahead', async () => {
    const ahead = aHealthyService({ healthStatus: 'unhealthy', lastHealthCheck: NOON + 3_600_000 });
    const { observe, row } = fixture(ahead);
    await observe(3, 'answered');
    expect(row()).to.deep.include({ healthStatus: 'healthy', lastHealthCheck: NOON + 3_600_001 });
    await observe(3, 'failed');
    await observe(3, 'answered');
    expect(row()).to.deep.include({ healthStatus: 'healthy', lastHealthCheck: NOON + 3_600_003 });
  });
});

describe('the health monitor, probing', () => {
  const failure: ProviderError = { kind: 'provider-unavailable', message: 'it said 503' };

  it('gives the adapter the opened key, asks it once, and says how it went', async () => {
    const { monitor, row, accesses, clock, unitOfWork } = fixture(aHealthyService());
    clock.advance(5);
    expect(await monitor.probe(row(), 'request-9')).to.deep.equal({
      serviceId: anId(1),
      reachable: true,
      healthStatus: 'healthy',
      checkedAt: NOON + 5,
      durationMs: 0,
      error: undefined,
    });
    expect(accesses).to.have.length(1);
    expect(accesses[0]).to.deep.include({ apiKey: PLANTED, serviceId: anId(1), timeoutMs: 3_000 });
    expect(row().lastHealthCheck).to.equal(NOON + 5);
    expect(JSON.stringify([unitOfWork.services(), unitOfWork.events()])).to.not.include(PLANTED);
  });

  it('counts failures as calls do, and tells of the change under the id of who asked', async () => {
    const { monitor, row, state, unitOfWork } = fixture(aHealthyService());
    state.probe = left(failure);
    const seen: HealthStatus[] = [];
    for (let n = 0; n < 3; n += 1) seen.push((await monitor.probe(row(), 'request-9')).healthStatus);
    expect(seen).to.deep.equal(['healthy', 'healthy', 'degraded']);
    expect(unitOfWork.events().map(({ correlationId }) => correlationId)).to.deep.equal(['request-9']);
    const result = await monitor.probe(row(), 'request-9');
    expect(result).to.deep.include({ reachable: false, error: failure });
  });

  describe('while the key is refused', () => {
    const refuse = (rig: ReturnType<typeof fixture>, count: number, by = rig.monitor) => {
      for (let n = 0; n < count; n += 1) by.observe(rig.row(), 'refused', 'credentials-rejected');
      return by.settled();
    };
    const probeOften = async (rig: ReturnType<typeof fixture>, by = rig.monitor) => {
      for (let n = 0; n < 10; n += 1) {
        rig.clock.advance(1_000);
        await by.probe(rig.row(), 'x');
      }
    };

    it('cures nothing, however often the provider is reachable, and tells once', async () => {
      const rig = fixture(aHealthyService());
      await refuse(rig, 2);
      await probeOften(rig);
      await refuse(rig, 1);
      await probeOften(rig);
      expect(rig.row().healthStatus).to.equal('degraded');
      expect(rig.events()).to.deep.equal([[DEGRADED, 'healthy', 'degraded']]);
    });

    it('cures nothing in another process, nor in the next one', async () => {
      const rig = fixture(aHealthyService());
      const replica = rig.open();
      await probeOften(rig, replica);
      await refuse(rig, 3);
      for (const by of [replica, rig.open()]) await probeOften(rig, by);
      expect(rig.events()).to.deep.equal([[DEGRADED, 'healthy', 'degraded']]);
    });

    it('lets another process know of refusals that came after an outage had degraded the service', async () => {
      const rig = fixture(aHealthyService());
      const replica = rig.open();
      await rig.observe(3, 'failed');
      await rig.monitor.probe(rig.row(), 'x');
      await replica.probe(rig.row(), 'x');
      await refuse(rig, 1);
      await rig.monitor.probe(rig.row(), 'x');
      await probeOften(rig, replica);
      expect(rig.row().healthStatus).to.equal('degraded');
    });

    it('leaves the way back to answered calls', async () => {
      const rig = fixture(aHealthyService());
      await refuse(rig, 12);
      await rig.observe(3, 'answered');
      expect(rig.row().healthStatus).to.equal('healthy');
      await rig.observe(3, 'failed');
      await probeOften(rig);
      expect(rig.events().map(([, , to]) => to)).to.deep.equal([
        'degraded',
        'unhealthy',
        'healthy',
        'degraded',
        'healthy',
      ]);
    });

    it('leaves the way back to a change of the service, and does not heed what its old key still meets', async () => {
      const rig = fixture(aHealthyService());
      await refuse(rig, 3);
      const old = rig.row();
      rig.unitOfWork.put({ ...old, version: 2 });
      await rig.monitor.probe(rig.row(), 'x');
      for (let n = 0; n < 10; n += 1) rig.monitor.observe(old, 'refused', 'credentials-rejected');
      await probeOften(rig);
      expect(rig.events()).to.deep.equal([
        [DEGRADED, 'healthy', 'degraded'],
        [RECOVERED, 'degraded', 'healthy'],
      ]);
    });
  });

  it('notes the time of the check also when nothing changed', async () => {
    const { monitor, row, clock, events } = fixture(aHealthyService());
    clock.advance(60_000);
    await monitor.probe(row(), 'x');
    expect(row()).to.deep.include({ lastHealthCheck: NOON + 60_000, healthStatus: 'healthy', version: 1 });
    expect(events()).to.deep.equal([]);
  });

  it('calls a service unreachable whose key cannot be opened, and does not ask without it', async () => {
    const { monitor, row, state, accesses } = fixture(aHealthyService());
    state.open = left({ kind: 'secret-unreadable', reason: 'unknown-key' });
    const result = await monitor.probe(row(), 'x');
    expect(result.reachable).to.equal(false);
    expect(result.error?.kind).to.equal('credentials-rejected');
    expect(accesses).to.deep.equal([]);
  });

  it('says so, and learns nothing, when the provider cannot be probed', async () => {
    const { monitor, row, unitOfWork } = fixture(
      aHealthyService({ provider: 'google_sheets', healthStatus: 'unknown' }),
    );
    const result = await monitor.probe(row(), 'x');
    expect(result).to.deep.include({ reachable: false, healthStatus: 'unknown' });
    expect(result.error?.kind).to.equal('not-supported');
    expect(unitOfWork.runs()).to.equal(0);
  });

  it('rejects when the result cannot be stored, and does not pretend the change was made', async () => {
    const { monitor, row, unitOfWork, state, observe } = fixture(
      aHealthyService({ healthStatus: 'degraded' }),
    );
    await observe(2, 'answered');
    unitOfWork.before = () => Promise.reject(new Error('away'));
    expect(await monitor.probe(row(), 'x').catch((error: unknown) => error)).to.be.instanceOf(Error);
    unitOfWork.before = async () => undefined;
    state.probe = left(failure);
    expect((await monitor.probe(row(), 'x')).healthStatus).to.equal('degraded');
  });
});
