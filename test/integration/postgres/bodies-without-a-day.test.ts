import { expect } from 'chai';
import { deliveryTables } from '../../../src/infrastructure/postgres/partitions/daily-tables.ts';
import { dropOldPartitions } from '../../../src/infrastructure/postgres/partitions/drop-old-partitions.ts';
import { ensurePartitions } from '../../../src/infrastructure/postgres/partitions/ensure-partitions.ts';
import { asSystem } from '../../../src/infrastructure/postgres/tenant-session.ts';
import { TENANT } from '../../support/an-external-service.ts';
import { fixedClock } from '../../support/fixed-clock.ts';
import { migratedDatabase } from './postgres-fixture.ts';

const NOW = Date.parse('2026-11-22T12:00:00Z');
const LONG_AGO = NOW - 100 * 86_400_000;
const MIB = 1024 * 1024;

const columns = {
  webhook_deliveries: `(webhook_id, source_service, body_sha256, raw_size, auth_method, auth_level, request_id, state,
    id, management_company_id, received_at, raw_body) select gen_random_uuid(), 'github', 'x', 0, 'none', 'none', 'r', 'accepted'`,
  webhook_body_parts: `(part, delivery_id, management_company_id, received_at, bytes) select 0`,
} as const;

describe('bodies of webhooks that are in the default partition', () => {
  const { database } = migratedDatabase(4);
  const on = (now: number) => ({ database: database(), clock: fixedClock(now) });

  for (const table of deliveryTables) {
    const keep = (count: number, mebibytes: number, receivedAt: number) =>
      asSystem(database(), (session) =>
        session.query(
          `insert into ${table.name} ${columns[table.name as keyof typeof columns]}, gen_random_uuid(), $1, $2,
             decode(repeat('ab', $3), 'hex') from generate_series(1, $4)`,
          [TENANT, new Date(receivedAt), mebibytes * MIB, count],
        ),
      );

    it(`of ${table.name} stay there when they are too large to move under a lock`, async () => {
      await keep(9, 4, NOW);
      const { created, leftInDefault } = await ensurePartitions(on(NOW), table);
      expect(leftInDefault).to.deep.equal([`${table.name}_20261122`]);
      expect(created).to.have.length(3);
      await keep(7, 4, NOW + 4 * 86_400_000);
      expect(await ensurePartitions(on(NOW + 86_400_000), table)).to.deep.equal({
        created: [`${table.name}_20261126`],
        leftInDefault: [],
      });
    });

    it(`of ${table.name} are deleted when old, a limited number of bytes at a time`, async () => {
      await database().pool.query(`
        truncate ${table.name};
        create table turns (bytes bigint);
        create function note_turn() returns trigger language plpgsql security definer as $$ begin
          insert into turns select sum(octet_length(${table.bulk})) from gone; return null; end $$;
        create trigger note_turn after delete on ${table.name} referencing old table as gone
          for each statement execute function note_turn()`);
      try {
        await keep(20, 4, LONG_AGO);
        await keep(3, 0, LONG_AGO);
        const { deletedFromDefault } = await dropOldPartitions(on(NOW), 30, table);
        expect(deletedFromDefault).to.equal(23);
        const { rows } = await database().pool.query<{ mebibytes: number }>(
          `select (bytes / ${MIB})::int as mebibytes from turns where bytes is not null`,
        );
        expect(rows.map(({ mebibytes }) => mebibytes)).to.deep.equal([64, 16]);
      } finally {
        await database().pool.query('drop function note_turn() cascade; drop table turns');
      }
    });
  }
});
