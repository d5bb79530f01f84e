import { expect } from 'chai';
import { Client, type QueryResultRow } from 'pg';
import { openPool } from '../../src/infrastructure/postgres/connection/open-pool.ts';
import type { ApiClient } from '../support/api-client.ts';
import { registerGoogle, startGateway, type Gateway } from '../support/gateway.ts';
import { SERVER_CONNECTIONS, startPgbouncer, type Pgbouncer } from '../support/pgbouncer.ts';
import { freshDatabase, type FreshDatabase } from '../support/postgres-server.ts';
import { registerWebhook, send } from '../support/sending-webhook.ts';
import { startService } from '../support/service-process.ts';
import { appendRows, aSpreadsheet, keyed, registerUnlimitedSheets } from '../support/sheets-gateway.ts';
import { github } from '../support/signing-senders.ts';
import { skipBecause } from '../support/skip-because.ts';
import { until } from '../support/until.ts';

const TENANTS = ['bouncer-1', 'bouncer-2', 'bouncer-3'] as const;
const EACH = 30;

describe('A service behind PgBouncer in transaction mode', function () {
  this.timeout(180_000);
  let bouncer: Pgbouncer;
  let database: FreshDatabase;
  let owner: Client;
  let gateway: Gateway;
  let missing: string | undefined;

  before(async () => {
    database = await freshDatabase();
    try {
      bouncer = await startPgbouncer(database.url);
    } catch (error) {
      missing = error instanceof Error ? error.message : String(error);
      return database.drop();
    }
    owner = new Client({ connectionString: database.url, application_name: 'end-to-end test' });
    await owner.connect();
    const environment = {
      DATABASE_URL: bouncer.url,
      RATE_LIMIT_WEBHOOKS_PER_MINUTE: '0',
      RATE_LIMIT_SHEETS_PER_MINUTE: '0',
    };
    gateway = await startGateway(environment);
    const second = await startService(gateway.environment);
    expect(await second.stop()).to.equal(0);
  });
  beforeEach(function () {
    if (missing !== undefined) skipBecause(this, missing);
  });
  after(async () => {
    if (missing !== undefined) return;
    await gateway.stop();
    await owner.end();
    await bouncer.stop();
    await database.drop();
  });

  const rows = async <R extends QueryResultRow>(text: string): Promise<readonly R[]> =>
    (await owner.query<R>(text)).rows;

  const clients = (): Promise<readonly ApiClient[]> =>
    Promise.all(TENANTS.map((tenant) => gateway.administrator(tenant)));

  it('answers, writes the trail, and shows each tenant its own data only', async () => {
    const all = await clients();
    for (const api of all) await registerGoogle(api, gateway.sandbox);
    const asked = all.flatMap((api) =>
      Array.from({ length: EACH }, (_, n) =>
        api.post('/geocoding/geocode', { address: `Ташкент, улица Навои, ${n}` }),
      ),
    );
    const answers = await Promise.all(asked);
    expect(new Set(answers.map(({ status }) => status))).to.deep.equal(new Set([200]));
    const written = () =>
      rows<{ tenant: string; calls: number }>(
        `select management_company_id as tenant, count(*)::int as calls from integration_logs group by 1 order by 1`,
      );
    const trail = await until(
      written,
      (seen) => seen.length === TENANTS.length && seen.every(({ calls }) => calls === EACH),
    );
    expect(trail).to.deep.equal(TENANTS.map((tenant) => ({ tenant, calls: EACH })));
    for (const api of all) {
      const page = await api.get<{ data: readonly { management_company_id: string }[] }>('/logs?limit=100');
      expect(page.body.data.map((row) => row.management_company_id)).to.deep.equal(
        Array.from({ length: EACH }, () => api.tenant),
      );
    }
  });

  it('accepts deliveries once, and publishes the events of all of them', async () => {
    const hook = await registerWebhook(gateway, 'github', {}, TENANTS[0]);
    const deliveries = Array.from({ length: EACH }, (_, n) =>
      github(hook, `{"number":${n}}`, { 'x-github-event': 'issues' }),
    );
    const replies = await Promise.all([...deliveries, ...deliveries].map((one) => send(hook.url, one)));
    expect(new Set(replies.map(({ status }) => status))).to.deep.equal(new Set([200]));
    const [kept] = await rows<{ n: number }>('select count(*)::int as n from webhook_deliveries');
    expect(kept?.n).to.equal(EACH);
    const waiting = () => rows<{ n: number }>('select count(*)::int as n from outbox_messages');
    await until(waiting, ([seen]) => seen?.n === 0);
  });

  it('appends once under a key, one writer at a time', async () => {
    const [api] = await clients();
    if (api === undefined) throw new Error('no tenant');
    const email = await registerUnlimitedSheets(api, gateway.sandbox);
    const sheet = aSpreadsheet(gateway.sandbox, email);
    const append = (n: number) =>
      appendRows(api, sheet, 'Sheet1', { values: [[n]] }, keyed(`key-${n}`)).then(({ status }) => status);
    const numbers = Array.from({ length: EACH }, (_, n) => n);
    const first = await Promise.all(numbers.map(append));
    const again = await Promise.all(numbers.map(append));
    expect(new Set([...first, ...again])).to.deep.equal(new Set([200]));
    expect(gateway.sandbox.sheets.rows(sheet, 'Sheet1', 'UNFORMATTED_VALUE')).to.have.length(EACH);
  });

  it('continues while PgBouncer is replaced: no caller notices, and the trail has every call', async () => {
    const [api] = await clients();
    if (api === undefined) throw new Error('no tenant');
    const statuses: number[] = [];
    const ids = new Set<string | null>();
    let going = true;
    const caller = async (n: number): Promise<void> => {
      while (going) {
        const { status, headers } = await api.askOnce('POST', '/geocoding/geocode', {
          body: { address: `Ташкент, улица Навои, ${n}` },
        });
        statuses.push(status);
        ids.add(headers.get('x-integration-log-id'));
      }
    };
    const callers = Array.from({ length: 8 }, (_, n) => caller(n));
    const after = async (count: number): Promise<void> => {
      const seen = statuses.length;
      await until(
        async () => statuses.length,
        (now) => now >= seen + count,
      );
    };
    for (let time = 0; time < 3; time += 1) {
      await after(100);
      await bouncer.replace();
    }
    await after(100);
    going = false;
    await Promise.all(callers);
    expect(new Set(statuses)).to.deep.equal(new Set([200]));
    const kept = () =>
      rows<{ n: number }>(
        `select count(*)::int as n from integration_logs where id::text = any('{${[...ids].join()}}')`,
      );
    expect((await until(kept, ([seen]) => seen?.n === ids.size))[0]?.n).to.equal(statuses.length);
  });

  it("uses the database under the server's name for it, and creates none under PgBouncer's name", async () => {
    expect(await rows(`select from pg_database where datname = '${bouncer.database}'`)).to.deep.equal([]);
  });

  it('shares few server connections, and leaves no role or tenant set on any of them', async () => {
    const used = await rows<{ n: number }>(
      `select count(*)::int as n from pg_stat_activity
       where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'`,
    );
    expect(used[0]?.n).to.be.within(1, SERVER_CONNECTIONS);
    const pool = openPool({ connectionString: bouncer.url, max: SERVER_CONNECTIONS }, () => undefined);
    const found = await Promise.all(
      Array.from({ length: 10 * SERVER_CONNECTIONS }, () =>
        pool.query<{ same: boolean; tenant: string | null }>(
          `select current_user = session_user as same, nullif(current_setting('app.tenant', true), '') as tenant`,
        ),
      ),
    );
    await pool.end();
    for (const { rows: seen } of found) expect(seen).to.deep.equal([{ same: true, tenant: null }]);
  });
});
