import { randomBytes } from 'node:crypto';
import { connect, type ChannelModel, type ConfirmChannel } from 'amqplib';
import { privateBrokerUnavailable, startPrivateBroker } from './private-broker.ts';
import { findService, type ServiceRecipe, type TestService, type WayOutcome } from './services.ts';

/** Names for one suite on the broker shared by the run. */
export type BrokerNames = {
  readonly url: string;
  /** A unique name for an exchange or queue; every name given out is deleted by `drop`. */
  readonly name: (of: string) => string;
  /** A channel for the test, on one connection shared by the suite. */
  readonly channel: () => Promise<ConfirmChannel>;
  /** Deletes everything with these names and closes the channels. */
  readonly drop: () => Promise<void>;
};

/** For all ways of finding a broker together: pulling a container image, apt-get. */
const START_TIMEOUT_MS = 300_000;

const fromBinaries = async (): Promise<WayOutcome> => {
  const unavailable = await privateBrokerUnavailable();
  if (unavailable !== undefined) return { unavailable };
  try {
    const broker = await startPrivateBroker();
    return { url: broker.url, stop: broker.dispose };
  } catch (error) {
    return { unavailable: error instanceof Error ? error.message : String(error) };
  }
};

export const rabbitmqRecipe: ServiceRecipe = {
  name: 'RabbitMQ 3.10 or newer',
  variable: 'TEST_RABBITMQ_URL',
  container: {
    image: 'rabbitmq:3-alpine',
    port: 5672,
    environment: {},
    ready: { line: /Server startup complete/, times: 1 },
    url: (host, port) => `amqp://guest:guest@${host}:${port}`,
  },
  fromBinaries,
  aptPackages: ['rabbitmq-server'],
};

let running: Promise<TestService> | undefined;
const undropped = new Set<BrokerNames>();

/** The RabbitMQ of this test run, found or started on first use and stopped after the last test. */
export const rabbitmqServer = async (): Promise<{ readonly url: string }> => {
  running ??= findService(rabbitmqRecipe);
  return { url: (await running).url };
};

const deleteAll = async (model: ChannelModel, names: Iterable<string>): Promise<void> => {
  const channel = await model.createChannel();
  for (const name of names) {
    await channel.deleteQueue(name);
    await channel.deleteExchange(name);
  }
};

/** Names that nobody else uses, not even another run on the same broker. */
export const brokerNames = async (): Promise<BrokerNames> => {
  const { url } = await rabbitmqServer();
  const prefix = `test-${process.pid}-${randomBytes(4).toString('hex')}`;
  const given = new Set<string>();
  let connection: Promise<ChannelModel> | undefined;
  const connected = (): Promise<ChannelModel> => (connection ??= connect(url));
  const names: BrokerNames = {
    url,
    name: (of) => {
      const name = `${prefix}.${of}`;
      given.add(name);
      return name;
    },
    channel: async () => (await connected()).createConfirmChannel(),
    drop: async () => {
      if (!undropped.delete(names)) return;
      const model = await connected();
      await deleteAll(model, given);
      await model.close();
    },
  };
  undropped.add(names);
  return names;
};

/** Deletes what suites left and stops the server, if one was started. */
const stopRabbitmqServer = async (): Promise<void> => {
  const server = await running?.catch(() => undefined);
  if (server === undefined) return;
  for (const names of undropped) await names.drop();
  await server.stop();
  running = undefined;
};

// Root hooks, as in postgres-server.ts: the broker is started outside the suites' time limits.
if (typeof globalThis.before === 'function') {
  before('find RabbitMQ', async function () {
    this.timeout(START_TIMEOUT_MS);
    await rabbitmqServer().catch(() => undefined);
  });
  after('stop RabbitMQ', stopRabbitmqServer);
}
