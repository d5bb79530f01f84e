// The least work that stores a delivery: Express, the body as bytes and one INSERT with its commit per request. No
// verification, no limit, no detection of repeats, no event.
import express from 'express';
import { randomUUID } from 'node:crypto';
import { Pool } from 'pg';
import { startEmbeddedPostgres } from '../../src/infrastructure/embedded/embedded-postgres.ts';
import { answerParent } from '../rig/child.ts';
import { listening } from './listening.ts';

const CONNECTIONS = 10;

const TABLE = `create table deliveries (
  id uuid primary key, event text, external_id text, body bytea not null,
  received_at timestamptz not null default now())`;
const INSERT = 'insert into deliveries (id, event, external_id, body) values ($1, $2, $3, $4)';

let stop = (): Promise<void> => Promise.resolve();

answerParent(
  async (dataDir: string) => {
    // The service's own PostgreSQL with its settings, synchronous_commit on: only the written data differ.
    const postgres = await startEmbeddedPostgres({ dataDir });
    const pool = new Pool({ connectionString: postgres.url, max: CONNECTIONS });
    // `end` of the pool does not wait for its connections, so the server terminates some of them.
    pool.on('connect', (client) => client.on('error', () => undefined));
    pool.on('error', () => undefined);
    stop = async () => {
      await pool.end();
      await postgres.stop();
    };
    await pool.query(TABLE);
    return listening(appWith(pool));
  },
  () => stop(),
);

const appWith = (pool: Pool) => {
  const app = express();
  app.use(express.raw({ type: 'application/json', limit: '25mb' }));
  app.post('/webhooks/in/:token', async (req, res) => {
    const values = [randomUUID(), req.get('X-GitHub-Event'), req.get('X-GitHub-Delivery'), req.body];
    await pool.query(INSERT, values);
    res.json({ ok: true });
  });
  return app;
};
