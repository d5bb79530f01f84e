// `npm run check:observability`: a real Prometheus scrapes the service while it works, fails and recovers. Fails when
// promtool reports an error in the metrics or rules, or when an expression of a rule or dashboard never has data.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { atEnd, cleanly } from '../bench/rig/at-end.ts';
import { startGateway } from '../test/support/gateway.ts';
import { postgresRecipe } from '../test/support/postgres-recipe.ts';
import { commandSender } from '../test/support/command-sender.ts';
import { startIdentityProvider } from '../test/support/identity-provider.ts';
import { startPrivateBroker } from '../test/support/private-broker.ts';
import { startRedis } from '../test/support/redis-server.ts';
import { findService } from '../test/support/services.ts';
import { cuttableRelay } from './ops/observability/cuttable-relay.ts';
import {
  dashboardExpressions,
  ruleExpressions,
  rulesFile,
  ruleTestFiles,
} from './ops/observability/expressions.ts';
import { promtool, startPrometheus, type Prometheus } from './ops/observability/prometheus.ts';
import { comparedParts, selectorsOf } from './ops/observability/promql.ts';
import { TENANT, troubledLoad } from './ops/observability/troubled-load.ts';

/** On a busy machine scrapes may be late: the most additional seconds for expressions without data at the end. */
const PATIENCE_S = 30;

/**
 * A condition that lasts only seconds may be missed on a machine too busy to scrape in time: the most additional
 * repetitions.
 */
const MORE_TROUBLES = 3;

/** The interval of scrapes and of rule evaluations. */
const SCRAPE_MS = 1_000;

/** Each query with the places that contain it: the compared parts, and every selector by itself. */
const questions = (): Map<string, Set<string>> => {
  const asked = new Map<string, Set<string>>();
  for (const { where, text } of [...ruleExpressions(), ...dashboardExpressions()])
    for (const question of [...comparedParts(text), ...selectorsOf(text)])
      asked.set(question, (asked.get(question) ?? new Set()).add(where));
  return asked;
};

/** Removes the queries that have data now. Data seen once is enough, since no condition here lasts. */
const tickOff = async (prometheus: Prometheus, open: Map<string, Set<string>>): Promise<void> => {
  for (const question of open.keys())
    if ((await prometheus.query(question)).length > 0) open.delete(question);
};

const checkStatically = async (metricsUrl: string): Promise<void> => {
  await promtool(['check', 'rules', fileURLToPath(rulesFile)]);
  await promtool(['test', 'rules', ...ruleTestFiles.map((file) => fileURLToPath(file))]);
  await promtool(['check', 'metrics'], await (await fetch(metricsUrl)).text());
  console.log('promtool: metrics and rules are sound, the tests of the rules pass');
};

/** Every server that the service depends on, for this run only, and a relay to Redis that can be cut. */
const startServers = async () => {
  const [postgres, redis, broker] = await Promise.all([
    findService(postgresRecipe),
    startRedis(),
    startPrivateBroker(),
  ]);
  for (const stop of [postgres.stop, redis.stop, broker.dispose]) atEnd(stop);
  process.env['TEST_DATABASE_URL'] = postgres.url;
  const redisWay = await cuttableRelay(redis.url);
  atEnd(redisWay.close);
  return { redisWay, brokerUrl: broker.url };
};

const run = async (): Promise<void> => {
  const folder = mkdtempSync(join(tmpdir(), 'integration-observability-'));
  atEnd(() => rmSync(folder, { recursive: true, force: true }));
  const { redisWay, brokerUrl } = await startServers();
  const identity = await startIdentityProvider();
  atEnd(identity.close);
  const gateway = await startGateway(
    {
      JWT_JWKS_URL: identity.jwksUrl,
      REDIS_URL: redisWay.url,
      RABBITMQ_URL: brokerUrl,
      WEB_CONCURRENCY: '2',
      ATTEMPT_TIMEOUT_MS: '400',
      PROBE_INTERVAL_SECONDS: '3600',
    },
    identity.sign,
  );
  atEnd(gateway.stop);
  const commands = await commandSender(brokerUrl, TENANT);
  atEnd(commands.close);
  const { url } = gateway.service();
  const prometheus = await startPrometheus(folder, fileURLToPath(rulesFile), [new URL(url).host]);
  atEnd(prometheus.stop);
  console.log(prometheus.version);

  const open = questions();
  const all = open.size;
  const load = troubledLoad(gateway, commands);
  const phase = async (
    name: string,
    seconds: number,
    work: () => Promise<void>,
    isOver = () => false,
  ): Promise<void> => {
    for (let second = 0; second < seconds && !isOver(); second += 1) {
      await Promise.all([work(), pause(SCRAPE_MS)]);
      await tickOff(prometheus, open);
    }
    console.log(`${name}: ${all - open.size} of ${all} questions have had data`);
  };
  const trouble = async (): Promise<void> => {
    await phase('providers down', 4, load.storm);
    load.clear();
    redisWay.cut();
    await phase('Redis away', 4, load.calm);
    redisWay.mend();
    await phase('calm again', 4 + PATIENCE_S, load.calm, () => open.size === 0);
  };
  await phase('calm', 4, load.calm);
  await trouble();
  for (let more = 0; more < MORE_TROUBLES && open.size > 0; more += 1) await trouble();
  await checkStatically(`${url}/metrics`);

  if (open.size === 0) return console.log('every expression of every rule and dashboard has data');
  for (const [question, places] of open) console.error(`no data: ${question}\n  ${[...places].join('; ')}`);
  process.exitCode = 1;
};

await cleanly(run);
