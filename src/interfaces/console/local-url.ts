const EVERYWHERE: readonly string[] = ['0.0.0.0', '::'];

/**
 * The URL by which this machine reaches a service that listens on `host`: a wildcard address cannot be connected to,
 * and IPv6 needs brackets.
 */
export const localUrl = (host: string, port: string | number): string => {
  const reached = EVERYWHERE.includes(host) ? '127.0.0.1' : host;
  return `http://${reached.includes(':') ? `[${reached}]` : reached}:${port}`;
};
