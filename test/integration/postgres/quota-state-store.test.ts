import { expect } from 'chai';
import type { StoredWindow } from '../../../src/domain/rate-limit/quota-state-store.ts';
import type { QuotaSubject } from '../../../src/domain/rate-limit/quota.ts';
import { isRight, right } from '../../../src/domain/shared/fp.ts';
import { MemoryRateLimiter } from '../../../src/infrastructure/memory/memory-rate-limiter.ts';
import { postgresQuotaStateStore } from '../../../src/infrastructure/postgres/services/postgres-quota-state-store.ts';
import { asSystem } from '../../../src/infrastructure/postgres/tenant-session.ts';
import { postgresUnitOfWork } from '../../../src/infrastructure/postgres/unit-of-work/postgres-unit-of-work.ts';
import { aSecretBox } from '../../support/a-secret-box.ts';
import { aStoredWindow, quotaStateStoreContract } from '../../contract/quota-state-store.contract.ts';
import { aContext, anExternalService, anId, NOON, TENANT } from '../../support/an-external-service.ts';
import { fixedClock } from '../../support/fixed-clock.ts';
import { until } from '../../support/until.ts';
import { migratedDatabase } from './postgres-fixture.ts';

const MINUTE = 60_000;

describe('quota state on PostgreSQL', () => {
  const { database } = migratedDatabase();
  const store = () => postgresQuotaStateStore(database());
  const unitOfWork = () =>
    postgresUnitOfWork({ database: database(), secretBox: aSecretBox, onCommitted: () => undefined });
  beforeEach(async () => {
    await database().pool.query('truncate api_rate_limits');
    await unitOfWork().run(aContext(), async (tx) => right(await tx.services.add(anExternalService())));
  });

  quotaStateStoreContract('postgresQuotaStateStore', async () => store());

  it('shows operators what remains', async () => {
    await store().save([aStoredWindow({ used: 70, limit: 60, isRateLimited: true })]);
    const { rows } = await database().pool.query(
      'select service_id, request_count, max_requests, remaining_requests, is_rate_limited, total_cost from api_rate_limits',
    );
    expect(rows).to.deep.equal([
      {
        service_id: anId(1),
        request_count: 70,
        max_requests: 60,
        remaining_requests: 0,
        is_rate_limited: true,
        total_cost: '0.015000',
      },
    ]);
  });

  it('saves all or nothing', async () => {
    const impossible = aStoredWindow({ window: 'day', used: 2 ** 40 });
    const failure = await store()
      .save([aStoredWindow(), impossible])
      .catch((error: unknown) => error);
    expect(failure).to.be.instanceOf(Error);
    expect(await store().load(TENANT, anId(1))).to.deep.equal([]);
  });

  it('drops the windows of a removed service and saves the others', async () => {
    await store().save([aStoredWindow({ subjectId: anId(77) }), aStoredWindow()]);
    expect(await store().load(TENANT, anId(77))).to.deep.equal([]);
    expect(await store().load(TENANT, anId(1))).to.have.length(1);
  });

  it('waits for a service that is being removed, drops its windows and saves the others', async () => {
    const blocker = await database().pool.connect();
    try {
      await blocker.query('begin');
      await blocker.query('delete from external_services where id = $1', [anId(1)]);
      const saved = store().save([aStoredWindow(), aStoredWindow({ subjectId: 'tenant:geocoding' })]);
      await waiting(1);
      await blocker.query('commit');
      await saved;
    } finally {
      blocker.release(true);
    }
    expect(await store().load(TENANT, anId(1))).to.deep.equal([]);
    expect(await store().load(TENANT, 'tenant:geocoding')).to.have.length(1);
  });

  it("saves a cost too large for its column as the column's maximum", async () => {
    const dear = aStoredWindow({ subjectId: 'tenant:geocoding', totalCostMicros: 3e18 });
    await store().save([dear, aStoredWindow()]);
    const { rows } = await database().pool.query(
      'select total_cost from api_rate_limits order by total_cost desc',
    );
    expect(rows).to.deep.equal([{ total_cost: '999999999999.999999' }, { total_cost: '0.015000' }]);
  });

  it('makes two that save the same windows, in whatever order, wait for one another without a deadlock', async () => {
    const windows = [aStoredWindow(), aStoredWindow({ subjectId: 'tenant:geocoding' })];
    await store().save(windows);
    const { pool } = database();
    const blocker = await pool.connect();
    try {
      await blocker.query('begin');
      await blocker.query('select from api_rate_limits where subject_id = $1 for update', [anId(1)]);
      const saves = [store().save(windows), waiting(1).then(() => store().save(windows.toReversed()))];
      await waiting(2);
      await blocker.query('commit');
      expect(await Promise.all(saves)).to.have.length(2);
    } finally {
      blocker.release(true);
    }
  });

  it('saves windows while a service is deleted with them, without a deadlock', async () => {
    // They are stored, and deleted, in this order; they are saved in the other.
    for (const window of ['minute', 'day'] as const) await store().save([aStoredWindow({ window })]);
    let underWay: Promise<unknown> = Promise.resolve();
    await asSystem(database(), async (session) => {
      const own = 'select from api_rate_limits where window_type = $1 for update';
      await session.query(own, ['minute']);
      const removing = unitOfWork().run(aContext(), async (tx) =>
        right(await tx.services.remove(anId(1), 1)),
      );
      const save = () => store().save([aStoredWindow({ window: 'day' }), aStoredWindow()]);
      underWay = Promise.all([removing, waiting(1).then(save)]);
      await waiting(2);
      await session.query(`${own} nowait`, ['day']);
    });
    await underWay;
    expect(await store().load(TENANT, anId(1))).to.deep.equal([]);
  });

  /** Waits until this many statements wait for a row or for one another. */
  const waiting = (count: number) =>
    until(
      async () => {
        const { rows } = await database().pool.query<{ count: number }>(
          "select count(*)::int from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
        );
        return rows[0]?.count;
      },
      (found) => found === count,
    );

  describe('under a limiter', () => {
    const clock = fixedClock(NOON);
    const open = () => new MemoryRateLimiter({ clock, sleep: clock.sleep, store: store() });
    type MortalProcess = { readonly limiter: MemoryRateLimiter; readonly kill: () => Promise<void> };
    /**
     * A killed process does not carry out the writes that follow its answers. Statements already sent to the database
     * are done before the next process can have started, which takes longer than a statement.
     */
    const mortalProcess = (): MortalProcess => {
      const { save, ...others } = store();
      let isKilled = false;
      let sent: Promise<void> = Promise.resolve();
      const mortal = {
        ...others,
        save: async (windows: readonly StoredWindow[]) => (isKilled ? undefined : (sent = save(windows))),
      };
      return {
        limiter: new MemoryRateLimiter({ clock, sleep: clock.sleep, store: mortal }),
        kill: async () => {
          isKilled = true;
          await sent;
        },
      };
    };
    const subject: QuotaSubject = {
      tenantId: TENANT,
      subjectId: anId(1),
      serviceName: 'google_maps',
      limits: { minute: 10, day: 15 },
    };
    const granted = async (limiter: MemoryRateLimiter, tries: number): Promise<number> => {
      let count = 0;
      for (let n = 0; n < tries; n += 1) if (isRight(await limiter.take([subject], 1))) count += 1;
      return count;
    };

    it('continues counting after a clean restart, in every window', async () => {
      const first = open();
      expect(await granted(first, 7)).to.equal(7);
      await first.close();
      const second = open();
      expect((await second.peek([subject])).map(({ window, used }) => [window, used])).to.deep.equal([
        ['minute', 7],
        ['day', 7],
      ]);
      expect(await granted(second, 20)).to.equal(3);
      await second.close();
      clock.advance(MINUTE);
      const third = open();
      expect(await granted(third, 20)).to.equal(5);
      await third.close();
    });

    it('never grants a permit twice across crashes, and grants most of them once', async () => {
      const processes: MortalProcess[] = [];
      const started = (): MortalProcess => {
        const process = mortalProcess();
        processes.push(process);
        return process;
      };
      try {
        let total = 0;
        for (let crash = 0; crash < 3; crash += 1) {
          const process = started();
          total += await granted(process.limiter, 3);
          await process.kill();
        }
        total += await granted(started().limiter, 20);
        expect(total).to.be.within(7, 10);
      } finally {
        await Promise.all(processes.map(({ limiter }) => limiter.close()));
      }
    });
  });
});
