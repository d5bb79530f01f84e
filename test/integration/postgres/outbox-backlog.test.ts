import { expect } from 'chai';
import {
  dropOldRefusals,
  outboxBacklog,
} from '../../../src/infrastructure/postgres/outbox/outbox-backlog.ts';
import { queryAsSystem } from '../../../src/infrastructure/postgres/tenant-session.ts';
import { migratedDatabase } from './postgres-fixture.ts';
import { mostVisits } from './most-visits.ts';
import { emptyTrail } from './trail-fixture.ts';

describe('the backlog of the outbox', () => {
  const { database } = migratedDatabase(2);
  beforeEach(() => emptyTrail(database()));

  const write = (count: number, ageSeconds = 0, attempts = 0) =>
    queryAsSystem(
      database(),
      `insert into outbox_messages (messages, created_at, attempts)
       select '[]', now() - make_interval(secs => $2), $3 from generate_series(1, $1)`,
      [count, ageSeconds, attempts],
    );

  it('is zero when nothing waits', async () => {
    const nothing = { rows: 0, setAside: 0, oldestAgeSeconds: 0, oldestAttempts: 0 };
    expect(await outboxBacklog(database())).to.deep.equal(nothing);
  });

  it('counts waiting and set-aside events, and is as old as the oldest that waits', async () => {
    await write(2, 3_600, -1);
    await write(1, 60);
    await write(2, 10, 3);
    const { rows, setAside, oldestAgeSeconds } = await outboxBacklog(database());
    expect({ rows, setAside }).to.deep.equal({ rows: 3, setAside: 2 });
    expect(oldestAgeSeconds).to.be.within(60, 90);
  });

  it('says how often the oldest that waits was sent in vain', async () => {
    await write(1, 3_600, -1);
    await write(1, 60, 7);
    await write(1, 10, 9);
    expect((await outboxBacklog(database())).oldestAttempts).to.equal(7);
  });

  it('estimates a large one from its ids, without counting all of it', async () => {
    await write(12_000);
    await queryAsSystem(
      database(),
      'delete from outbox_messages where id in (select id from outbox_messages order by id limit 500)',
      [],
    );
    expect((await outboxBacklog(database())).rows).to.equal(11_500);
  });

  // No step of the plan may read more rows than the query counts: alerts use these numbers, and the scrape that collects
  // them times out after half a second.
  it('has the same cost however much waits', async () => {
    await write(30_000);
    await write(1, 0, -1);
    const most = await mostVisits(database().pool, (pool) => outboxBacklog({ pool }));
    expect(most).to.be.within(1, 10_000);
  });

  it("does not take another machine's clock difference for a negative age", async () => {
    await write(1, -30);
    expect((await outboxBacklog(database())).oldestAgeSeconds).to.equal(0);
  });

  it('deletes what was set aside long ago, never what waits', async () => {
    const day = 86_400;
    await write(1, 91 * day, -1);
    await write(1, 89 * day, -1);
    await write(1, 91 * day);
    await dropOldRefusals(database(), 90);
    expect(await outboxBacklog(database())).to.include({ rows: 1, setAside: 1 });
  });
});
