import { expect } from 'chai';
import {
  LARGEST_KEPT_ANSWER,
  postgresCommandReceipts,
  removeOldReceipts,
} from '../../../src/infrastructure/postgres/idempotency/postgres-command-receipts.ts';
import { asSystem } from '../../../src/infrastructure/postgres/tenant-session.ts';
import { systemIds } from '../../../src/infrastructure/system/system-ids.ts';
import { commandReceiptsContract } from '../../contract/command-receipts.contract.ts';
import { TENANT } from '../../support/an-external-service.ts';
import { migratedDatabase } from './postgres-fixture.ts';

describe('command receipts on PostgreSQL', () => {
  const { database } = migratedDatabase();
  const open = () => postgresCommandReceipts({ database: database(), ids: systemIds, leaseMs: 60_000 });
  const asOwner = (text: string) => asSystem(database(), (session) => session.query(text));
  beforeEach(() => asOwner('delete from command_receipts'));

  commandReceiptsContract('postgresCommandReceipts', async () => ({
    receipts: open(),
    expireLeases: async () =>
      void (await asOwner(`update command_receipts set leased_until = now() - interval '1 second'`)),
    largestAnswer: LARGEST_KEPT_ANSWER,
  }));

  it('are deleted by the time they were received, after which a command can be carried out again', async () => {
    const receipts = open();
    const bodyHash = 'a'.repeat(64);
    for (const messageId of ['old', 'new'])
      await receipts.claim(TENANT, { messageId, type: 'integration.command.geocode', bodyHash });
    await asOwner(
      `update command_receipts set received_at = '2026-11-01T00:00:00Z' where message_id = 'old'`,
    );
    expect(await removeOldReceipts(database(), Date.UTC(2026, 10, 2))).to.equal(1);
    const many = 12_001;
    await asOwner(`insert into command_receipts
      (management_company_id, message_id, type, body_hash, lease_id, leased_until, received_at)
      select 'uk_company_2', n::text, 't', 'h', gen_random_uuid(), now(), '2026-11-01T00:00:00Z'
      from generate_series(1, ${many}) as n`);
    const both = await Promise.all([1, 2].map(() => removeOldReceipts(database(), Date.UTC(2026, 10, 2))));
    expect((both[0] ?? 0) + (both[1] ?? 0)).to.equal(many);
    const kinds = await Promise.all(
      ['old', 'new'].map(
        async (messageId) =>
          (await receipts.claim(TENANT, { messageId, type: 'integration.command.geocode', bodyHash })).kind,
      ),
    );
    expect(kinds).to.deep.equal(['claimed', 'running']);
  });
});
