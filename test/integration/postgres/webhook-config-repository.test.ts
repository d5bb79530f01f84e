import { postgresUnitOfWork } from '../../../src/infrastructure/postgres/unit-of-work/postgres-unit-of-work.ts';
import { webhookConfigRepositoryContract } from '../../contract/webhook-config-repository.contract.ts';
import { aSecretBox } from '../../support/a-secret-box.ts';
import { migratedDatabase } from './postgres-fixture.ts';

describe('on PostgreSQL', () => {
  const { database } = migratedDatabase();

  webhookConfigRepositoryContract('the real one', () =>
    postgresUnitOfWork({ database: database(), secretBox: aSecretBox, onCommitted: () => undefined }),
  );
});
