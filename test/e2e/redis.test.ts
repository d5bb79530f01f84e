import { expect } from 'chai';
import { apiClient, type ApiClient } from '../support/api-client.ts';
import { administratorToken, registerGoogle, startGateway, type Gateway } from '../support/gateway.ts';
import { startRedis, startTlsRedis, type PrivateRedis } from '../support/redis-server.ts';
import { startService, type ServiceProcess } from '../support/service-process.ts';
import { tlsFiles } from '../support/tls-files.ts';
import { until } from '../support/until.ts';
import type { Geocoded } from '../support/wire.ts';

type Health = {
  readonly status: string;
  readonly dependencies: readonly { readonly name: string; readonly status: string }[];
};

const PASSWORD = 'planted-password-of-redis';

describe('Two replicas on a Redis', () => {
  let redis: PrivateRedis;
  let gateway: Gateway;
  let second: ServiceProcess;
  let clients: readonly ApiClient[];
  before(async () => {
    redis = await startRedis(['--requirepass', PASSWORD]);
    gateway = await startGateway({ REDIS_URL: redis.url.replace('//', `//:${PASSWORD}@`) });
    second = await startService(gateway.environment);
    const credential = await administratorToken({ tenants: ['shared'] });
    clients = [gateway.service(), second].map(({ url }) =>
      apiClient({ url, tenant: 'shared', credential }, () => undefined),
    );
  });
  after(async () => {
    await second.stop();
    await gateway.stop();
    await redis.stop();
  });

  let house = 0;
  const ask = async (count: number): Promise<number> => {
    const answers = await Promise.all(
      Array.from({ length: count }, async () =>
        clients[(house += 1) % 2]?.post<Geocoded>('/geocoding/geocode', {
          address: `Москва, улица Тверская, ${house}`,
        }),
      ),
    );
    return answers.filter((answer) => answer?.status === 200).length;
  };
  const health = async () => (await clients[0]?.get<Health>('/health'))?.body;
  /** The messages that each process logged at a loss and at its end, in order. */
  const changes = (lost: string, over: string): readonly (readonly string[])[] =>
    [gateway.output(), second.output()].map((output) =>
      output.split('\n').flatMap((line) => [lost, over].filter((words) => line.includes(words))),
    );

  it('together let no more calls through than the limit, with Redis, without it, while it hangs, and afterwards', async () => {
    const [api] = clients;
    if (api === undefined) throw new Error('no client');
    await registerGoogle(api, gateway.sandbox, { rate_limit_per_hour: 40 });
    expect(await ask(20)).to.equal(20);
    await until(health, (body) => body?.status === 'ok');

    await redis.kill();
    await until(health, (body) => body?.status === 'degraded');
    const without = await ask(20);
    expect(without).to.be.within(1, 20);

    await redis.restart();
    await until(health, (body) => body?.status === 'ok');
    redis.freeze();
    const started = performance.now();
    await Promise.all([ask(1), ask(1), ask(1), ask(1)]);
    expect(performance.now() - started).to.be.lessThan(5_000);
    redis.thaw();
    await until(health, (body) => body?.status === 'ok');
    await ask(40);
    const { calls } = gateway.sandbox.counters().providers.google;
    expect(calls).to.be.within(20 + without, 40);
  });

  it('log the loss of Redis once and its return once, count it, and do not reveal its password', async () => {
    const away = 'Redis is away, going on without it';
    const back = 'Redis answers again';
    await until(
      async () => changes(away, back).map((all) => all.at(-1)),
      (last) => last.every((words) => words === back),
    );
    const without = 'quotas go on without Redis';
    for (const [lost, over] of [
      [away, back],
      [without, 'quotas are counted in Redis again'],
    ] as const)
      for (const told of changes(lost, over)) {
        expect(told).to.include(lost);
        // The messages alternate: on a busy machine Redis may seem unavailable more than once.
        expect(told).to.deep.equal(told.map((_, n) => (n % 2 === 0 ? lost : over)));
      }
    const metrics = await (await fetch(`${second.url}/metrics`)).text();
    expect(metrics).to.match(/^integration_redis_up 1$/m);
    expect(metrics).to.match(/^integration_rate_limiter_fallback_total\{service="google_maps"\} [1-9]/m);
    expect(gateway.output() + second.output()).not.to.include(PASSWORD);
  });
});

describe('A replica on a Redis with TLS, whose certificate was signed by a private authority', () => {
  let redis: PrivateRedis;
  let gateway: Gateway;
  before(async () => {
    redis = await startTlsRedis();
    gateway = await startGateway({ REDIS_URL: redis.url, REDIS_CA_PATH: tlsFiles.authority });
  });
  after(async () => {
    await gateway.stop();
    await redis.stop();
  });

  it('counts and caches in it', async () => {
    const api = await gateway.administrator('over-tls');
    await registerGoogle(api, gateway.sandbox, { rate_limit_per_hour: 1 });
    const ask = (address: string) => api.post<Geocoded>('/geocoding/geocode', { address });
    expect((await ask('Москва, улица Тверская, 1')).status).to.equal(200);
    // On a busy machine a single command may exceed its 50 ms and be abandoned, but not every one.
    await until(
      async () => (await ask('Москва, улица Тверская, 1')).headers.get('cache-status'),
      (status) => status?.includes('detail=l1') === true,
    );
    expect((await ask('Москва, улица Тверская, 2')).status).to.equal(429);
    const redisIn = ({ body }: { readonly body: Health }) =>
      body.dependencies.find(({ name }) => name === 'redis')?.status;
    await until(
      async () => redisIn(await api.get<Health>('/health')),
      (status) => status === 'ok',
    );
  });
});
