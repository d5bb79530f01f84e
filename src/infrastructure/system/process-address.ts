import { hostname } from 'node:os';
import type { Config } from '../config/config.ts';

/**
 * An address that only one process can have at a time. Undefined where it does not identify the predecessor: workers
 * share a port, and port 0 is another one each time.
 */
export const processAddress = ({
  host,
  port,
  workers,
}: Pick<Config, 'host' | 'port' | 'workers'>): string | undefined =>
  port === 0 || workers > 1 ? undefined : `${hostname()}:${host}:${port}`;
