import { postgresKeptAnswers } from '../../../src/infrastructure/postgres/idempotency/postgres-kept-answers.ts';
import { postgresUnitOfWork } from '../../../src/infrastructure/postgres/unit-of-work/postgres-unit-of-work.ts';
import { describeUnitOfWork } from '../../contract/unit-of-work.contract.ts';
import { migratedDatabase } from './postgres-fixture.ts';
import { aSecretBox } from '../../support/a-secret-box.ts';

describe('on PostgreSQL', () => {
  const { database } = migratedDatabase();

  describeUnitOfWork('the real unit of work', () => ({
    unitOfWork: postgresUnitOfWork({
      database: database(),
      secretBox: aSecretBox,
      onCommitted: () => undefined,
    }),
    answers: postgresKeptAnswers(database(), aSecretBox),
    eventIds: async () => {
      const { rows } = await database().pool.query<{ id: unknown }>(
        "select message ->> 'id' as id from outbox_messages, jsonb_array_elements(messages::jsonb) with ordinality as e (message, n) order by outbox_messages.id, n",
      );
      return rows.map(({ id }) => id);
    },
  }));
});
