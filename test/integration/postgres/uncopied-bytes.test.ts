import { expect } from 'chai';
import { sendUncopied } from '../../../src/infrastructure/postgres/webhooks/uncopied-bytes.ts';
import { migratedDatabase } from './postgres-fixture.ts';

const TABLE = 'create temporary table kept (name text, number integer unique, bytes bytea)';
const INSERT = 'insert into kept (name, number, bytes) values ($1, $2, $3)';

describe('bytes that are sent to PostgreSQL without a copy', () => {
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

  it('arrive completely, in one piece or several, with texts in any script, and also when empty', async () =>
    onOneClient(async (client) => {
      const bytes = Buffer.from(Array.from({ length: 700_001 }, (_, at) => at % 256));
      const pieces = [
        bytes.subarray(0, 1),
        bytes.subarray(1, 1),
        bytes.subarray(1, 70_000),
        bytes.subarray(70_000),
      ];
      await sendUncopied(client, { text: INSERT, texts: ['Тошкент 🙂', '1'], bytes: [bytes] });
      await sendUncopied(client, { text: INSERT, texts: ['', '2'], bytes: [bytes.subarray(5, 5)] });
      await sendUncopied(client, { text: INSERT, texts: ['pieces', '3'], bytes: pieces });
      await sendUncopied(client, { text: INSERT, texts: ['none', '4'], bytes: [] });
      const { rows } = await client.query('select name, number, bytes from kept order by number');
      expect(rows).to.deep.equal([
        { name: 'Тошкент 🙂', number: 1, bytes },
        { name: '', number: 2, bytes: Buffer.alloc(0) },
        { name: 'pieces', number: 3, bytes },
        { name: 'none', number: 4, bytes: Buffer.alloc(0) },
      ]);
    }));

  it('return rows of text, with null where a value is missing', async () =>
    onOneClient(async (client) => {
      const text = `${INSERT} returning number, length(bytes), bytes = '\\x31', null`;
      const sent = sendUncopied(client, { text, texts: ['one', '7'], bytes: [Buffer.from('1')] });
      expect(await sent).to.deep.equal([['7', '1', 't', null]]);
    }));

  it('are abandoned after the time limit', async () =>
    onOneClient(async (client) => {
      client.on('error', () => undefined);
      const text = `${INSERT} returning pg_sleep(60)`;
      const statement = { text, texts: ['one', '1'], bytes: [Buffer.from('1')], query_timeout: 20 };
      const given = await sendUncopied(client, statement).catch((error: unknown) => error);
      expect(given).to.be.an('error').with.property('message', 'Query read timeout');
    }));

  it('fail like other statements, after which the connection can be used again', async () =>
    onOneClient(async (client) => {
      const statement = { text: INSERT, texts: ['one', '1'], bytes: [Buffer.from('1')] };
      const both = await Promise.allSettled([
        sendUncopied(client, statement),
        sendUncopied(client, statement),
        client.query('select count(*)::integer as kept from kept'),
      ]);
      expect(both.map(({ status }) => status)).to.deep.equal(['fulfilled', 'rejected', 'fulfilled']);
      expect(both[1]).to.have.nested.property('reason.code', '23505');
      expect(both[2]).to.have.deep.nested.property('value.rows', [{ kept: 1 }]);
    }));

  it('are lost with their connection, which fails the call', async () =>
    onOneClient(async (client) => {
      client.on('error', () => undefined);
      const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
      const sent = sendUncopied(client, {
        text: `${INSERT} returning pg_sleep(60)`,
        texts: ['one', '1'],
        bytes: [Buffer.from('1')],
      });
      await database().pool.query('select pg_terminate_backend($1)', [rows[0]?.pid]);
      expect(await sent.catch((error: unknown) => error)).to.be.an('error');
    }));
});
