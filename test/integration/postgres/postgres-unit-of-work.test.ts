import { expect } from 'chai';
import type { Transaction } from '../../../src/application/unit-of-work.ts';
import { isLeft, left, right } from '../../../src/domain/shared/fp.ts';
import type { IntegrationEvent } from '../../../src/domain/shared/integration-event.ts';
import { toCloudEvent } from '../../../src/infrastructure/events/cloud-event.ts';
import { openDatabase } from '../../../src/infrastructure/postgres/database.ts';
import { postgresUnitOfWork } from '../../../src/infrastructure/postgres/unit-of-work/postgres-unit-of-work.ts';
import { aSecretBox } from '../../support/a-secret-box.ts';
import {
  aBareService,
  aContext,
  anExternalService,
  anId,
  NOON,
  OTHER_TENANT,
  TENANT,
} from '../../support/an-external-service.ts';
import { migratedDatabase } from './postgres-fixture.ts';

const anEvent = (n: number): IntegrationEvent => ({
  id: anId(n),
  type: 'integration.service.registered',
  tenantId: TENANT,
  subject: anId(1),
  time: NOON,
  correlationId: 'req-1',
  data: { service_id: anId(1), priority: n, list: ['a', { b: "it's" }] },
});

describe('unit of work on PostgreSQL', () => {
  const { database, url } = migratedDatabase(2);
  let wakes: number;
  const unitOfWork = () =>
    postgresUnitOfWork({ database: database(), secretBox: aSecretBox, onCommitted: () => void (wakes += 1) });
  beforeEach(() => void (wakes = 0));

  const stored = async () => {
    const services = await database().pool.query('select service_name from external_services order by 1');
    const outbox = await database().pool.query(
      'select management_company_id as tenant, messages::jsonb from outbox_messages order by id',
    );
    return { services: services.rows.map((row) => row.service_name), outbox: outbox.rows };
  };
  const nothing = { services: [], outbox: [] };
  const rejectionOf = async (work: Promise<unknown>): Promise<string> =>
    work.then(
      () => 'it did not reject',
      (error: unknown) => String(error),
    );

  it('commits row and events together, the events as one row in order, and wakes the relay once', async () => {
    const events = [anEvent(1), anEvent(2)];
    const outcome = await unitOfWork().run(aContext(), async (tx) => {
      await tx.services.add(anExternalService());
      events.forEach((event) => tx.events.add(event));
      return right('done');
    });
    expect(outcome).to.deep.equal(right('done'));
    const messages = events.map(toCloudEvent);
    expect(await stored()).to.deep.equal({
      services: ['google-main'],
      outbox: [{ tenant: TENANT, messages }],
    });
    expect(wakes).to.equal(1);
  });

  it('does not wake the relay when there were no events', async () => {
    await unitOfWork().run(aContext(), async (tx) => right(await tx.services.add(anExternalService())));
    expect(await stored()).to.deep.equal({ services: ['google-main'], outbox: [] });
    expect(wakes).to.equal(0);
  });

  it('leaves neither row nor event when the work ends with a left', async () => {
    const outcome = await unitOfWork().run(aContext(), async (tx) => {
      await tx.services.add(anExternalService());
      tx.events.add(anEvent(1));
      return left({ kind: 'changed-my-mind' });
    });
    expect(outcome).to.deep.equal(left({ kind: 'changed-my-mind' }));
    expect(await stored()).to.deep.equal(nothing);
    expect(wakes).to.equal(0);
  });

  it('leaves neither row nor event when the work throws, and rethrows the error', async () => {
    const bug = new TypeError('a bug');
    const work = unitOfWork().run(aContext(), async (tx) => {
      await tx.services.add(anExternalService());
      tx.events.add(anEvent(1));
      throw bug;
    });
    expect(await work.catch((error: unknown) => error)).to.equal(bug);
    expect(await stored()).to.deep.equal(nothing);
    expect(wakes).to.equal(0);
  });

  it('leaves no row when its events cannot be stored', async () => {
    const work = unitOfWork().run(aContext(), async (tx) => {
      await tx.services.add(anExternalService());
      tx.events.add({ ...anEvent(1), time: Number.NaN });
      return right('done');
    });
    expect(await rejectionOf(work)).to.match(/Invalid time value/);
    expect(await stored()).to.deep.equal(nothing);
  });

  it('continues after a refused name, and commits the rest', async () => {
    await unitOfWork().run(aContext(), async (tx) => right(await tx.services.add(anExternalService())));
    const outcome = await unitOfWork().run(aContext(), async (tx) => {
      const same = await tx.services.add(anExternalService({ id: anId(3) }));
      await tx.services.add(aBareService());
      const renamed = await tx.services.update(aBareService({ serviceName: 'google-main', version: 2 }), 1);
      return right([same, renamed, (await tx.services.all()).length]);
    });
    expect(outcome).to.deep.equal(right(['name-taken', 'name-taken', 2]));
    expect((await stored()).services).to.deep.equal(['gazetteer', 'google-main']);
  });

  it('does not ignore a failed statement', async () => {
    const work = unitOfWork().run(aContext(), async (tx) => {
      await tx.services.add(anExternalService());
      await tx.services.add(anExternalService({ serviceName: 'same id' })).catch(() => 'ignored');
      return right('done');
    });
    expect(await rejectionOf(work)).to.match(/current transaction is aborted/);
    expect(await stored()).to.deep.equal(nothing);
  });

  it('writes for the tenant of its context only', async () => {
    const work = unitOfWork().run(aContext(OTHER_TENANT), async (tx) =>
      right(await tx.services.add(anExternalService())),
    );
    expect(await rejectionOf(work)).to.match(/row-level security policy/);
    expect(await stored()).to.deep.equal(nothing);
  });

  it('runs as the application role with the tenant and the time limits set', async () => {
    const asked = await unitOfWork().run(aContext(), async () => {
      const { rows } = await database().pool.query(
        "select query from pg_stat_activity where state = 'idle in transaction' and datname = current_database()",
      );
      return right(rows.map((row) => row.query));
    });
    expect(asked).to.deep.equal(right(['set local role "integration_app"']));
  });

  it('cannot be used after its end', async () => {
    let kept: Transaction | undefined;
    await unitOfWork().run(aContext(), async (tx) => right(void (kept = tx)));
    expect(await rejectionOf((kept as Transaction).services.all())).to.match(/committed|released/i);
  });

  it('returns the connection when the server cuts it in the middle', async () => {
    const narrow = await openDatabase({ url: url(), migrate: false, poolSize: 1 });
    try {
      const lone = postgresUnitOfWork({
        database: narrow,
        secretBox: aSecretBox,
        onCommitted: () => void (wakes += 1),
      });
      for (let round = 0; round < 3; round += 1) {
        const work = lone.run(aContext(), async (tx) => {
          await tx.services.add(anExternalService());
          tx.events.add(anEvent(1));
          await database().pool.query(
            "select pg_terminate_backend(pid) from pg_stat_activity where state = 'idle in transaction' and datname = current_database()",
          );
          return right('done');
        });
        expect(await rejectionOf(work)).to.match(/terminat|not queryable/i);
      }
      expect(wakes).to.equal(0);
      const healthy = await lone.run(aContext(), async (tx) => right(await tx.services.all()));
      expect(healthy).to.deep.equal(right([]));
    } finally {
      await narrow.close();
    }
  });

  it('prevents two concurrent changes from closing a fallback cycle together', async () => {
    const [first, second] = [anExternalService(), aBareService()];
    await unitOfWork().run(aContext(), async (tx) =>
      right([await tx.services.add(first), await tx.services.add(second)]),
    );
    const pointAt = (from: typeof first, to: typeof first) =>
      unitOfWork().run(aContext(), async (tx) => {
        const services = await tx.services.all();
        if (services.some(({ id, fallbackServiceId }) => id === to.id && fallbackServiceId === from.id))
          return left('circle');
        return right(await tx.services.update({ ...from, fallbackServiceId: to.id, version: 2 }, 1));
      });
    const outcomes = await Promise.all([pointAt(first, second), pointAt(second, first)]);
    expect(outcomes.filter(isLeft)).to.deep.equal([left('circle')]);
    expect(outcomes).to.deep.include(right('updated'));
  });
});
