/** Seconds, unless the URL says otherwise: a peer that is silent for two to three of them is given up. */
const HEARTBEAT_SECONDS = 10;

export const withHeartbeat = (url: string): string => {
  const parts = new URL(url);
  if (!parts.searchParams.has('heartbeat')) parts.searchParams.set('heartbeat', String(HEARTBEAT_SECONDS));
  return parts.href;
};

/** The driver would take each byte that is percent-encoded for a letter. Without a user it has one of its own. */
export const accessIn = (url: string): readonly [user: string, password: string] | undefined => {
  const { username, password } = new URL(url);
  if (username + password === '') return undefined;
  return [decodeURIComponent(username), decodeURIComponent(password)];
};

/**
 * For the log: who and what for, never the user or the password. What stands before an `@` in the path may be the rest
 * of a password that is not percent-encoded.
 */
export const addressOf = (url: string): string => {
  const { host, pathname } = new URL(url);
  return host + (pathname.includes('@') ? '/…' : pathname);
};
