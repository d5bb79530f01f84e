import { expect } from 'chai';
import type { CloudEvent } from '../../../src/application/event-bus.ts';
import { postgresLimitNotices } from '../../../src/infrastructure/postgres/services/postgres-limit-notices.ts';
import { queryAsSystem } from '../../../src/infrastructure/postgres/tenant-session.ts';
import { aWindow } from '../../support/a-call-report.ts';
import { anId, NOON, OTHER_TENANT, TENANT } from '../../support/an-external-service.ts';
import { eventProblems } from '../../support/asyncapi.ts';
import { fixedClock } from '../../support/fixed-clock.ts';
import { sequentialIds } from '../../support/sequential-ids.ts';
import { migratedDatabase } from './postgres-fixture.ts';

describe('notices of used up rates', () => {
  const { database } = migratedDatabase();
  const clock = fixedClock(NOON);
  let woken = 0;
  const noticesOf = (pool = database().pool) => {
    const failures: unknown[] = [];
    const notices = postgresLimitNotices({
      database: { pool },
      ids: sequentialIds(),
      clock,
      onCommitted: () => void (woken += 1),
      onFailed: (error) => failures.push(error),
    });
    const window = aWindow({ subjectId: 'tenant:webhook', limit: 200, used: 200, remaining: 0 });
    const exceed = (n: number, tenantId = TENANT) => notices.exceeded({ id: anId(n), tenantId }, window);
    return { ...notices, exceed, failures };
  };
  const outbox = async () =>
    (
      await queryAsSystem<{ management_company_id: string; messages: string }>(
        database(),
        'select management_company_id, messages from outbox_messages order by id',
        [],
      )
    ).rows.map(({ management_company_id: tenant, messages }) => ({
      tenant,
      events: JSON.parse(messages) as readonly CloudEvent[],
    }));

  it('are events that conform to the document, one for each tenant in a minute', async () => {
    const { exceed, flush } = noticesOf();
    for (const n of [900, 901, 902]) exceed(n);
    exceed(910, OTHER_TENANT);
    clock.advance(59_999);
    exceed(903);
    await flush();
    expect(woken).to.equal(1);
    const told = await outbox();
    expect(told.map(({ tenant, events }) => [tenant, events.map(({ subject }) => subject)])).to.deep.equal([
      [TENANT, [anId(900)]],
      [OTHER_TENANT, [anId(910)]],
    ]);
    expect(told.flatMap(({ events }) => events.flatMap(eventProblems))).to.deep.equal([]);
    expect(told[0]?.events[0]).to.deep.include({
      type: 'integration.rate_limit.exceeded',
      managementcompanyid: TENANT,
      data: {
        service_name: 'tenant:webhook',
        window_type: 'minute',
        limit: 200,
        used: 200,
        resets_at: new Date(NOON + 11_500).toISOString(),
      },
    });
    clock.advance(1);
    exceed(904);
    await flush();
    expect(await outbox()).to.have.length(3);
  });

  it('are written when the database is available again', async () => {
    let isAway = true;
    const pool = new Proxy(database().pool, {
      get: (target, name) =>
        name === 'connect' && isAway
          ? () => Promise.reject(new Error('away'))
          : Reflect.get(target, name, target),
    });
    const { exceed, flush, failures } = noticesOf(pool);
    exceed(900);
    await flush();
    expect([failures.length, (await outbox()).length]).to.deep.equal([1, 0]);
    isAway = false;
    await flush();
    expect(await outbox()).to.have.length(1);
  });
});
