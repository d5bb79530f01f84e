import { expect } from 'chai';
import { retentionJobs } from '../../../src/infrastructure/container/retention-jobs.ts';
import { DatabaseClock } from '../../../src/infrastructure/postgres/database-clock.ts';
import { ensureAllPartitions } from '../../../src/infrastructure/postgres/ensure-partitions.ts';
import { asSystem } from '../../../src/infrastructure/postgres/tenant-session.ts';
import { fixedClock, type FixedClock } from '../../support/fixed-clock.ts';
import { migratedDatabase } from './postgres-fixture.ts';

const DAY = 86_400_000;
const YEAR = 366 * DAY;

describe('jobs that let go of what is old', () => {
  const { database } = migratedDatabase();
  const asOwner = async (text: string) => (await asSystem(database(), (session) => session.query(text))).rows;
  const partitions = async (): Promise<readonly string[]> =>
    (
      await database().pool.query<{ name: string }>(
        `select inhrelid::regclass::text as name from pg_inherits
         where inhparent in ('integration_logs'::regclass, 'webhook_deliveries'::regclass) order by 1`,
      )
    ).rows.map(({ name }) => name);

  /** What was used so many days ago, by the clock of the database. */
  const remember = async (daysAgo: number): Promise<void> => {
    const then = `now() - interval '${daysAgo} days'`;
    await ensureAllPartitions({ database: database(), clock: fixedClock(Date.now() - daysAgo * DAY) });
    await asOwner(`insert into idempotency_keys
      (management_company_id, key, fingerprint, mark, lease_id, leased_until, used_at)
      values ('uk_company_1', 'k-${daysAgo}', repeat('a', 64), ${daysAgo + 1}, gen_random_uuid(), now(), ${then})`);
    await asOwner(`insert into command_receipts
      (management_company_id, message_id, type, body_hash, lease_id, leased_until, received_at)
      values ('uk_company_1', 'm-${daysAgo}', 't', 'h', gen_random_uuid(), now(), ${then})`);
  };
  const remembered = async (): Promise<readonly unknown[]> =>
    (
      await asOwner(
        'select key as id from idempotency_keys union all select message_id from command_receipts order by 1',
      )
    ).map((row: { readonly id: string }) => row.id);

  /** Once each, in a process whose wall clock says something else. */
  const run = async (process: FixedClock): Promise<void> => {
    const clock = new DatabaseClock({ database: database(), clock: process, sleep: process.sleep });
    await clock.look();
    const config = { logRetentionDays: 90, idempotencyHours: 24 };
    for (const job of retentionJobs({ database: database(), clock, config })) await job.run();
  };

  beforeEach(async () => {
    await asOwner('delete from idempotency_keys');
    await asOwner('delete from command_receipts');
  });

  it('keep what the database calls young, though the clock of this machine is a year ahead', async () => {
    await remember(0);
    const before = await partitions();
    await run(fixedClock(Date.now() + YEAR));
    expect(await partitions()).to.deep.equal(before);
    expect(await remembered()).to.deep.equal(['k-0', 'm-0']);
  });

  it('remove what the database calls old, though the clock of this machine is a year behind', async () => {
    await remember(0);
    const young = await partitions();
    await remember(100);
    expect((await partitions()).length).to.be.greaterThan(young.length);
    await run(fixedClock(Date.now() - YEAR));
    expect(await partitions()).to.deep.equal(young);
    expect(await remembered()).to.deep.equal(['k-0', 'm-0']);
  });
});
