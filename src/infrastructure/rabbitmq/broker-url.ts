/** Heartbeat in seconds, unless the URL sets another: a peer that is silent for two to three of them counts as lost. */
const HEARTBEAT_SECONDS = 10;

export const withHeartbeat = (url: string): string => {
  const parts = new URL(url);
  if (!parts.searchParams.has('heartbeat')) parts.searchParams.set('heartbeat', String(HEARTBEAT_SECONDS));
  return parts.href;
};

/**
 * Decodes user and password by UTF-8, since the driver would take each percent-encoded byte for a character. Undefined:
 * the URL has none, and the driver uses its default.
 */
export const accessIn = (url: string): readonly [user: string, password: string] | undefined => {
  const { username, password } = new URL(url);
  if (username + password === '') return undefined;
  return [decodeURIComponent(username), decodeURIComponent(password)];
};

/**
 * For the log: host and virtual host, never user or password. If the path contains an `@`, what precedes it may be part
 * of a password that was not percent-encoded.
 */
export const addressOf = (url: string): string => {
  const { host, pathname } = new URL(url);
  return host + (pathname.includes('@') ? '/…' : pathname);
};
