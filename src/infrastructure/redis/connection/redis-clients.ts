import type { Cluster, ClusterOptions, Redis, RedisOptions } from 'ioredis';
import { isIP } from 'node:net';
import type { Random, Sleep } from '../../../domain/shared/clock.ts';
import { redisDriver } from './redis-driver.ts';
import type { RedisTarget, SentinelTarget } from './redis-url.ts';

export type RedisClient = Redis | Cluster;

const CONNECT_TIMEOUT_MS = 1_000;
/** A connection with a command outstanding counts as dead after so long without data: its host may be gone silently. */
const SILENCE_MS = 1_000;
const LONGEST_RETRY_MS = 1_000;

/** Short at first, since most losses are restarts. With jitter, so that replicas do not reconnect together. */
const retryDelay =
  (random: Random) =>
  (attempt: number): number =>
    Math.round(Math.min(LONGEST_RETRY_MS, 25 * 2 ** Math.min(attempt, 10)) * (0.5 + random() / 2));

type RetryDelay = ReturnType<typeof retryDelay>;
type Options = Omit<NonNullable<ClusterOptions['redisOptions']>, 'replyMapping'>;
type SingleOptions = Omit<RedisOptions, 'replyMapping'>;

const certificates = ({ ca }: { readonly ca?: string | undefined }) => (ca === undefined ? {} : { ca });

const access = (target: RedisTarget): Options => ({
  ...(target.username === undefined ? {} : { username: target.username }),
  ...(target.password === undefined ? {} : { password: target.password }),
  ...(target.tls ? { tls: certificates(target) } : {}),
  connectTimeout: CONNECT_TIMEOUT_MS,
  connectionName: 'integration-service',
});

/** No command waits for a connection or is sent twice: it is answered soon, or fails. */
const promptly: Options = {
  socketTimeout: SILENCE_MS,
  autoResendUnfulfilledCommands: false,
  maxRetriesPerRequest: 0,
};

type Node = RedisTarget['nodes'][number];

/**
 * Sends the host name by SNI, unless it is an address: a proxy may route by it, or serve one certificate for each name.
 */
const wanted = ({ host }: Node) => (isIP(host) === 0 ? { servername: host } : {});

/** Gives each node TLS options of its own, since the driver has only one set for all. */
const oneOf = (target: RedisTarget, node: Node) => ({
  ...node,
  ...(target.tls ? { tls: { ...certificates(target), ...wanted(node) } } : {}),
});

const oneServer = (target: RedisTarget): SingleOptions => {
  const [node] = target.nodes;
  return node === undefined ? {} : oneOf(target, node);
};

/** The driver calls this with the `host:port` of each node that others report, before it connects there. */
const toldNode =
  <A>(option: (node: Node) => A) =>
  (told: string): A => {
    const colon = told.lastIndexOf(':');
    return option({ host: told.slice(0, colon), port: Number(told.slice(colon + 1)) });
  };

/** The Sentinels say where the master is: at the start, after each loss, and after a failover. */
const followed = (
  target: RedisTarget,
  { master, username, password }: SentinelTarget,
  delay: RetryDelay,
): SingleOptions => ({
  sentinels: [...target.nodes],
  name: master,
  ...(username === undefined ? {} : { sentinelUsername: username }),
  ...(password === undefined ? {} : { sentinelPassword: password }),
  ...(target.tls ? followedOverTls(target) : {}),
  failoverDetector: true,
  sentinelCommandTimeout: CONNECT_TIMEOUT_MS,
  sentinelRetryStrategy: delay,
  sentinelReconnectStrategy: delay,
});

/** The Sentinels share one set of TLS options, without a server name: those discovered later have other names. */
const followedOverTls = (target: RedisTarget): SingleOptions => ({
  enableTLSForSentinelMode: true,
  sentinelTLS: certificates(target),
  natMap: toldNode((node) => ({ ...node, ...wanted(node) })),
});

const open = (target: RedisTarget, random: Random, options: Options): RedisClient => {
  const { nodes, isCluster, sentinel, database } = target;
  const member = (node: Node) => oneOf(target, node);
  const driver = redisDriver();
  const delay = retryDelay(random);
  const shared = { ...access(target), ...options };
  const single: SingleOptions = {
    ...shared,
    ...(sentinel === undefined ? oneServer(target) : followed(target, sentinel, delay)),
    db: database,
    retryStrategy: delay,
  };
  if (!isCluster) return new driver.Redis({ ...single, enableOfflineQueue: false });
  return new driver.Cluster(nodes.map(member), {
    redisOptions: shared,
    enableOfflineQueue: false,
    clusterRetryStrategy: delay,
    clusterNodeRetryStrategy: delay,
    // With TLS the certificate is checked against the host name, so names must not be resolved to addresses before.
    ...(target.tls ? { dnsLookup: (name, found) => found(null, name), natMap: toldNode(member) } : {}),
  });
};

export const openClient = (target: RedisTarget, random: Random): RedisClient =>
  open(target, random, promptly);

/** For a subscription, which only its owner renews (redis-subscription.ts). */
export const openSubscriber = (target: RedisTarget, random: Random): RedisClient =>
  open(target, random, { ...promptly, autoResubscribe: false });

const REVIVED_AFTER_MS = 100;

/**
 * ioredis 6 ends a client for good when it hears of a new master while it asks the Sentinels for one: connect it again.
 */
export const revived = (client: RedisClient, sleep: Sleep, stopped: AbortSignal): RedisClient =>
  client.on('end', () => {
    void sleep(REVIVED_AFTER_MS, stopped).then(() => {
      if (!stopped.aborted) client.connect().catch(() => undefined);
    });
  });
