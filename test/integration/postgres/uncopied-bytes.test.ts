import { expect } from 'chai';
import { sendUncopied } from '../../../src/infrastructure/postgres/uncopied-bytes.ts';
import { migratedDatabase } from './postgres-fixture.ts';

const TABLE = 'create temporary table kept (name text, number integer unique, bytes bytea)';
const INSERT = 'insert into kept (name, number, bytes) values ($1, $2, $3)';

describe('bytes that go to PostgreSQL as they lie', () => {
  const { database } = migratedDatabase(2);
  const onOneClient = async (work: (client: Awaited<ReturnType<typeof connected>>) => Promise<void>) => {
    const client = await connected();
    try {
      await client.query(TABLE);
      await work(client);
    } finally {
      client.release(true);
    }
  };
  const connected = () => database().pool.connect();

  it('arrive whole, beside texts of any letters, and none at all as none', async () =>
    onOneClient(async (client) => {
      const bytes = Buffer.from(Array.from({ length: 700_001 }, (_, at) => at % 256));
      await sendUncopied(client, { text: INSERT, texts: ['Тошкент 🙂', '1'], bytes });
      await sendUncopied(client, { text: INSERT, texts: ['', '2'], bytes: bytes.subarray(5, 5) });
      const { rows } = await client.query('select name, number, bytes from kept order by number');
      expect(rows).to.deep.equal([
        { name: 'Тошкент 🙂', number: 1, bytes },
        { name: '', number: 2, bytes: Buffer.alloc(0) },
      ]);
    }));

  it('are refused as others are, and the connection serves whoever comes next', async () =>
    onOneClient(async (client) => {
      const statement = { text: INSERT, texts: ['one', '1'], bytes: Buffer.from('1') };
      const both = await Promise.allSettled([
        sendUncopied(client, statement),
        sendUncopied(client, statement),
        client.query('select count(*)::integer as kept from kept'),
      ]);
      expect(both.map(({ status }) => status)).to.deep.equal(['fulfilled', 'rejected', 'fulfilled']);
      expect(both[1]).to.have.nested.property('reason.code', '23505');
      expect(both[2]).to.have.deep.nested.property('value.rows', [{ kept: 1 }]);
    }));

  it('are lost with their connection, and whoever sent them hears of it', async () =>
    onOneClient(async (client) => {
      client.on('error', () => undefined);
      const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
      const sent = sendUncopied(client, {
        text: `${INSERT} returning pg_sleep(60)`,
        texts: ['one', '1'],
        bytes: Buffer.from('1'),
      });
      await database().pool.query('select pg_terminate_backend($1)', [rows[0]?.pid]);
      expect(await sent.catch((error: unknown) => error)).to.be.an('error');
    }));
});
