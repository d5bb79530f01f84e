import { expect } from 'chai';
import { Redis } from 'ioredis';
import type { Answer, ApiClient } from '../support/api-client.ts';
import { registerGoogle } from '../support/gateway.ts';
import { startReplicas, type Replicas } from '../support/replicas.ts';
import { startRedis, type PrivateRedis } from '../support/redis-server.ts';
import { startOutageRig, type Answered, type OutageRig } from '../support/outage-rig.ts';
import { shortestOf } from '../support/shortest-of.ts';
import type { Meta } from '../support/wire.ts';
import { until } from '../support/until.ts';

type Reply = { readonly status: number; readonly cacheStatus: string; readonly ms: number };

const geocode = async (client: ApiClient, address: string): Promise<Reply> => {
  const started = performance.now();
  const answer: Answer<unknown> = await client.post('/geocoding/geocode', { address });
  const cacheStatus = answer.headers.get('cache-status') ?? '';
  return { status: answer.status, cacheStatus, ms: performance.now() - started };
};
const isHit = ({ cacheStatus }: Reply): boolean => cacheStatus.includes('; hit');
const houses = (street: string): readonly string[] =>
  Array.from({ length: 10 }, (_, n) => `Ташкент, улица ${street}, ${n + 1}`);

const count = (text: string, words: string): number => text.split(words).length - 1;
const AWAY = 'Redis is away, going on without it';
const BACK = 'Redis answers again';
/** Far above the expected tens of milliseconds: this machine may be busy with other tests. */
const BOUNDED_MS = 1_500;
/** The sandbox counts a probe as a call, although it costs nothing and is not in the trail. */
const UNPROBED = { PROBE_INTERVAL_SECONDS: '3600' };

describe('Replicas that lose their Redis', () => {
  let replicas: Replicas;
  let clients: readonly ApiClient[];
  before(async () => {
    replicas = await startReplicas(2, UNPROBED);
    replicas.sandbox.control({ quota: null });
    clients = await replicas.clients('loses-redis');
    await registerGoogle(clients[0] as ApiClient, replicas.sandbox);
  });
  after(() => replicas.stop());

  const calls = (): number => replicas.sandbox.counters().providers.google.calls;
  const at = (n: number): ApiClient => clients[n % clients.length] as ApiClient;
  const said = (words: string): readonly number[] =>
    replicas.processes.map((process) => count(process.output(), words));
  /** Logged by each of them. */
  const saidAgain = (words: string, before: readonly number[]): Promise<unknown> =>
    until(
      async () => said(words),
      (times) => times.every((n, at) => n > (before[at] ?? 0)),
    );
  /** Entries in both tiers: the listing waits for what its replica still has to write. */
  const cached = async (street: string): Promise<readonly string[]> => {
    const addresses = houses(street);
    for (const address of addresses) expect((await geocode(at(0), address)).status).to.equal(200);
    await at(0).get('/cache/entries');
    return addresses;
  };
  const asked = async (addresses: readonly string[], times: number): Promise<readonly Reply[]> => {
    const replies: Reply[] = [];
    for (let n = 0; n < times; n += 1)
      for (const [place, address] of addresses.entries()) replies.push(await geocode(at(n + place), address));
    return replies;
  };
  const backIn = (layer: string, address: string): Promise<unknown> =>
    until(
      async () =>
        (await Promise.all(clients.map((client) => geocode(client, address)))).map((r) => r.cacheStatus),
      (seen) => seen.every((status) => status.includes(`detail=${layer}`)),
    );

  it('answer from the second tier while it hangs, log it once, and recover', async () => {
    const addresses = await cached('Навои');
    // On a busy machine a command may exceed its 50 ms and be abandoned, but not every one.
    await until(
      () => asked(addresses, 1),
      (replies) => replies.every(({ cacheStatus }) => cacheStatus.includes('detail=l1')),
    );
    const [before, away, back] = [calls(), said(AWAY), said(BACK)];
    replicas.redis.freeze();
    const replies = await asked(addresses, 10);
    expect(replies.filter((reply) => reply.status !== 200 || !isHit(reply))).to.deep.equal([]);
    expect(Math.max(...replies.map(({ ms }) => ms))).to.be.below(BOUNDED_MS);
    expect(calls()).to.equal(before);
    const cold = await Promise.all(houses('Чехова').map((address, n) => geocode(at(n), address)));
    expect(cold.map(({ status }) => status)).to.deep.equal(cold.map(() => 200));
    expect(said(AWAY)).to.deep.equal(away.map((times) => times + 1));
    replicas.redis.thaw();
    await backIn('l1', addresses[0] as string);
    await saidAgain(BACK, back);
  });

  it('lose nothing but time when it is killed with all its data, and share later purges', async () => {
    const addresses = await cached('Пушкина');
    const [away, back] = [said(AWAY), said(BACK)];
    let isOver = false;
    const failures: Reply[] = [];
    const load = Array.from({ length: 4 }, async (_, caller) => {
      for (let n = 0; !isOver; n += 1) {
        const reply = await geocode(at(n + caller), addresses[n % addresses.length] as string);
        if (reply.status !== 200 || !isHit(reply) || reply.ms > BOUNDED_MS) failures.push(reply);
      }
    });
    await replicas.redis.kill();
    await saidAgain(AWAY, away);
    await replicas.redis.restart();
    await saidAgain(BACK, back);
    isOver = true;
    await Promise.all(load);
    expect(failures).to.deep.equal([]);
    await backIn('l1', addresses[1] as string);
    await at(0).post('/cache/invalidations', {});
    expect(isHit(await geocode(at(1), addresses[1] as string))).to.equal(false);
  });
});

