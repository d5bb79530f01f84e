import type { UnitOfWork } from '../../../application/unit-of-work.ts';
import { isLeft, type Either } from '../../../domain/shared/fp.ts';
import type { IntegrationEvent } from '../../../domain/shared/integration-event.ts';
import type { SecretBox } from '../../../domain/shared/secret-box.ts';
import type { Database } from '../database.ts';
import type { OrmTransaction } from '../orm-transaction.ts';

type Deps = {
  readonly database: Pick<Database, 'orm'>;
  /** Seals the answers of keyed writes. */
  readonly secretBox: SecretBox;
  /** Called after a commit that left events in the outbox: wakes the outbox relay. */
  readonly onCommitted: () => void;
};

/** The transaction of a command, as `integration_app`; its events are in the outbox with the same commit. */
export const postgresUnitOfWork = ({ database, secretBox, onCommitted }: Deps): UnitOfWork => ({
  run: async (ctx, work) => {
    const events: IntegrationEvent[] = [];
    const { beginInTenant, boundTo, storeEvents } = await writing();
    const transaction = await beginInTenant(await database.orm(), ctx.tenantId);
    const outcome = await settled(transaction, async () => {
      const answer = await work(boundTo(transaction, ctx.tenantId, secretBox, events));
      if (!isLeft(answer)) await storeEvents(transaction, ctx.tenantId, events);
      return answer;
    });
    if (!isLeft(outcome) && events.length > 0) onCommitted();
    return outcome;
  },
});

/** Loaded with the first write: the ORM's query builder has 250 files, none of which a start needs. */
const writing = async () => ({
  ...(await import('../orm-transaction.ts')),
  ...(await import('./tenant-writes.ts')),
});

const settled = async <E, A>(
  { commit, rollback }: OrmTransaction,
  work: () => Promise<Either<E, A>>,
): Promise<Either<E, A>> => {
  try {
    const outcome = await work();
    await (isLeft(outcome) ? rollback() : commit());
    return outcome;
  } catch (error) {
    // A lost connection cannot roll back and need not: the error that lost it is the one to report.
    await rollback().catch(() => undefined);
    throw error;
  }
};
