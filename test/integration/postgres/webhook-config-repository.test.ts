import { expect } from 'chai';
import { postgresUnitOfWork } from '../../../src/infrastructure/postgres/unit-of-work/postgres-unit-of-work.ts';
import { webhookConfigRepositoryContract } from '../../contract/webhook-config-repository.contract.ts';
import { aBareWebhook, aWebhook } from '../../support/a-webhook.ts';
import { aSecretBox } from '../../support/a-secret-box.ts';
import { inUnitOf, migratedDatabase } from './postgres-fixture.ts';

describe('on PostgreSQL', () => {
  const { database } = migratedDatabase();
  const inUnit = inUnitOf(database);

  webhookConfigRepositoryContract('the real one', () =>
    postgresUnitOfWork({ database: database(), secretBox: aSecretBox, onCommitted: () => undefined }),
  );

  it('refuses a name that a concurrent change is giving to another webhook, so that two that swap names never deadlock', async () => {
    const [one, other] = [aWebhook(), aBareWebhook()];
    for (const webhook of [one, other]) await inUnit(({ webhooks }) => webhooks.add(webhook));
    const outcomes = await inUnit(async ({ webhooks }) => [
      await webhooks.update({ ...one, name: 'spare', version: 2 }, 1),
      await inUnit((beside) => beside.webhooks.update({ ...other, name: one.name, version: 2 }, 1)),
    ]);
    expect(outcomes).to.deep.equal(['updated', 'name-taken']);
  });
});