describe('A replica with a Redis that loses its database', () => {
  let redis: PrivateRedis;
  let rig: OutageRig;
  before(async () => {
    redis = await startRedis();
    rig = await startOutageRig({ REDIS_URL: redis.url });
  });
  after(async () => {
    await rig.stop();
    await redis.stop();
  });

  it('continues with the first tier and the provider', async () => {
    const addresses = houses('Амира Темура');
    for (const address of addresses) expect((await rig.geocode(address)).status).to.equal(200);
    rig.server.freeze();
    const cached: Answered[] = [];
    const started = performance.now();
    // Longer than a replica relies on the known purges of a tenant without checking.
    while (performance.now() - started < 4_000)
      for (const address of addresses) cached.push(await rig.geocode(address));
    const cold = await Promise.all(houses('Бабура').map((address) => rig.geocode(address)));
    rig.server.thaw();
    expect(
      new Set([...cached, ...cold].map(({ status, text }) => (status === 200 ? '200' : text))),
    ).to.deep.equal(new Set(['200']));
    const layers = cached.map(({ text }) => (JSON.parse(text) as { meta: Meta }).meta.cache.layer);
    // When the machine is too busy for a command, the command is abandoned and the provider asked.
    expect(layers.filter((layer) => layer === 'l1').length / layers.length).to.be.above(0.9);
    expect(Math.max(...[...cached, ...cold].map(({ took }) => took))).to.be.below(BOUNDED_MS);
  });
});

describe('A load whose replica dies', () => {
  const PROVIDER_MS = 2_000;
  /** The rest of the lease, and the provider's response time. */
  const TAKEN_OVER_MS = 1_500 + PROVIDER_MS + BOUNDED_MS;
  const FLIGHTS = '*:flight:*';
  let replicas: Replicas;
  let redis: Redis;
  before(async () => {
    // No call that is held here reaches its deadline.
    replicas = await startReplicas(4, {
      ...UNPROBED,
      ATTEMPT_TIMEOUT_MS: '60000',
      CALL_DEADLINE_MS: '120000',
    });
    replicas.sandbox.control({ quota: null });
    redis = new Redis(replicas.redis.url);
    const [client] = await replicas.clients('leader-dies');
    await registerGoogle(client as ApiClient, replicas.sandbox);
  });
  after(() => {
    redis.disconnect();
    return replicas.stop();
  });

  it('is taken over by another replica, once, and every other caller is answered', async () => {
    const calls = (): number => replicas.sandbox.counters().providers.google.calls;
    const leaderDies = async (time: number): Promise<number> => {
      const [leader, ...others] = (await replicas.clients('leader-dies')) as [ApiClient, ...ApiClient[]];
      const [before, landed] = [calls(), await redis.keys(FLIGHTS)];
      const address = `Бухара, улица Накшбанди, ${time}`;
      // Held until all callers that are to wait for it have arrived, however long this machine takes.
      replicas.sandbox.control({ latency_ms: 100_000 });
      const lost = geocode(leader, address).catch(() => 'lost');
      await until(
        async () => calls(),
        (made) => made === before + 1,
      );
      replicas.sandbox.control({ latency_ms: PROVIDER_MS });
      const waiting = others.flatMap((client) => Array.from({ length: 50 }, () => geocode(client, address)));
      await everyOneWaits(landed);
      const died = performance.now();
      await replicas.processes[0]?.kill();
      const replies = await Promise.all(waiting);
      const took = performance.now() - died;
      expect(replies.filter(({ status }) => status !== 200)).to.deep.equal([]);
      expect(calls() - before).to.be.at.most(2);
      expect(await lost).to.equal('lost');
      await replicas.replace(0);
      return took;
    };
    expect(await shortestOf(leaderDies, TAKEN_OVER_MS)).to.be.below(TAKEN_OVER_MS);
  });

  /**
   * Waits until the three surviving replicas have boarded the flight of the one to be killed. A flight that has landed
   * is remembered for a while.
   */
  const everyOneWaits = async (landed: readonly string[]): Promise<void> => {
    const [flight = ''] = (await redis.keys(FLIGHTS)).filter((key) => !landed.includes(key));
    await until(
      () => redis.hkeys(flight),
      (fields) => fields.filter((field) => field.startsWith('w:')).length === 3,
    );
  };
});
