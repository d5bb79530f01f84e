import type { IncomingMessage } from 'node:http';

const HOST = /^(?:[\w.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::\d{1,5})?$/;

/**
 * Where callers reach this service, without a slash at the end. Unless `PUBLIC_URL` says so, what the request
 * itself says, for a laptop: headers of proxies are nobody's word here.
 */
export const requestBase = (publicUrl: string | undefined, req: IncomingMessage): string => {
  const host = req.headers.host ?? '';
  return publicUrl ?? (HOST.test(host) ? `http://${host}` : '');
};
