const EVERYWHERE: readonly string[] = ['0.0.0.0', '::'];

/**
 * How this machine itself reaches what listens there: no address of all interfaces can be asked, and IPv6 stands in
 * brackets.
 */
export const localUrl = (host: string, port: string | number): string => {
  const reached = EVERYWHERE.includes(host) ? '127.0.0.1' : host;
  return `http://${reached.includes(':') ? `[${reached}]` : reached}:${port}`;
};
