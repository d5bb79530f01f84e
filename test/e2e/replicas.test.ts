import { expect } from 'chai';
import { Redis } from 'ioredis';
import type { Answer, ApiClient } from '../support/api-client.ts';
import { registerGoogle, registerYandex } from '../support/gateway.ts';
import { patientClient } from '../support/patient-client.ts';
import { eventually, until } from '../support/until.ts';
import { startReplicas, type Replicas } from '../support/replicas.ts';

const REPLICAS = 4;

type Reply = Answer<{ readonly meta: { readonly log_id: string } }>;

const geocode = (client: ApiClient, address: string): Promise<Reply> =>
  client.post('/geocoding/geocode', { address });

const statuses = (replies: readonly Reply[]): ReadonlySet<number> =>
  new Set(replies.map(({ status }) => status));

/** Sends `each` identical requests to every replica, all at once. */
const atAll = (clients: readonly ApiClient[], address: string, each: number): Promise<readonly Reply[]> =>
  Promise.all(clients.flatMap((client) => Array.from({ length: each }, () => geocode(client, address))));

describe('Replicas that share a Redis', () => {
  let replicas: Replicas;
  let tenants = 0;
  before(async () => {
    replicas = await startReplicas(REPLICAS, {
      // Timeouts long enough that an answer delayed by this machine is not requested again.
      ATTEMPT_TIMEOUT_MS: '15000',
      CALL_DEADLINE_MS: '30000',
    });
  });
  after(() => replicas.stop());
  beforeEach(() => {
    replicas.sandbox.control({ reset: true });
    replicas.sandbox.control({ quota: null });
  });

  const aTenant = async (
    ...register: readonly (typeof registerGoogle)[]
  ): Promise<{ readonly tenant: string; readonly clients: readonly ApiClient[] }> => {
    const tenant = `replicas-${(tenants += 1)}`;
    // A request answered with 503 because the database was away for a moment has reached no provider.
    const clients = (await replicas.clients(tenant)).map(patientClient);
    for (const one of register) await one(clients[0] as ApiClient, replicas.sandbox);
    return { tenant, clients };
  };
  const calls = (provider: 'google' | 'yandex'): number =>
    replicas.sandbox.counters().providers[provider].calls;
  /** Long enough for all concurrent requests to join, and shorter than the lease of the one that loads. */
  const LATENCY_MS = 1_000;
  /**
   * On a busy machine a replica may wait too long for Redis, or arrive too late, and then ask the provider itself. That
   * does not happen repeatedly; replicas that shared nothing would make a call each every time.
   */
  const inOneCall = async (provider: 'google' | 'yandex', ask: (attempt: number) => Promise<void>) => {
    replicas.sandbox.control({ latency_ms: LATENCY_MS });
    for (let attempt = 1; attempt <= 5; attempt += 1) {
      const before = calls(provider);
      await ask(attempt);
      const made = calls(provider) - before;
      expect(made).to.be.within(1, REPLICAS);
      if (made === 1) return;
    }
    expect.fail('more than one call, five times in a row');
  };

  it('make one provider call for a thousand identical requests on a cold key', async () => {
    const { tenant, clients } = await aTenant(registerGoogle);
    let requests = 0;
    await inOneCall('google', async (attempt) => {
      const replies = await atAll(clients, `Ташкент, улица Навои, ${30 + attempt}`, 250);
      expect(statuses(replies)).to.deep.equal(new Set([200]));
      requests += replies.length;
    });
    // Some rows may be in the spool for a moment, when this machine is too busy for the database.
    const trail = await until(
      () =>
        replicas.sql<{ rows: number; asked: number; cost: string }>(
          `select count(*)::int as rows, (count(*) filter (where attempts::text <> '[]'))::int as asked,
        sum(estimated_cost)::text as cost from integration_logs where management_company_id = $1`,
          [tenant],
        ),
      ([seen]) => seen?.rows === requests,
    );
    expect(trail[0]?.asked).to.equal(calls('google'));
    expect(Number(trail[0]?.cost)).to.be.closeTo(0.005 * calls('google'), 1e-9);
  });

  it('pass on answers that may not be persisted, and each keep them only in memory', async () => {
    const { clients } = await aTenant(registerYandex);
    await inOneCall('yandex', async (attempt) => {
      const address = `Самарканд, улица Регистан, ${7 + attempt}`;
      const first = await atAll(clients, address, 50);
      expect(statuses(first)).to.deep.equal(new Set([200]));
      const again = await atAll(clients, address, 5);
      expect(again.map(({ headers }) => headers.get('cache-status')).join()).to.match(
        /^(?:[^,]*; hit;[^,]*,?)+$/,
      );
    });
    expect(await everythingIn(replicas.redis.url)).not.to.include('Регистан');
  });

  it('share a failure as well', async () => {
    const { clients } = await aTenant((client, sandbox) =>
      registerGoogle(client, sandbox, { api_key: 'SANDBOX-BAD' }),
    );
    await inOneCall('google', async (attempt) => {
      const replies = await atAll(clients, `Бухара, улица Накшбанди, ${attempt}`, 50);
      expect(statuses(replies)).to.deep.equal(new Set([502]));
    });
  });

  it('honour a purge and a removal made at any one of them at once', async () => {
    const { clients } = await aTenant(registerGoogle);
    const [first, second] = clients as [ApiClient, ApiClient];
    await atAll(clients, 'Нукус, улица Досназарова, 5', 1);
    for (let round = 0; round < 5; round += 1) {
      const purged = await first.post('/cache/invalidations', { service_name: 'google_maps' });
      expect(purged.status).to.equal(204);
      const answer = await geocode(second, 'Нукус, улица Досназарова, 5');
      expect(answer.headers.get('cache-status')).to.include('fwd=miss');
    }
    // A load within milliseconds after a purge counts as purged, since their order cannot be known.
    await eventually('a load after the purge', async () =>
      (await geocode(second, 'Нукус, улица Досназарова, 5')).headers
        .get('cache-status')
        ?.includes('; hit') === true
        ? true
        : undefined,
    );
    const removed = await first.ask('DELETE', `/cache/entries/${await keyOfOnlyEntry(second)}`);
    expect(removed.status).to.equal(204);
    const before = calls('google');
    await geocode(second, 'Нукус, улица Досназарова, 5');
    expect(calls('google')).to.equal(before + 1);
  });

  it('treat an entry that cannot be decoded as a miss, and replace it', async () => {
    const { tenant, clients } = await aTenant(registerGoogle);
    const [first, second] = clients as [ApiClient, ApiClient];
    await geocode(first, 'Фергана, улица Мустакиллик, 9');
    await keyOfOnlyEntry(first);
    await withRedis(replicas.redis.url, async (redis) => {
      const [key = ''] = await redis.keys(`*{${tenant}}:v1:*`);
      for (const garbage of ['{"not', '', '0000', `${'0'.repeat(16)}e${'9'.repeat(16)}[1]`]) {
        await redis.set(key, garbage);
        const answer = await geocode(second, 'Фергана, улица Мустакиллик, 9');
        expect([answer.status, answer.headers.get('cache-status')].join()).to.include('200,integration; hit');
      }
      await redis.del(key);
      await redis.lpush(key, 'another type');
      expect((await geocode(second, 'Фергана, улица Мустакиллик, 9')).status).to.equal(200);
      expect(calls('google')).to.equal(1);
      await eventually('the entry to be back', async () =>
        (await redis.type(key)) === 'string' ? true : undefined,
      );
    });
  });
});

/** Read from the second tier, once the replica that stored it has written it. */
const keyOfOnlyEntry = async (client: ApiClient): Promise<string> => {
  const { body } = await client.get<{ readonly data: readonly { readonly key: string }[] }>('/cache/entries');
  expect(body.data).to.have.length(1);
  return body.data[0]?.key ?? '';
};

const withRedis = async <A>(url: string, work: (redis: Redis) => Promise<A>): Promise<A> => {
  const redis = new Redis(url);
  try {
    return await work(redis);
  } finally {
    redis.disconnect();
  }
};

const everythingIn = (url: string): Promise<string> =>
  withRedis(url, async (redis) => {
    const keys = await redis.keys('*');
    const dumps = await Promise.all(keys.map((key) => redis.dumpBuffer(key)));
    return [...keys, ...dumps.map((dump) => dump?.toString('utf8'))].join('\n');
  });
