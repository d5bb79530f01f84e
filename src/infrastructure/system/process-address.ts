import { hostname } from 'node:os';
import type { Config } from '../config/config.ts';

/**
 * Where only one process can be at a time. Undefined when that does not tell who was here before: workers share
 * a port, and port 0 is a different one each time.
 */
export const processAddress = ({
  host,
  port,
  workers,
}: Pick<Config, 'host' | 'port' | 'workers'>): string | undefined =>
  port === 0 || workers > 1 ? undefined : `${hostname()}:${host}:${port}`;
