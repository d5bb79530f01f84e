import { expect } from 'chai';
import { setTimeout as pause } from 'node:timers/promises';
import { Client } from 'pg';
import { freshDatabase } from '../support/postgres-server.ts';
import { seededRandom } from '../support/seeded-random.ts';
import { runEntryPoint, startService, type Environment } from '../support/service-process.ts';
import { shipped } from '../support/shipped.ts';
import { testFolder } from '../support/test-folder.ts';
import { eventually } from '../support/until.ts';

/**
 * Each round starts the service, applies some load, and kills it with kill -9 at a random moment. `npm run test:faults`
 * runs 50.
 */
const ROUNDS = Number(process.env['KILL_ROUNDS'] ?? '3');
const CALLERS = 8;
const TENANT = 'uk_company_1';
const ADDRESSES = ['Ташкент', 'Москва', 'Самарканд', 'Toshkent', 'Бухара', 'Нукус', 'Наманган', 'Фергана'];

type Target = {
  readonly environment: Environment;
  readonly databaseUrl: () => Promise<string>;
  readonly cleanUp: () => Promise<void>;
};

const SECRETS = {
  JWT_SECRET: 'a secret of thirty-two characters or more',
  ENCRYPTION_KEYS: `k1:${Buffer.alloc(32, 7).toString('base64')}`,
};

const embedded = async (): Promise<Target> => {
  const folder = await testFolder();
  return {
    environment: { ...SECRETS, DATA_DIR: folder.path, RATE_LIMIT_GEOCODING_PER_MINUTE: '0' },
    databaseUrl: async () => {
      const { runningEmbeddedUrl } = await import('../../src/infrastructure/embedded/running-embedded.ts');
      return (await runningEmbeddedUrl(`${folder.path}/postgres`)) ?? '';
    },
    cleanUp: async () => folder.remove(),
  };
};

const real = async (): Promise<Target> => {
  const [database, folder] = await Promise.all([freshDatabase(), testFolder()]);
  return {
    environment: {
      ...SECRETS,
      DATABASE_URL: database.url,
      DATA_DIR: folder.path,
      HOST: '127.0.0.1',
      RATE_LIMIT_GEOCODING_PER_MINUTE: '0',
    },
    databaseUrl: async () => database.url,
    cleanUp: () => database.drop().finally(folder.remove),
  };
};

/** Repeats calls until the service is gone; keeps the log id of every answer that was received completely. */
const caller = async (
  url: string,
  headers: Record<string, string>,
  random: () => number,
  received: Set<string>,
): Promise<void> => {
  for (;;) {
    try {
      const address = ADDRESSES[Math.floor(random() * ADDRESSES.length)];
      const answer = await fetch(`${url}/geocoding/geocode`, {
        method: 'POST',
        headers,
        body: JSON.stringify({ address }),
      });
      const body = (await answer.json()) as { meta?: { log_id?: string } };
      const logId = answer.headers.get('x-integration-log-id');
      if (logId !== null && body.meta?.log_id === logId) received.add(logId);
    } catch {
      return;
    }
  }
};

const missingFrom = async (url: string, received: ReadonlySet<string>): Promise<readonly string[]> => {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ id: string }>(
      'select r.id from unnest($1::uuid[]) r (id) where not exists (select from integration_logs l where l.id = r.id)',
      [[...received]],
    );
    return rows.map(({ id }) => id);
  } finally {
    await client.end();
  }
};

const survives = (name: string, target: () => Promise<Target>, seed: number): void => {
  it(`keeps every received answer in the trail, on ${name}, over ${ROUNDS} kills`, async function () {
    this.timeout(60_000 + ROUNDS * 15_000);
    const { environment, databaseUrl, cleanUp } = await target();
    const random = seededRandom(seed);
    const received = new Set<string>();
    try {
      const token = (
        await runEntryPoint('src/token.ts', ['--tenant', TENANT, '--admin'], environment)
      ).stdout.trim();
      const headers = {
        authorization: `Bearer ${token}`,
        'x-management-company-id': TENANT,
        'content-type': 'application/json',
      };
      for (let round = 0; round < ROUNDS; round += 1) {
        const service = await startService(environment);
        if (round === 0) await registered(service.url, headers);
        const before = received.size;
        const callers = Array.from({ length: CALLERS }, () => caller(service.url, headers, random, received));
        await Promise.all([
          pause(50 + random() * 400),
          // Otherwise the round would show nothing.
          eventually('an answer', async () => received.size > before || undefined),
        ]);
        await service.kill();
        await Promise.all(callers);
      }
      const last = await startService(environment);
      expect(received.size).to.be.at.least(ROUNDS);
      await shipped(last);
      expect(await missingFrom(await databaseUrl(), received)).to.deep.equal([]);
      expect(await last.stop()).to.equal(0);
    } finally {
      await cleanUp();
    }
  });
};

/** The embedded default already has its gazetteer; a configured database starts without services. */
const registered = async (url: string, headers: Record<string, string>): Promise<void> => {
  const body = JSON.stringify({ service_name: 'gazetteer', service_type: 'geocoding' });
  const answer = await fetch(`${url}/services`, { method: 'POST', headers, body });
  expect(answer.status).to.be.oneOf([201, 409]);
};

describe('kill -9 under load', () => {
  survives('the embedded PostgreSQL', embedded, 1);
  survives('a PostgreSQL of its own', real, 2);
});
