import { expect } from 'chai';
import { Registry } from 'prom-client';
import { reportedQuotaStore } from '../../../../src/infrastructure/telemetry/reported-quota-store.ts';
import { fakeQuotaStateStore } from '../../../support/fake-quota-state-store.ts';
import { aSubject } from '../../../support/quota-subjects.ts';
import { recordingLogger } from '../../../support/recording-logger.ts';

describe('reportedQuotaStore', () => {
  const { tenantId, subjectId } = aSubject({});
  const readOnly = new Error('cannot execute INSERT in a read-only transaction');
  const opened = () => {
    const fake = fakeQuotaStateStore();
    const logger = recordingLogger();
    const registry = new Registry();
    const state = { now: 0, isAway: false };
    const store = reportedQuotaStore(fake.connect(), {
      registry,
      logger,
      monotonic: () => state.now,
      isAway: () => state.isAway,
    });
    const counted = async (): Promise<string> => registry.metrics();
    const failsToSave = async (): Promise<void> => {
      expect(await store.save([]).catch((error: unknown) => error)).to.equal(readOnly);
    };
    return { fake, logger, state, store, counted, failsToSave };
  };

  it('reports once that rows cannot be written, and once that they can again, and counts the failures in between', async () => {
    const { fake, logger, state, store, counted, failsToSave } = opened();
    fake.before = async (operation) => {
      if (operation === 'save') throw readOnly;
    };
    for (let second = 0; second < 30; second += 1) {
      await failsToSave();
      // Rows can be read all the while.
      expect(await store.load(tenantId, subjectId)).to.deep.equal([]);
      state.now += 1_000;
    }
    expect(logger.lines.map(({ level, message }) => [level, message])).to.deep.equal([
      ['warn', 'quota state not stored'],
    ]);
    expect(await counted()).to.include('integration_quota_state_failures_total{operation="save"} 30');
    fake.before = async () => undefined;
    state.now += 10_000;
    await store.save([]);
    await store.save([]);
    expect(logger.lines.slice(1)).to.deep.equal([
      { level: 'info', message: 'quota state is stored again', fields: { failures: 30 } },
    ]);
  });

  it('tells reading from writing', async () => {
    const { fake, logger, store, counted } = opened();
    fake.before = async (operation) => {
      if (operation === 'load') throw readOnly;
    };
    for (const load of [
      () => store.load(tenantId, subjectId),
      () => store.loadAll([{ tenantId, subjectId }]),
    ])
      expect(await load().catch((error: unknown) => error)).to.equal(readOnly);
    await store.save([]);
    expect(logger.lines.map(({ message }) => message)).to.deep.equal(['quota state not read']);
    expect(await counted()).to.include('integration_quota_state_failures_total{operation="load"} 2');
  });

  it('counts, and says nothing, while the database is away, which has been said', async () => {
    const { fake, logger, state, counted, failsToSave } = opened();
    fake.before = () => Promise.reject(readOnly);
    state.isAway = true;
    await failsToSave();
    expect(logger.lines).to.deep.equal([]);
    expect(await counted()).to.include('integration_quota_state_failures_total{operation="save"} 1');
    state.isAway = false;
    await failsToSave();
    expect(logger.lines.map(({ message }) => message)).to.deep.equal(['quota state not stored']);
  });
});
