import { expect } from 'chai';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import type { TenantId } from '../../../src/domain/shared/tenant-context.ts';
import { openDatabase, poolConfig, type Database } from '../../../src/infrastructure/postgres/database.ts';
import { openPool } from '../../../src/infrastructure/postgres/connection/open-pool.ts';
import { postgresHealth } from '../../../src/infrastructure/postgres/postgres-health.ts';
import {
  asSystem,
  inTenant,
  queryAsSystem,
  queryInTenant,
  readInTenant,
  readPageInTenant,
} from '../../../src/infrastructure/postgres/tenant-session.ts';
import { OTHER_TENANT, TENANT } from '../../support/an-external-service.ts';
import { fixedClock } from '../../support/fixed-clock.ts';
import { until } from '../../support/until.ts';
import { migratedDatabase } from './postgres-fixture.ts';

const WHO = `select current_user as role, app_tenant() as tenant, current_setting('statement_timeout') as patience`;

const rejectionOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'it did not reject',
    (error: unknown) => String(error),
  );

describe('a PostgreSQL database', () => {
  const { database, url } = migratedDatabase(1);

  it('is reconnected to every minute, however busy, since its name may lead elsewhere or it may be writable again', async function () {
    this.timeout(15_000);
    expect(poolConfig(url()).maxLifetimeSeconds).to.be.within(1, 60);
    const name = new URL(url()).pathname.slice(1);
    const set = (what: string) =>
      database().pool.query(`begin read write; alter database ${name} ${what}; commit`);
    const pool = openPool({ ...poolConfig(url()), max: 1, maxLifetimeSeconds: 1 }, () => undefined);
    const readOnly = async () => {
      const { rows } = await pool.query<{ read_only: string }>(
        `select current_setting('transaction_read_only') as read_only`,
      );
      return rows[0]?.read_only;
    };
    try {
      await set('set default_transaction_read_only = on');
      expect(await readOnly()).to.equal('on');
    } finally {
      await set('reset default_transaction_read_only');
    }
    await until(readOnly, (found) => found === 'off');
    await pool.end();
  });

  describe('in a session', () => {
    it('has the application role, the tenant and the time limit, all reset afterwards', async () => {
      const { rows: before } = await database().pool.query(WHO);
      const seen = await inTenant(database(), TENANT, (session) => session.query(WHO));
      expect(seen.rows).to.deep.equal([{ role: 'integration_app', tenant: TENANT, patience: '15s' }]);
      const short = await queryInTenant(database(), OTHER_TENANT, WHO, []);
      expect(short.rows).to.deep.equal([{ role: 'integration_app', tenant: OTHER_TENANT, patience: '15s' }]);
      const across = [{ role: 'integration_system', tenant: null, patience: '15s' }];
      expect((await asSystem(database(), (session) => session.query(WHO))).rows).to.deep.equal(across);
      expect((await queryAsSystem(database(), WHO, [])).rows).to.deep.equal(across);
      expect((await database().pool.query(WHO)).rows).to.deep.equal(before);
    });

    it('compiles no plan (JIT), whatever the server is set to, since no time limit interrupts that', async () => {
      const JIT = `select current_setting('jit') as jit`;
      // The pool has one connection.
      await database().pool.query('set jit = on');
      try {
        const seen = [
          await inTenant(database(), TENANT, (session) => session.query(JIT)),
          await asSystem(database(), (session) => session.query(JIT)),
          await queryInTenant(database(), TENANT, JIT, []),
          await readInTenant(database(), TENANT, JIT, []),
          await readPageInTenant(database(), TENANT, JIT, []),
          await queryAsSystem(database(), JIT, []),
          await queryAsSystem(database(), JIT, [], 1_000),
        ];
        expect(seen.map(({ rows }) => rows)).to.deep.equal(Array(7).fill([{ jit: 'off' }]));
        expect((await database().pool.query(JIT)).rows).to.deep.equal([{ jit: 'on' }]);
      } finally {
        await database().pool.query('reset jit');
      }
    });

    it('accepts any text as a tenant', async () => {
      const hostile = `x', true); reset role; select ('\\'` as TenantId;
      const { rows } = await queryInTenant(database(), hostile, WHO, []);
      expect(rows).to.deep.equal([{ role: 'integration_app', tenant: hostile, patience: '15s' }]);
    });

    const addOutbox = 'insert into outbox_messages (management_company_id, messages) values ($1, $2)';
    const outboxCount = async () => (await database().pool.query('select 1 from outbox_messages')).rowCount;

    it('commits when its work resolves', async () => {
      await inTenant(database(), TENANT, (session) => session.query(addOutbox, [TENANT, '[]']));
      await queryInTenant(database(), TENANT, addOutbox, [TENANT, '[]']);
      expect(await outboxCount()).to.equal(2);
    });

    it('rolls back when its work rejects, passes the error on, and the connection can be used again', async () => {
      const bug = new TypeError('a bug');
      const work = inTenant(database(), TENANT, async (session) => {
        await session.query(addOutbox, [TENANT, '[]']);
        throw bug;
      });
      expect(await work.catch((error: unknown) => error)).to.equal(bug);
      expect(await rejectionOf(queryInTenant(database(), TENANT, 'select 1 / 0', []))).to.match(
        /division by zero/,
      );
      expect(await outboxCount()).to.equal(0);
    });

    it('rejects when the error of a failed statement was ignored', async () => {
      const work = inTenant(database(), TENANT, async (session) => {
        await session.query(addOutbox, [TENANT, '[]']);
        await session.query('select 1 / 0').catch(() => 'ignored');
      });
      expect(await rejectionOf(work)).to.match(/rolled back/);
      expect(await outboxCount()).to.equal(0);
    });

    it('returns its place in the pool when the server cuts it', async () => {
      const pid = 'select pg_backend_pid() as pid';
      const work = inTenant(database(), TENANT, async (session) => {
        const { rows } = await session.query<{ pid: number }>(pid);
        const other = await openDatabase({ url: url(), migrate: false, poolSize: 1 });
        await other.pool.query('select pg_terminate_backend($1)', [rows[0]?.pid]);
        await other.close();
        await session.query(addOutbox, [TENANT, '[]']);
      });
      expect(await rejectionOf(work)).to.match(/terminat|not queryable/i);
      expect(await outboxCount()).to.equal(0);
    });
  });

  it('is opened under the name that Python siblings give it', async () => {
    const python = await openDatabase({
      url: `${url().replace(/^postgres(ql)?:/, 'postgresql+asyncpg:')}?ssl=disable&prepared_statement_cache_size=0`,
      migrate: true,
      poolSize: 1,
    });
    expect((await queryAsSystem(python, 'select 1 as one', [])).rows).to.deep.equal([{ one: 1 }]);
    await python.close();
  });

  it('survives and logs that the server cuts its idle connections', async () => {
    const warnings: string[] = [];
    let warned: () => void = () => undefined;
    const cut = new Promise<void>((resolve) => (warned = resolve));
    const logger = { warn: (message: string) => (warnings.push(message), warned()) };
    const idle = await openDatabase({ url: url(), migrate: false, poolSize: 1, logger });
    const { rows } = await idle.pool.query<{ pid: number }>('select pg_backend_pid() as pid');
    await database().pool.query('select pg_terminate_backend($1)', [rows[0]?.pid]);
    await cut;
    expect(warnings).to.have.lengthOf(1);
    expect((await idle.pool.query('select 1 as one')).rows).to.deep.equal([{ one: 1 }]);
    await idle.close();
  });

  it('can be closed twice, and waits for checked-out connections', async () => {
    const other = await openDatabase({ url: url(), migrate: false, poolSize: 2 });
    let finished = false;
    let close: Promise<unknown> | undefined;
    await inTenant(other, TENANT, async (session) => {
      close = Promise.all([other.close(), other.close()]).then(() => expect(finished).to.equal(true));
      await session.query(WHO);
      finished = true;
    });
    await close;
    expect(await rejectionOf(other.pool.query('select 1'))).to.match(/end/);
  });

  it('that does not exist makes opening reject, without its password', async () => {
    const work = openDatabase({
      url: 'postgresql://user:PLANTED@127.0.0.1:1/none',
      migrate: true,
      poolSize: 1,
    });
    const message = await rejectionOf(work);
    expect(message).to.match(/ECONNREFUSED/);
    expect(message).to.not.include('PLANTED');
  });

  describe('in the health report', () => {
    const clock = fixedClock();
    const check = (checked: Pick<Database, 'pool'>) =>
      postgresHealth({ database: checked, sleep: clock.sleep })();

    it('is ok when it answers', async () => {
      expect(await check(database())).to.deep.equal({ name: 'postgresql', required: false, status: 'ok' });
    });

    it('is down when it answers but has none of our tables', async () => {
      const bare = await openDatabase({ url: url(), migrate: false, poolSize: 1 });
      await bare.pool.query('alter table outbox_messages rename to elsewhere');
      const health = await check(bare);
      await bare.pool.query('alter table elsewhere rename to outbox_messages');
      await bare.close();
      expect(health).to.deep.equal({ name: 'postgresql', required: false, status: 'down', detail: '42P01' });
    });

    it('is degraded when it accepts no writes', async () => {
      const standby = await openDatabase({ url: url(), migrate: false, poolSize: 1 });
      await standby.pool.query('set default_transaction_read_only = on');
      const health = await check(standby);
      await standby.close();
      expect(health).to.deep.equal({
        name: 'postgresql',
        required: false,
        status: 'degraded',
        detail: 'read-only',
      });
    });

    it('is down after a second without an answer', async () => {
      const sockets: Socket[] = [];
      const silent = createServer((socket) => void sockets.push(socket));
      await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
      const { Pool } = await import('pg');
      const pool = new Pool({ host: '127.0.0.1', port: (silent.address() as AddressInfo).port });
      const asked = check({ pool });
      clock.advance(1_000);
      expect(await asked).to.deep.equal({
        name: 'postgresql',
        required: false,
        status: 'down',
        detail: 'no answer within 1000 ms',
      });
      for (const socket of sockets) socket.destroy();
      silent.close();
      await pool.end();
    });
  });
});
