import { createRequire } from 'node:module';
import type { Duplex } from 'node:stream';
import type * as Ioredis from 'ioredis';

type Driver = Pick<typeof Ioredis, 'Redis' | 'Cluster'>;
type Connector = { connect: (report: unknown) => Promise<Duplex> };
type Client = { readonly connector: Connector; readonly connect: (...args: unknown[]) => unknown };

const require = createRequire(import.meta.url);

const hearAllErrors = (connector: Connector): void => {
  const connect = connector.connect.bind(connector);
  connector.connect = async (report) => {
    const stream = await connect(report);
    stream.on('error', () => stream.destroy());
    return stream;
  };
};

/**
 * The driver (ioredis 6) listens to the first error of a socket alone, and one with TLS may have two, when the server
 * is not trusted and breaks the protocol besides: the second would end the process. Done for all clients, since those
 * for Sentinels, for members of a cluster and their messages are made out of our sight.
 */
const mended = (driver: Driver): Driver => {
  const prototype = driver.Redis.prototype as unknown as { connect: Client['connect'] };
  const { connect } = prototype;
  const heard = new WeakSet<Connector>();
  prototype.connect = function (this: Client, ...args: unknown[]) {
    if (!heard.has(this.connector)) hearAllErrors(this.connector);
    heard.add(this.connector);
    return connect.apply(this, args);
  };
  return driver;
};

let driver: Driver | undefined;

/** Loaded with the first connection: 20 MB and a tenth of a second, which who has no Redis need not pay. */
export const redisDriver = (): Driver => (driver ??= mended(require('ioredis') as Driver));
