// The same answer with hand-written code: Express, node-geocoder and one INSERT per request, without cache, quota or
// fallback.
import express from 'express';
import { createRequire } from 'node:module';
import { randomUUID } from 'node:crypto';
import { Pool } from 'pg';
import { startEmbeddedPostgres } from '../../src/infrastructure/embedded/embedded-postgres.ts';
import { answerParent } from '../rig/child.ts';
import { listening } from './listening.ts';

type Wish = { readonly dataDir: string; readonly googleUrl: string };
type Place = { readonly formattedAddress?: string; readonly latitude?: number; readonly longitude?: number };
type Geocoder = { readonly geocode: (query: { readonly address: string }) => Promise<readonly Place[]> };
type MakeGeocoder = (options: {
  readonly provider: 'google';
  readonly apiKey: string;
  readonly language: string;
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
}) => Geocoder;

/** The package has no types. */
const makeGeocoder = createRequire(import.meta.url)('node-geocoder') as MakeGeocoder;
const GOOGLE = 'https://maps.googleapis.com/maps/api';
const CONNECTIONS = 10;

const TABLE = `create table calls (
  id uuid primary key, tenant text not null, address text not null, response jsonb not null,
  status integer not null, duration_ms integer not null, created_at timestamptz not null default now())`;
const INSERT =
  'insert into calls (id, tenant, address, response, status, duration_ms) values ($1, $2, $3, $4, $5, $6)';

let stop = (): Promise<void> => Promise.resolve();

answerParent(
  async ({ dataDir, googleUrl }: Wish) => {
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
    // Node's fetch keeps connections alive; node-geocoder's own client does not.
    const geocoder = makeGeocoder({
      provider: 'google',
      apiKey: 'SANDBOX-BENCH',
      language: 'ru',
      fetch: (url, init) => fetch(url.replace(GOOGLE, googleUrl), init),
    });
    return listening(appWith(geocoder, pool));
  },
  () => stop(),
);

const appWith = (geocoder: Geocoder, pool: Pool) => {
  const app = express();
  app.use(express.json());
  app.post('/geocoding/geocode', async (req, res) => {
    const started = performance.now();
    const { address } = req.body as { readonly address: string };
    const matches = await geocoder.geocode({ address });
    const id = randomUUID();
    const data = JSON.stringify({ matches });
    const duration = Math.round(performance.now() - started);
    await pool.query(INSERT, [id, req.get('X-Management-Company-Id'), address, data, 200, duration]);
    res.json({ data: { matches }, meta: { provider: 'google_maps', log_id: id } });
  });
  return app;
};
