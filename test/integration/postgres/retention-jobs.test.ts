import { expect } from 'chai';
import type { Pool } from 'pg';
import { retentionJobs } from '../../../src/infrastructure/container/retention-jobs.ts';
import { DatabaseClock } from '../../../src/infrastructure/postgres/connection/database-clock.ts';
import { ensureAllPartitions } from '../../../src/infrastructure/postgres/partitions/ensure-partitions.ts';
import { asSystem } from '../../../src/infrastructure/postgres/tenant-session.ts';
import { fixedClock, type FixedClock } from '../../support/fixed-clock.ts';
import { recordingLogger } from '../../support/recording-logger.ts';
import { migratedDatabase } from './postgres-fixture.ts';

const DAY = 86_400_000;
const YEAR = 366 * DAY;
const CONFIG = { logRetentionDays: 90, idempotencyHours: 24 };

describe('retention jobs', () => {
  const { database } = migratedDatabase(4);
  const asOwner = async (text: string) => (await asSystem(database(), (session) => session.query(text))).rows;
  const partitions = async (): Promise<readonly string[]> =>
    (
      await database().pool.query<{ name: string }>(
        `select inhrelid::regclass::text as name from pg_inherits
         where inhparent in ('integration_logs'::regclass, 'webhook_deliveries'::regclass) order by 1`,
      )
    ).rows.map(({ name }) => name);

  /** Adds a row last used this many days ago, by the clock of the database. */
  const remember = async (daysAgo: number): Promise<void> => {
    const then = `now() - interval '${daysAgo} days'`;
    await ensureAllPartitions({ database: database(), clock: fixedClock(Date.now() - daysAgo * DAY) });
    await asOwner(`insert into idempotency_keys
      (management_company_id, key, fingerprint, mark, lease_id, leased_until, used_at)
      values ('uk_company_1', 'k-${daysAgo}', repeat('a', 64), ${daysAgo + 1}, gen_random_uuid(), now(), ${then})`);
    await asOwner(`insert into command_receipts
      (management_company_id, message_id, type, body_hash, lease_id, leased_until, received_at)
      values ('uk_company_1', 'm-${daysAgo}', 't', 'h', gen_random_uuid(), now(), ${then})`);
    await asOwner(`insert into spreadsheet_versions (spreadsheet, version, unsettled_until)
      values ('v-${daysAgo}', 1, ${then})`);
  };
  const remembered = async (): Promise<readonly unknown[]> =>
    (
      await asOwner(
        `select key as id from idempotency_keys union all select message_id from command_receipts
         union all select encode(spreadsheet, 'escape') from spreadsheet_versions order by 1`,
      )
    ).map((row: { readonly id: string }) => row.id);

  const clockIn = (process: FixedClock): DatabaseClock =>
    new DatabaseClock({ database: database(), clock: process, sleep: process.sleep });
  /** Runs each job once, in a process whose wall clock differs. Returns the failures with their reasons. */
  const run = async (process: FixedClock): Promise<object> => {
    const clock = clockIn(process);
    await clock.look();
    return runBy(clock);
  };
  const runBy = async (clock: DatabaseClock): Promise<object> => {
    const failures: Record<string, string> = {};
    for (const { name, run } of retentionJobs({
      database: database(),
      clock,
      config: CONFIG,
      logger: recordingLogger(),
    }))
      await run().catch((error: Error) => void (failures[name] = error.message));
    return failures;
  };

  beforeEach(async () => {
    await asOwner('delete from idempotency_keys');
    await asOwner('delete from command_receipts');
    await asOwner('delete from spreadsheet_versions');
    await asOwner('delete from outbox_messages');
    await asOwner('delete from service_tokens');
    await asOwner('delete from api_rate_limits');
  });

  it('run within two minutes of the start, five seconds apart, so that a replica needs one connection for them', () => {
    const jobs = retentionJobs({
      database: database(),
      clock: clockIn(fixedClock()),
      config: CONFIG,
      logger: recordingLogger(),
    });
    const first = jobs.map(({ everyMs, firstAfterMs = everyMs }) => firstAfterMs);
    expect(Math.max(...first)).to.be.at.most(120_000);
    expect(first.slice(1).map((at, place) => at - (first[place] ?? 0))).to.deep.equal(
      jobs.slice(1).map(() => 5_000),
    );
  });

  it("keep what is recent by the database's clock, though this machine's clock is a year ahead", async () => {
    await remember(0);
    const before = await partitions();
    expect(await run(fixedClock(Date.now() + YEAR))).to.deep.equal({});
    expect(await partitions()).to.deep.equal(before);
    expect(await remembered()).to.deep.equal(['k-0', 'm-0', 'v-0']);
  });

  it("delete nothing, and report it, until the database's time is known", async () => {
    await remember(0);
    const before = await partitions();
    const process = fixedClock(Date.now() + YEAR);
    const silent = { query: () => Promise.reject(new Error('no connection')) } as unknown as Pool;
    const clock = new DatabaseClock({ database: { pool: silent }, clock: process, sleep: process.sleep });
    const failures = await runBy(clock);
    expect(new Set(Object.values(failures))).to.deep.equal(
      new Set(['the time of the database is unknown: nothing can be deleted by its age']),
    );
    expect(await partitions()).to.deep.equal(before);
    expect(await remembered()).to.deep.equal(['k-0', 'm-0', 'v-0']);
  });

  it('have events retried that an older program could not read, but none that the bus refused', async () => {
    await asOwner(`insert into outbox_messages (messages, attempts, last_error)
      values ('[1]', -1, 'not a JSON array'), ('[2]', -1, 'too large')`);
    expect(await run(fixedClock(Date.now()))).to.deep.equal({});
    expect(await asOwner('select messages, attempts from outbox_messages order by id')).to.deep.equal([
      { messages: '[1]', attempts: 0 },
      { messages: '[2]', attempts: -1 },
    ]);
  });

  it("delete what is old by the database's clock, though this machine's clock is a year behind", async () => {
    await remember(0);
    const young = await partitions();
    await remember(100);
    expect((await partitions()).length).to.be.greaterThan(young.length);
    expect(await run(fixedClock(Date.now() - YEAR))).to.deep.equal({});
    expect(await partitions()).to.deep.equal(young);
    expect(await remembered()).to.deep.equal(['k-0', 'm-0', 'v-0']);
  });

  const momentOf = (fromNow?: string): string =>
    fromNow === undefined ? 'null' : `now() + interval '${fromNow}'`;
  const issue = (name: string, ends: { readonly revoked?: string; readonly expires?: string }) =>
    asOwner(`insert into service_tokens (id, management_company_id, name, tenants, scopes, token_hash, token_hint,
        created_at, created_by, revoked_at, expires_at)
      values (gen_random_uuid(), 'uk_company_1', '${name}', '{uk_company_1}', '{geocoding}', '${name}', 'hint',
        now() - interval '200 days', 'admin-1', ${momentOf(ends.revoked)}, ${momentOf(ends.expires)})`);
  const tokens = async () =>
    (await asOwner('select name from service_tokens order by 1')).map(
      (row: { readonly name: string }) => row.name,
    );

  it('delete tokens that ended so long ago that the trail no longer refers to them, and no others', async () => {
    await issue('of no end', {});
    await issue('to end', { expires: '1 day' });
    await issue('just ended', { expires: '-89 days', revoked: '-89 days' });
    await issue('revoked', { revoked: '-91 days' });
    await issue('expired', { expires: '-91 days' });
    await issue('revoked before its end', { revoked: '-91 days', expires: '1 day' });
    expect(await run(fixedClock())).to.deep.equal({});
    expect(await tokens()).to.deep.equal(['just ended', 'of no end', 'to end']);
  });

  it('delete quota windows unused for longer than the longest window, 31 days', async () => {
    for (const days of [0, 31, 33])
      await asOwner(`insert into api_rate_limits (management_company_id, subject_id, service_name, window_type,
          window_start, window_end, request_count, max_requests, remaining_requests, is_rate_limited, updated_at)
        values ('uk_company_1', 'tenant:${days}', 'geocoding', 'month', now(), now(), 1, 9, 8, false,
          now() - interval '${days} days')`);
    expect(await run(fixedClock())).to.deep.equal({});
    const left = await asOwner('select subject_id from api_rate_limits order by 1');
    expect(left).to.deep.equal([{ subject_id: 'tenant:0' }, { subject_id: 'tenant:31' }]);
  });

  it('report a job by name when a long reader blocks it, and run the others', async () => {
    await remember(0);
    const young = await partitions();
    await remember(100);
    const old = (await partitions()).filter((name) => !young.includes(name));
    await asOwner(`insert into webhook_rejection_counts (management_company_id, webhook_id, minute, unlisted)
      values ('uk_company_1', gen_random_uuid(), now() - interval '100 days', 1)`);
    const reader = await database().pool.connect();
    await reader.query('begin; lock table integration_logs, webhook_deliveries in access share mode');
    const first = (table: string) => old.find((name) => name.startsWith(table));
    const told = (table: string) => `in use, to be dropped later: ${first(table)} and 3 more`;
    expect(await run(fixedClock())).to.deep.equal({
      retention: told('integration_logs'),
      'webhook-retention': told('webhook_deliveries'),
    });
    expect(await remembered()).to.deep.equal(['k-0', 'm-0', 'v-0']);
    expect(await asOwner('select from webhook_rejection_counts')).to.deep.equal([]);
    await reader.query('rollback');
    reader.release();
    expect(await run(fixedClock())).to.deep.equal({});
    expect(await partitions()).to.deep.equal(young);
  });
});
