import { expect } from 'chai';
import { Client } from 'pg';
import { registerGoogle, startGateway, type Gateway } from '../support/gateway.ts';

describe('A start while the database is dumped', () => {
  let gateway: Gateway;
  let dump: Client;
  before(async () => {
    gateway = await startGateway();
    dump = new Client({ connectionString: gateway.databaseUrl });
    await dump.connect();
  });
  after(async () => {
    await dump.end();
    await gateway.stop();
  });

  it('does not fail for lack of a partition, which is created later', async () => {
    const newest = `select inhrelid::regclass::text as name from pg_inherits
      where inhparent = 'integration_logs'::regclass and inhrelid <> 'integration_logs_default'::regclass
      order by 1 desc limit 1`;
    const [day] = await gateway.sql<{ name: string }>(newest);
    await gateway.sql(`drop table ${day?.name}`);
    // As pg_dump locks every table for its whole duration.
    await dump.query('begin; lock table integration_logs_default in access share mode');
    await gateway.restart('stop');
    expect(gateway.output()).to.contain('partitions are in use');
    const api = await gateway.administrator('main');
    await registerGoogle(api, gateway.sandbox);
    expect((await api.post('/geocoding/geocode', { address: 'Ташкент, улица Навои, 1' })).status).to.equal(
      200,
    );
    await dump.query('rollback');
    await gateway.restart('stop');
    expect(await gateway.sql<{ name: string }>(newest)).to.deep.equal([day]);
  });
});
